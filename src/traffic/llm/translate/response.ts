// Answers in the client's dialect, in the form in which upstream/ gives a provider's.

import { GatewayError } from '../../../contract/errors.ts'
import type { ByteSource, Told, UpstreamResponse } from '../../../contract/upstream.ts'
import type { Codec, ProviderError } from '../canonical/index.ts'

export function responseOf(status: number, from: Headers, contentType: string, body: ByteSource, told: Told): UpstreamResponse {
  const headers = new Headers(from)
  headers.set('content-type', contentType)
  headers.delete('content-length')
  return {
    status,
    headers,
    body,
    told,
    async bytes(limitBytes) {
      const bytes = await collect(body)
      if (bytes.length > limitBytes) throw new GatewayError('upstream-garbage', `The provider's answer is larger than ${limitBytes} bytes.`)
      return bytes
    },
  }
}

/** The provider's error as an answer of the client's dialect. */
export function errorResponse(front: Pick<Codec, 'encodeError'>, error: ProviderError, from: Headers, told: Told): UpstreamResponse {
  const { status, body } = front.encodeError(error)
  const headers = new Headers(from)
  const { retryAfterMs } = error.fault
  // Some vendors say it in the body only.
  if (retryAfterMs !== undefined && !headers.has('retry-after')) headers.set('retry-after', String(Math.ceil(retryAfterMs / 1000)))
  return responseOf(status, headers, 'application/json', oneChunk(Buffer.from(body)), told)
}

export function oneChunk(bytes: Uint8Array): ByteSource {
  let rest: Uint8Array | undefined = bytes
  return {
    async next() {
      const next = rest
      rest = undefined
      return next
    },
    async cancel() {
      rest = undefined
    },
  }
}

/** @throws GatewayError what the source throws; it is canceled then */
export async function collect(source: ByteSource): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  try {
    for (let part = await source.next(); part; part = await source.next()) parts.push(part)
  } catch (thrown) {
    await source.cancel()
    throw thrown
  }
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
}
