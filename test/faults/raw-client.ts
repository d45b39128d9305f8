// A client on a bare socket, for input that a regular client cannot send: half a body, two Host headers,
// silence, a half-close, a reset.

import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  status: number
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of any shape
  json(): any
}

export interface RawClient {
  send(bytes: string | Uint8Array): void
  /** Sends FIN: the client sends nothing more, but still reads the response. */
  halfClose(): void
  reset(): void
  close(): void
  /** Stops and resumes reading from the socket. */
  pause(): void
  resume(): void
  readonly received: string
  readonly receivedBytes: number
  /** Resolves when the received text contains this text. Rejects if the connection closes without it. */
  until(part: string): Promise<void>
  /** The next complete response. Rejects if the connection closes without one. */
  answer(): Promise<RawAnswer>
  closed: Promise<void>
}

/** Counts all bytes of a large stream, and keeps only its end. */
const mostKept = 500_000

/** @param url of the gateway */
export async function rawClient(url: string): Promise<RawClient> {
  const { hostname, port } = new URL(url)
  const socket: Socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  socket.setNoDelay(true)
  let text = ''
  let taken = 0
  let bytes = 0
  let isClosed = false
  let waiting: (() => void)[] = []
  const changed = () => {
    for (const wake of waiting.splice(0)) wake()
  }
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('error', () => {})
  socket.on('data', (data: Buffer) => {
    bytes += data.length
    text += data.toString('latin1')
    if (text.length > mostKept) {
      text = text.slice(-1_000)
      taken = 0
    }
    changed()
  })
  socket.on('end', () => socket.end())
  void closed.then(() => {
    isClosed = true
    changed()
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve())
    socket.once('error', reject)
  })

  async function wait<Found>(look: () => Found | undefined, what: string): Promise<Found> {
    for (;;) {
      const found = look()
      if (found !== undefined) return found
      if (isClosed)
        throw new Error(
          `the connection closed before ${what} came; received: ${JSON.stringify(text.slice(taken, taken + 500))}`,
        )
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }

  return {
    send: (data) => void socket.write(data),
    halfClose: () => void socket.end(),
    reset: () => void socket.resetAndDestroy(),
    close: () => void socket.destroy(),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    get received() {
      return text
    },
    get receivedBytes() {
      return bytes
    },
    until: async (part) =>
      void (await wait(() => (text.includes(part) ? true : undefined), JSON.stringify(part))),
    answer: () =>
      wait(() => {
        const parsed = parse(text.slice(taken))
        if (parsed) taken += parsed.length
        return parsed?.answer
      }, 'an answer'),
    closed,
  }
}

/** One request on its own connection. */
export async function rawCall(url: string, request: string | Uint8Array): Promise<RawAnswer> {
  const client = await rawClient(url)
  try {
    client.send(request)
    return await client.answer()
  } finally {
    client.close()
  }
}

export interface RequestParts {
  method?: string
  path?: string
  /** Replaces the default headers. An empty text removes a header. */
  headers?: Record<string, string>
  key?: string
  body?: string | Uint8Array
}

/** The bytes of a request: a chat call with valid headers, except for the given changes. */
export function requestBytes({
  method = 'POST',
  path = '/v1/chat/completions',
  headers = {},
  key,
  body = '',
}: RequestParts): Uint8Array {
  const payload = typeof body === 'string' ? Buffer.from(body) : Buffer.from(body)
  const all: Record<string, string> = {
    host: 'gatehouse.test',
    'content-type': 'application/json',
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    'content-length': String(payload.length),
    ...headers,
  }
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === '' ? [] : [`${name}: ${value}\r\n`],
  )
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`), payload])
}

function parse(text: string): { answer: RawAnswer; length: number } | undefined {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const [statusLine = '', ...lines] = text.slice(0, headEnd).split('\r\n')
  const headers = new Headers(
    lines.map((line): [string, string] => [
      line.slice(0, line.indexOf(':')),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  )
  const status = Number(statusLine.split(' ')[1])
  const rest = text.slice(headEnd + 4)
  const body = headers.get('transfer-encoding') === 'chunked' ? chunked(rest) : fixed(rest, status, headers)
  if (!body) return undefined
  const decoded = Buffer.from(body.text, 'latin1').toString('utf8')
  return {
    answer: { status, headers, text: decoded, json: () => JSON.parse(decoded) },
    length: headEnd + 4 + body.length,
  }
}

function fixed(rest: string, status: number, headers: Headers): { text: string; length: number } | undefined {
  const length = status === 204 || status === 304 ? 0 : Number(headers.get('content-length') ?? 0)
  return rest.length < length ? undefined : { text: rest.slice(0, length), length }
}

function chunked(rest: string): { text: string; length: number } | undefined {
  let text = ''
  for (let at = 0; ; ) {
    const lineEnd = rest.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(rest.slice(at, lineEnd), 16)
    const next = lineEnd + 2 + size + 2
    if (rest.length < next) return undefined
    if (size === 0) return { text, length: next }
    text += rest.slice(lineEnd + 2, lineEnd + 2 + size)
    at = next
  }
}
