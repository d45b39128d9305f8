// A request's body as bytes, within bounds of size and time; and the end of a body that no caller of ours
// reads.

import { GatewayError } from '../contract/errors.ts'
import type { Clock } from '../kit/clock.ts'
import type { Room } from './body-memory.ts'

export interface BodyLimits {
  bodyBytes: number
  bodyMs: number
  /** Of all bodies together. */
  bodiesBytes: number
}

export interface Upload {
  /**
   * @throws GatewayError `bad-request`, `overloaded`, `request-too-large`, `request-too-slow`, `client-gone`,
   * `unsupported-media-type`
   */
  read(limits: BodyLimits, key: string): Promise<Uint8Array>
  /**
   * After the response is known: takes in what was not read, so that the client gets to read the response,
   * but no more of it than a call may send and not for long.
   * @returns `whole`: the connection can serve again; `silent`: nothing comes; `sending`: more comes than is
   * read
   */
  discard(limits: BodyLimits): Promise<'whole' | 'silent' | 'sending'>
}

/**
 * Bun collects a body of known length natively, several times cheaper than reading chunks. Larger ones are
 * counted while they arrive.
 */
const smallBytes = 16 * 1024

const longestDiscardMs = 5_000

export function upload(request: Request, clock: Clock, room: Room): Upload {
  let state: 'unread' | 'reading' | 'whole' | 'late' | 'evicted' = 'unread'
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined

  async function readCounted(
    body: ReadableStream<Uint8Array>,
    { bodyBytes, bodiesBytes }: BodyLimits,
  ): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    let size = 0
    reader = body.getReader()
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      if (state !== 'reading') break
      size += chunk.value.length
      if (size > bodyBytes) throw tooLarge(bodyBytes)
      room.take(chunk.value.length, bodiesBytes)
      chunks.push(chunk.value)
    }
    return Buffer.concat(chunks, size)
  }

  async function readSmall(limits: BodyLimits): Promise<Uint8Array> {
    const bytes = await request.bytes()
    room.take(bytes.length, limits.bodiesBytes)
    return bytes
  }

  return {
    async read(limits, key) {
      const encoding = request.headers.get('content-encoding')
      if (encoding && encoding !== 'identity') {
        throw new GatewayError(
          'unsupported-media-type',
          `The body is encoded as "${encoding}"; send it without content-encoding.`,
        )
      }
      const length = lengthOf(request.headers)
      if (length !== undefined && length > limits.bodyBytes) throw tooLarge(limits.bodyBytes)
      if (!request.body) {
        state = 'whole'
        return new Uint8Array()
      }
      room.ownedBy(key)
      state = 'reading'
      let timer: { cancel(): void } | undefined
      const stopped = new Promise<never>((_, reject) => {
        timer = clock.after(limits.bodyMs, () => {
          state = 'late'
          reject(tooSlow(limits.bodyMs))
        })
        room.evictWith((error) => {
          state = 'evicted'
          reject(error)
        })
      })
      try {
        const isSmall = length !== undefined && length <= smallBytes
        const bytes = await Promise.race([
          isSmall ? readSmall(limits) : readCounted(request.body, limits),
          stopped,
        ])
        state = 'whole'
        return bytes
      } catch (thrown) {
        if (thrown instanceof GatewayError) throw thrown
        state = 'late'
        throw new GatewayError('client-gone', 'The connection closed before the whole body was here.', {
          cause: thrown,
        })
      } finally {
        timer?.cancel()
        room.evictWith(undefined)
      }
    },

    async discard(limits) {
      if (state === 'whole' || (state === 'unread' && (request.bodyUsed || !request.body))) return 'whole'
      if (state === 'late') return 'silent'
      if (state === 'evicted' || (lengthOf(request.headers) ?? 0) > limits.bodyBytes * 2) return 'sending'
      const late = timeIsUp(clock)
      try {
        reader ??= request.body?.getReader()
        for (let size = 0; reader && size <= limits.bodyBytes; ) {
          const chunk = await Promise.race([reader.read(), late.promise])
          if (chunk === undefined) return 'silent'
          if (chunk.done) return 'whole'
          size += chunk.value.length
        }
        return 'sending'
      } catch {
        // The client is gone, or the body was read elsewhere: nothing of it is left to us.
        return 'silent'
      } finally {
        late.cancel()
      }
    },
  }
}

function timeIsUp(clock: Clock) {
  let timer: { cancel(): void } | undefined
  const promise = new Promise<undefined>((resolve) => {
    timer = clock.after(longestDiscardMs, () => resolve(undefined))
  })
  return { promise, cancel: () => timer?.cancel() }
}

/**
 * @throws GatewayError for one that is not plain digits: every comparison with what `Number` makes of it
 * would be false, and no bound would hold.
 */
export function lengthOf(headers: Headers): number | undefined {
  const text = headers.get('content-length')
  if (text === null) return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new GatewayError(
    'bad-request',
    `content-length is ${JSON.stringify(text.slice(0, 80))}; send it once, as a plain number of bytes.`,
  )
}

const tooLarge = (limit: number) =>
  new GatewayError(
    'request-too-large',
    `The body is larger than ${limit} bytes, the limit of this gateway (limits.bodyBytes).`,
  )

const tooSlow = (limitMs: number) =>
  new GatewayError('request-too-slow', `The body did not arrive within ${limitMs / 1000} s (limits.bodyMs).`)
