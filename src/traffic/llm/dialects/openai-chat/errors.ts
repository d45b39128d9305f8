// How a stream of this dialect reports a failure. Refusals before a stream: wire/openai/.

import type { GatewayError } from '../../../../contract/errors.ts'
import { encodeEvent } from '../../../../kit/sse.ts'
import { errorOf } from '../../wire/openai/wording.ts'

/**
 * The event that ends a stream when it fails after its first byte. No `[DONE]` follows, so the official SDKs
 * raise an APIError.
 */
export function writeBrokenStream(error: GatewayError): string {
  return encodeEvent({ data: JSON.stringify({ error: errorOf(error) }) })
}
