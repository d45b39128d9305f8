// Decompresses the body of a response. Gatehouse does not request compression (headers.ts), but an operator
// may, or a server may send it anyway. The body is pulled: data is decompressed only as far as it is read, so
// that a compression bomb stays compressed.

import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib'
import { GatewayError } from '../../contract/errors.ts'
import type { ByteSource, EventMemory, ResponseHeaders, UpstreamResponse } from '../../contract/upstream.ts'
import { toUpstreamError } from '../failure.ts'
import { NotHttp } from './not-http.ts'
import { ZstdEnd } from './zstd-end.ts'

type Decompressor = ReturnType<typeof createGunzip>

const chunk = { chunkSize: 65_536 }

/** @param first byte: `deflate` is sent with and without the header of zlib */
const decompressors: Readonly<Record<string, (first: number) => Decompressor>> = {
  gzip: () => createGunzip(chunk),
  'x-gzip': () => createGunzip(chunk),
  deflate: (first) => ((first & 0x0f) === 8 ? createInflate(chunk) : createInflateRaw(chunk)),
  br: () => createBrotliDecompress(chunk),
  zstd: () => createZstdDecompress(chunk),
}

/**
 * Returns the same response without compression, and without the headers for encoding and length, which would
 * be wrong.
 * @throws GatewayError `upstream-garbage` for an encoding that cannot be decoded
 */
export function decodeResponse(response: UpstreamResponse, who: string): UpstreamResponse {
  const { headers } = response
  const encoding = headers.get('content-encoding')
  if (encoding === null) return response
  headers.delete('content-encoding')
  const name = encoding.trim().toLowerCase()
  if (name === '' || name === 'identity') return response
  headers.delete('content-length')
  const decompressor = decompressors[name]
  if (decompressor)
    return new Decoded(response, decompressor, who, name === 'zstd' ? new ZstdEnd() : undefined)
  throw new GatewayError(
    'upstream-garbage',
    `${who} sent a content encoding that cannot be read here ("${name.slice(0, 40)}")`,
  )
}

class Decoded implements UpstreamResponse, ByteSource {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly memory: EventMemory | undefined
  readonly #raw: ByteSource
  readonly #make: (first: number) => Decompressor
  readonly #who: string
  readonly #end: ZstdEnd | undefined
  #stream: Decompressor | undefined
  #pieces: AsyncIterator<unknown> | undefined
  #isOver = false

  constructor(
    { status, headers, body, memory }: UpstreamResponse,
    make: (first: number) => Decompressor,
    who: string,
    end: ZstdEnd | undefined,
  ) {
    this.status = status
    this.headers = headers
    this.memory = memory
    this.#raw = body
    this.#make = make
    this.#who = who
    this.#end = end
  }

  get body(): ByteSource {
    return this
  }

  async next(): Promise<Uint8Array | undefined> {
    if (!this.#pieces) {
      const first = await this.#raw.next()
      if (this.#isOver || !first) return undefined
      const stream = this.#make(first[0] ?? 0)
      this.#stream = stream
      this.#pieces = stream[Symbol.asyncIterator]()
      void this.#feed(stream, first)
    }
    try {
      const { value } = await this.#pieces.next()
      return value instanceof Uint8Array ? value : undefined
    } catch (thrown) {
      if (this.#isOver) return undefined
      await this.#raw.cancel()
      throw thrown instanceof GatewayError
        ? thrown
        : toUpstreamError(new NotHttp('content-encoding'), this.#who, 'its response', 'in-body')
    }
  }

  async bytes(limitBytes: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = []
    let size = 0
    for (let piece = await this.next(); piece; piece = await this.next()) {
      size += piece.length
      if (size > limitBytes) {
        await this.cancel()
        throw new GatewayError('upstream-garbage', `${this.#who} answered with more than ${limitBytes} bytes`)
      }
      pieces.push(piece)
    }
    return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)
  }

  async cancel(): Promise<void> {
    this.#isOver = true
    this.#stream?.destroy()
    await this.#raw.cancel()
  }

  async #feed(stream: Decompressor, first: Uint8Array): Promise<void> {
    try {
      for (let piece: Uint8Array | undefined = first; piece; piece = await this.#raw.next()) {
        if (stream.destroyed) return
        this.#end?.take(piece)
        if (!stream.write(piece)) await room(stream)
      }
      if (this.#end && !this.#end.isReached) throw new NotHttp('content-encoding')
      stream.end()
    } catch (thrown) {
      stream.destroy(thrown instanceof Error ? thrown : undefined)
    }
  }
}

/** Resolves when the stream accepts more data, or has ended. */
function room(stream: Decompressor): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      stream.off('drain', over)
      stream.off('close', over)
      resolve()
    }
    stream.on('drain', over)
    stream.on('close', over)
  })
}
