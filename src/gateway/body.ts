// A request's body as bytes, within bounds of size and time.

import { GatewayError } from '../contract/errors.ts'
import type { Clock } from '../kit/clock.ts'

export interface BodyLimits {
  bodyBytes: number
  bodyMs: number
  /** Of all bodies together. */
  bodiesBytes: number
}

/** Room for bodies, of one call: takes from what all calls share, and gives back what it took. */
export interface Room {
  /** @throws GatewayError `overloaded` */
  take(bytes: number, limit: number): void
  giveBack(): void
}

/** What a thousand callers may send at once does not fit into memory, though each of them keeps to the limit of one body. */
export function bodyRoom(): () => Room {
  let taken = 0
  return () => {
    let mine = 0
    return {
      take(bytes, limit) {
        // One body alone always has room, however the limits are set.
        if (taken > 0 && taken + bytes > limit) throw tooMuch(limit)
        taken += bytes
        mine += bytes
      },
      giveBack() {
        taken -= mine
        mine = 0
      },
    }
  }
}

/** @throws GatewayError `overloaded`, `request-too-large`, `request-too-slow`, `client-gone`, `unsupported-media-type` */
export async function readBody(request: Request, limits: BodyLimits, clock: Clock, room: Room): Promise<Uint8Array> {
  const encoding = request.headers.get('content-encoding')
  if (encoding && encoding !== 'identity') {
    throw new GatewayError('unsupported-media-type', `The body is encoded as "${encoding}"; send it without content-encoding.`)
  }
  const length = request.headers.get('content-length')
  if (length !== null && Number(length) > limits.bodyBytes) throw tooLarge(limits.bodyBytes)
  if (!request.body) return new Uint8Array()
  if (length !== null) room.take(Number(length), limits.bodiesBytes)

  let isLate = false
  let timer: { cancel(): void } | undefined
  try {
    // A length that we know to be small enough lets Bun collect the body natively, which is several times cheaper than reading chunks.
    const late = new Promise<never>((_, reject) => {
      timer = clock.after(limits.bodyMs, () => {
        isLate = true
        reject(tooSlow(limits.bodyMs))
      })
    })
    return await Promise.race([length === null ? readCounted(request.body, limits, room) : request.bytes(), late])
  } catch (thrown) {
    if (isLate || thrown instanceof GatewayError) throw thrown
    throw new GatewayError('client-gone', 'The connection closed before the whole body was here.', { cause: thrown })
  } finally {
    timer?.cancel()
  }
}

async function readCounted(body: ReadableStream<Uint8Array>, { bodyBytes, bodiesBytes }: BodyLimits, room: Room): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > bodyBytes) throw tooLarge(bodyBytes)
    room.take(chunk.length, bodiesBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

const tooLarge = (limit: number) =>
  new GatewayError('request-too-large', `The body is larger than ${limit} bytes, the limit of this gateway (limits.bodyBytes).`)

const tooMuch = (limit: number) =>
  new GatewayError('overloaded', `The gateway holds as many bytes of requests as it may (${limit}, limits.bodiesBytes); call again in a moment.`, {
    retryAfterSeconds: 1,
  })

const tooSlow = (limitMs: number) => new GatewayError('request-too-slow', `The body did not arrive within ${limitMs / 1000} s (limits.bodyMs).`)
