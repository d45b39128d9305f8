// Responses in the client's dialect, as an UpstreamResponse like those of providers.

import { GatewayError } from '../../../contract/errors.ts'
import type { ByteSource, ResponseHeaders, SideFacts, UpstreamResponse } from '../../../contract/upstream.ts'
import { collect, oneChunk } from '../../wire/response-form.ts'
import type { Codec, ProviderError } from '../canonical/index.ts'

export function responseOf(
  status: number,
  from: ResponseHeaders,
  contentType: string,
  body: ByteSource,
  sideFacts: SideFacts,
): UpstreamResponse {
  const headers = new Headers([...from])
  headers.set('content-type', contentType)
  headers.delete('content-length')
  return {
    status,
    headers,
    body,
    sideFacts,
    async bytes(limitBytes) {
      const bytes = await collect(body)
      if (bytes.length > limitBytes)
        throw new GatewayError(
          'upstream-garbage',
          `The provider's response is larger than ${limitBytes} bytes.`,
        )
      return bytes
    },
  }
}

/** The provider's error as a response of the client's dialect. */
export function errorResponse(
  front: Pick<Codec, 'encodeError'>,
  error: ProviderError,
  from: ResponseHeaders,
  sideFacts: SideFacts,
): UpstreamResponse {
  const { status, body } = front.encodeError(error)
  const headers = new Headers([...from])
  const { retryAfterMs } = error.fault
  // Some vendors send it in the body only.
  if (retryAfterMs !== undefined && !headers.has('retry-after'))
    headers.set('retry-after', String(Math.ceil(retryAfterMs / 1000)))
  return responseOf(status, headers, 'application/json', oneChunk(Buffer.from(body)), sideFacts)
}
