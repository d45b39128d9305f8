// An upstream's answer, pulled: the body by pieces, or whole within a limit.

import { GatewayError } from '../contract/errors.ts'
import type { ByteSource, UpstreamResponse } from '../contract/upstream.ts'
import { failure } from './failure.ts'
import type { Watch } from './watch.ts'

interface Around {
  /** For messages: `provider "openai"`. */
  who: string
  /** Its origin, for the log. */
  where: string
  clocks: Watch
  /** Lets go of clocks and listeners; called when the body has ended, failed or been cancelled. */
  finish(): void
}

/** Up to this size a body of known length is read in one go, and its first-token time-out covers the whole read. */
const oneGoBytes = 1_048_576

export function response(answer: Response, around: Around): UpstreamResponse {
  const { headers } = answer
  const body = source(answer, around)
  return {
    status: answer.status,
    headers,
    body,
    async bytes(limitBytes) {
      const length = knownLength(headers)
      if (Number.isFinite(length) && length > limitBytes) throw await tooLarge(body, around.who, limitBytes)
      if (!body.hasBegun() && length <= Math.min(limitBytes, oneGoBytes)) return body.whole()
      return collect(body, around.who, limitBytes)
    },
  }
}

interface Body extends ByteSource {
  hasBegun(): boolean
  /** All of it in one go; only before the first `next`. */
  whole(): Promise<Uint8Array>
}

function source(answer: Response, around: Around): Body {
  const { clocks } = around
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  let end: 'open' | 'over' | GatewayError = 'open'

  function over(how: 'over' | GatewayError) {
    if (end !== 'open') return
    end = how
    around.finish()
  }

  function fail(thrown: unknown): GatewayError {
    const error = failure(thrown, around.who, around.where, 'in-body')
    over(error)
    return error
  }

  async function cancel() {
    if (end !== 'open') return
    over('over')
    // Bun ends the process over a cancel that rejects and that nobody catches; it rejects when the body has failed already.
    await (reader ? reader.cancel() : answer.body?.cancel())?.catch(() => {})
  }

  return {
    hasBegun: () => reader !== undefined,
    async next() {
      if (end === 'over') return undefined
      if (end !== 'open') throw end
      reader ??= answer.body?.getReader()
      if (!reader) {
        over('over')
        return undefined
      }
      clocks.waiting()
      try {
        const { done, value } = await reader.read()
        if (!done) {
          clocks.arrived()
          return value
        }
      } catch (thrown) {
        throw fail(thrown)
      }
      over('over')
      return undefined
    },
    async whole() {
      if (end !== 'open') throw end
      clocks.waiting()
      try {
        const bytes = await answer.bytes()
        over('over')
        return bytes
      } catch (thrown) {
        throw fail(thrown)
      }
    },
    cancel,
  }
}

async function collect(body: Body, who: string, limitBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let size = 0
  for (;;) {
    const piece = await body.next()
    if (!piece) return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)
    size += piece.length
    if (size > limitBytes) throw await tooLarge(body, who, limitBytes)
    pieces.push(piece)
  }
}

async function tooLarge(body: Body, who: string, limitBytes: number): Promise<GatewayError> {
  await body.cancel()
  return new GatewayError('upstream-garbage', `${who} answered with more than ${limitBytes} bytes`)
}

/** What the headers say of the length of the decoded body; infinity when they say nothing. */
function knownLength(headers: Headers): number {
  const length = headers.get('content-length')
  return length === null ? Number.POSITIVE_INFINITY : Number(length)
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
