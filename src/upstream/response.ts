// An upstream's answer, pulled: the body by pieces, or whole within a limit. One object per call, because there is one per call.

import { GatewayError } from '../contract/errors.ts'
import type { ByteSource, UpstreamResponse } from '../contract/upstream.ts'
import { failure } from './failure.ts'
import type { Origin } from './origin.ts'
import type { Watch } from './watch.ts'

/** Up to this size a body of known length is read in one go, and its first-token time-out covers the whole read. */
const oneGoBytes = 1_048_576

export class Answer implements UpstreamResponse, ByteSource {
  readonly status: number
  readonly headers: Headers
  private readonly raw: Response
  private readonly origin: Origin
  private readonly clocks: Watch
  /** Lets go of clocks and listeners; called once. */
  private readonly finish: () => void
  private reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  private end: 'open' | 'over' | GatewayError = 'open'

  constructor(raw: Response, origin: Origin, clocks: Watch, finish: () => void) {
    this.status = raw.status
    this.headers = raw.headers
    this.raw = raw
    this.origin = origin
    this.clocks = clocks
    this.finish = finish
  }

  get body(): ByteSource {
    return this
  }

  async next(): Promise<Uint8Array | undefined> {
    if (this.end === 'over') return undefined
    if (this.end !== 'open') throw this.end
    this.reader ??= this.raw.body?.getReader()
    this.clocks.waiting()
    try {
      const piece = await this.reader?.read()
      if (piece && !piece.done) {
        this.clocks.arrived()
        return piece.value
      }
    } catch (thrown) {
      throw this.failed(thrown)
    }
    this.close('over')
    return undefined
  }

  async bytes(limitBytes: number): Promise<Uint8Array> {
    const length = Number(this.headers.get('content-length') ?? Number.NaN)
    if (length > limitBytes) throw await this.tooLarge(limitBytes)
    if (length <= oneGoBytes && this.end === 'open' && !this.reader) return this.inOneGo()
    const pieces: Uint8Array[] = []
    let size = 0
    for (;;) {
      const piece = await this.next()
      if (!piece) return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)
      size += piece.length
      if (size > limitBytes) throw await this.tooLarge(limitBytes)
      pieces.push(piece)
    }
  }

  async cancel(): Promise<void> {
    if (this.end !== 'open') return
    this.close('over')
    // Bun ends the process over a cancel that rejects and that nobody catches; it rejects when the body has failed already.
    await (this.reader ?? this.raw.body)?.cancel().catch(() => {})
  }

  private async inOneGo(): Promise<Uint8Array> {
    this.clocks.waiting()
    try {
      const bytes = await this.raw.bytes()
      this.close('over')
      return bytes
    } catch (thrown) {
      throw this.failed(thrown)
    }
  }

  private close(end: 'over' | GatewayError) {
    if (this.end !== 'open') return
    this.end = end
    this.finish()
  }

  private failed(thrown: unknown): GatewayError {
    const error = failure(thrown, this.origin.name, this.origin.url, 'in-body')
    this.close(error)
    return error
  }

  private async tooLarge(limitBytes: number): Promise<GatewayError> {
    await this.cancel()
    return new GatewayError('upstream-garbage', `${this.origin.name} answered with more than ${limitBytes} bytes`)
  }
}

/** What Bun decodes by itself. Anything else would pass for text. */
const decoded: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'deflate', 'br', 'zstd'])

/**
 * The body comes decoded: its old encoding and length would be lies.
 * @returns an error for an encoding that nobody has decoded
 */
export function dropEncoding(headers: Headers, who: string): GatewayError | undefined {
  const encoding = headers.get('content-encoding')
  if (encoding === null) return undefined
  headers.delete('content-encoding')
  const name = encoding.trim().toLowerCase()
  if (name === '' || name === 'identity') return undefined
  headers.delete('content-length')
  if (decoded.has(name)) return undefined
  return new GatewayError('upstream-garbage', `${who} sent a content encoding that cannot be read here ("${name.slice(0, 40)}")`)
}
