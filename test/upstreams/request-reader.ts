// Reads HTTP/1.1 requests from a raw socket: content-length and chunked bodies, one after the other on a kept
// connection.

export interface RawRequest {
  method: string
  path: string
  headers: Readonly<Record<string, string>>
  rawHeaders: readonly (readonly [string, string])[]
  body: Uint8Array
}

/**
 * A request as it arrived. Header names are in lower case; a repeated header keeps every value in
 * `rawHeaders`.
 */
export interface Received extends RawRequest {
  /** Counts connections from 1: equal numbers mean that a connection was reused. */
  connection: number
  text(): string
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into bodies of any shape
  json(): any
}

/** Returns a function that accepts bytes; `deliver` gets each request once its body is complete. */
export function requestReader(deliver: (request: RawRequest) => void): (bytes: Uint8Array) => void {
  let buffered = Buffer.alloc(0)
  return (bytes) => {
    buffered = Buffer.concat([buffered, bytes])
    for (;;) {
      const end = buffered.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = parseHead(buffered.subarray(0, end).toString('latin1'))
      const body = takeBody(buffered.subarray(end + 4), head.headers)
      if (!body) return
      buffered = Buffer.from(buffered.subarray(end + 4 + body.length))
      deliver({ ...head, body: body.bytes })
    }
  }
}

function parseHead(text: string): Omit<RawRequest, 'body'> {
  const [requestLine = '', ...lines] = text.split('\r\n')
  const [method = '', path = ''] = requestLine.split(' ')
  const rawHeaders = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return { method, path, rawHeaders, headers: Object.fromEntries(rawHeaders) }
}

/** The body and its size on the wire; undefined while it is incomplete. */
function takeBody(
  rest: Buffer,
  headers: Readonly<Record<string, string>>,
): { bytes: Uint8Array; length: number } | undefined {
  if (headers['transfer-encoding'] === 'chunked') return takeChunks(rest)
  const length = Number(headers['content-length'] ?? 0)
  if (rest.length < length) return undefined
  return { bytes: new Uint8Array(rest.subarray(0, length)), length }
}

function takeChunks(rest: Buffer): { bytes: Uint8Array; length: number } | undefined {
  const parts: Buffer[] = []
  for (let at = 0; ; ) {
    const lineEnd = rest.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(rest.subarray(at, lineEnd).toString('latin1'), 16)
    const next = lineEnd + 2 + size + 2
    if (rest.length < next) return undefined
    if (size === 0) return { bytes: new Uint8Array(Buffer.concat(parts)), length: next }
    parts.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = next
  }
}
