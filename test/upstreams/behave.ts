// The behaviors of a fake provider for a request. Add a row for a missing failure.

import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { Call } from './call.ts'
import { chat } from './chat.ts'

export interface Behavior {
  answer(call: Call): void | Promise<void>
}

/**
 * A behavior that the test controls. `push` and the other methods may be called once `started` has resolved.
 */
export interface ManualAnswer extends Behavior, Omit<Call, 'request' | 'push'> {
  /** Sent immediately, as one HTTP chunk. */
  push(bytes: string | Uint8Array): void
  started: Promise<Call>
}

/** Where a body is cut into separate writes: at these byte offsets, or after every `n` bytes. */
export type Cuts = { at: readonly number[] } | { every: number }

export const behave = {
  /** A whole JSON response with its content-length. */
  json: (value: unknown, options: { status?: number; headers?: Record<string, string> } = {}): Behavior =>
    whole(JSON.stringify(value), { 'content-type': 'application/json', ...options.headers }, options.status),

  /** Any whole body. */
  text: (
    body: string | Uint8Array,
    contentType: string,
    options: { status?: number; headers?: Record<string, string> } = {},
  ): Behavior => whole(body, { 'content-type': contentType, ...options.headers }, options.status),

  /** A response of a proxy in front of a provider. */
  html: (status = 502): Behavior =>
    whole('<html><body><h1>Bad Gateway</h1></body></html>', { 'content-type': 'text/html' }, status),

  /** An error in OpenAI's format. */
  error: (
    status: number,
    options: { code?: string; type?: string; message?: string; retryAfter?: string } = {},
  ): Behavior =>
    behave.json(
      chat.error(
        options.message ?? `fake error ${status}`,
        options.type ?? errorTypes[status] ?? 'server_error',
        options.code ?? null,
      ),
      {
        status,
        headers: options.retryAfter === undefined ? {} : { 'retry-after': options.retryAfter },
      },
    ),

  /**
   * A stream of server-sent events, whole or cut into separate HTTP chunks. Each write waits until the
   * previous one has left.
   */
  sse: (
    events: string | Uint8Array,
    options: { cuts?: Cuts; headers?: Record<string, string> } = {},
  ): Behavior => ({
    async answer(call) {
      call.head(200, { 'content-type': 'text/event-stream', ...options.headers })
      for (const piece of cut(bytesOf(events), options.cuts)) await call.push(piece)
      call.end()
    },
  }),

  /**
   * Sends the first `bytes` bytes of a stream (a fraction below 1: of its length), then closes the
   * connection.
   */
  sseThenCut: (events: string | Uint8Array, bytes: number): Behavior =>
    partial(events, bytes, (call) => call.cut()),

  /** The same, then an RST. */
  sseThenReset: (events: string | Uint8Array, bytes: number): Behavior =>
    partial(events, bytes, (call) => call.reset()),

  /** The same, then silence until the client closes. */
  sseThenStall: (events: string | Uint8Array, bytes: number): Behavior => partial(events, bytes, () => {}),

  /** Announces the whole body's length, sends a part, closes. */
  wholeThenCut: (
    body: string,
    bytes: number,
    headers: Record<string, string> = { 'content-type': 'application/json' },
  ): Behavior => ({
    async answer(call) {
      const all = bytesOf(body)
      call.head(200, { ...headers, 'content-length': String(all.length) })
      await call.push(all.subarray(0, bytes < 1 ? Math.floor(all.length * bytes) : bytes))
      call.cut()
    },
  }),

  /** Reads the request and never responds. */
  hang: (): Behavior => ({ answer: () => {} }),

  /** Headers of a stream, then nothing. */
  hangAfterHead: (headers: Record<string, string> = { 'content-type': 'text/event-stream' }): Behavior => ({
    answer: (call) => call.head(200, headers),
  }),

  /** Closes the connection when the request is complete, without a byte of response. */
  closeAtOnce: (): Behavior => ({ answer: (call) => call.cut() }),
  resetAtOnce: (): Behavior => ({ answer: (call) => call.reset() }),

  /** Not HTTP. */
  garbage: (): Behavior => ({
    answer(call) {
      call.raw('\u0000\u0001SSH-2.0-NotAProvider\r\n\r\n')
      call.cut()
    },
  }),

  /** The given raw bytes, then the end of the connection. */
  raw: (bytes: string | Uint8Array): Behavior => ({
    answer(call) {
      call.raw(bytes)
      call.cut()
    },
  }),

  redirect: (location: string, status = 307): Behavior => whole('', { location }, status),

  /**
   * A compressed body, whole; `cutAt` (fraction) sends only a part of the compressed bytes, in complete HTTP
   * framing.
   */
  compressed: (
    body: string,
    encoding: Encoding,
    options: { contentType?: string; cutAt?: number } = {},
  ): Behavior => {
    const packed = compressors[encoding](Buffer.from(body))
    const sent = packed.subarray(0, Math.floor(packed.length * (options.cutAt ?? 1)))
    return whole(sent, {
      'content-type': options.contentType ?? 'application/json',
      'content-encoding': encoding,
    })
  },

  /** A body of `bytes` bytes of one JSON string, without a content-length, as fast as the client reads. */
  huge: (bytes: number): Behavior => ({
    async answer(call) {
      call.head(200, { 'content-type': 'application/json' })
      const piece = new Uint8Array(65_536).fill(0x61)
      for (let left = bytes; left > 0 && !call.isClosed; left -= piece.length)
        await call.push(piece.subarray(0, Math.min(left, piece.length)))
      call.end()
    },
  }),

  /** The same event repeatedly, as fast as the client reads, until it closes. */
  endless: (event = 'data: {"choices":[{"index":0,"delta":{"content":"more "}}]}\n\n'): Behavior => ({
    async answer(call) {
      call.head(200, { 'content-type': 'text/event-stream' })
      while (!call.isClosed) {
        await call.push(event)
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
  }),

  /** The test controls it: see fake-provider.ts. */
  manual: (): ManualAnswer => manual(),

  /** A custom behavior. */
  custom: (response: (call: Call) => void | Promise<void>): Behavior => ({ answer: response }),
}

/** The behavior of an unscripted provider: a small OpenAI. */
export const defaultAnswer: Behavior = {
  answer(call) {
    const { method, path } = call.request
    if (method === 'GET' && path.startsWith('/v1/models'))
      return behave.json(chat.models(['fake-model'])).answer(call)
    if (method !== 'POST' || !path.startsWith('/v1/chat/completions'))
      return behave.error(404, { message: `no route ${path}` }).answer(call)
    const body = parsed(call.request.text())
    if (!body) return behave.error(400, { message: 'the body is not a JSON object' }).answer(call)
    const words = ['Hello ', 'from ', 'the ', 'fake ', 'provider.']
    if (!body.stream) return behave.json(chat.completion(words.join(''), { model: body.model })).answer(call)
    return behave
      .sse(chat.stream(words, { model: body.model, withUsage: body.stream_options?.include_usage === true }))
      .answer(call)
  },
}

// oxlint-disable-next-line typescript/no-explicit-any -- a body of any shape
function parsed(text: string): any {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const errorTypes: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
}

type Encoding = 'gzip' | 'br' | 'zstd' | 'deflate'
const compressors: Record<Encoding, (body: Buffer) => Buffer> = {
  gzip: (body) => gzipSync(body),
  br: (body) => brotliCompressSync(body),
  zstd: (body) => zstdCompressSync(body),
  deflate: (body) => deflateSync(body),
}

function whole(body: string | Uint8Array, headers: Record<string, string>, status = 200): Behavior {
  return {
    async answer(call) {
      const bytes = bytesOf(body)
      call.head(status, { ...headers, 'content-length': String(bytes.length) })
      if (bytes.length > 0) await call.push(bytes)
    },
  }
}

function partial(events: string | Uint8Array, bytes: number, then: (call: Call) => void): Behavior {
  return {
    async answer(call) {
      const all = bytesOf(events)
      call.head(200, { 'content-type': 'text/event-stream' })
      await call.push(all.subarray(0, bytes < 1 ? Math.floor(all.length * bytes) : bytes))
      then(call)
    },
  }
}

function cut(bytes: Uint8Array, cuts: Cuts = { at: [] }): Uint8Array[] {
  const offsets =
    'every' in cuts
      ? Array.from({ length: Math.ceil(bytes.length / cuts.every) - 1 }, (_, i) => (i + 1) * cuts.every)
      : cuts.at
  const edges = [0, ...offsets, bytes.length]
  return edges.slice(1).map((edge, i) => bytes.subarray(edges[i], edge))
}

const bytesOf = (body: string | Uint8Array) =>
  typeof body === 'string' ? new TextEncoder().encode(body) : body

function manual(): ManualAnswer {
  let current: Call | undefined
  const arrived = Promise.withResolvers<Call>()
  const here = (): Call => {
    if (!current) throw new Error('the manual answer has no request yet: await answer.started first')
    return current
  }
  return {
    started: arrived.promise,
    closed: arrived.promise.then((call) => call.closed),
    get isClosed() {
      return here().isClosed
    },
    answer(call) {
      current = call
      arrived.resolve(call)
    },
    head: (status, headers) => here().head(status, headers),
    push: (bytes) =>
      void here()
        .push(bytes)
        .catch(() => {}),
    end: () => here().end(),
    raw: (bytes) => here().raw(bytes),
    cut: () => here().cut(),
    reset: () => here().reset(),
  }
}
