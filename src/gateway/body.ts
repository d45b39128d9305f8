// A request's body as bytes, within bounds of size and time.

import { GatewayError } from '../contract/errors.ts'
import type { Clock } from '../kit/clock.ts'

export interface BodyLimits {
  bodyBytes: number
  bodyMs: number
}

/** @throws GatewayError `request-too-large`, `request-too-slow`, `client-gone`, `unsupported-media-type` */
export async function readBody(request: Request, limits: BodyLimits, clock: Clock): Promise<Uint8Array> {
  const encoding = request.headers.get('content-encoding')
  if (encoding && encoding !== 'identity') {
    throw new GatewayError('unsupported-media-type', `The body is encoded as "${encoding}"; send it without content-encoding.`)
  }
  const length = request.headers.get('content-length')
  if (length !== null && Number(length) > limits.bodyBytes) throw tooLarge(limits.bodyBytes)
  if (!request.body) return new Uint8Array()

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
    return await Promise.race([length === null ? readCounted(request.body, limits.bodyBytes) : request.bytes(), late])
  } catch (thrown) {
    if (isLate || thrown instanceof GatewayError) throw thrown
    throw new GatewayError('client-gone', 'The connection closed before the whole body was here.', { cause: thrown })
  } finally {
    timer?.cancel()
  }
}

async function readCounted(body: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > limit) throw tooLarge(limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

const tooLarge = (limit: number) =>
  new GatewayError('request-too-large', `The body is larger than ${limit} bytes, the limit of this gateway (limits.bodyBytes).`)

const tooSlow = (limitMs: number) => new GatewayError('request-too-slow', `The body did not arrive within ${limitMs / 1000} s (limits.bodyMs).`)
