// How a stream of this dialect reports a failure. Refusals before a stream: wire/openai/.

import type { GatewayError } from '../../../../contract/errors.ts'
import { encodeEvent } from '../../../../kit/sse.ts'
import { errorOf } from '../../wire/openai/wording.ts'

/**
 * The event that ends a stream when it fails after its first byte: OpenAI's `error` event with a member
 * `error`, for which the official SDKs raise an APIError.
 */
export function writeBrokenStream(error: GatewayError): string {
  const written = errorOf(error)
  const { code, message, param } = written
  return encodeEvent({
    name: 'error',
    data: JSON.stringify({ type: 'error', sequence_number: 0, code, message, param, error: written }),
  })
}
