// How a stream of this dialect tells that it failed; refusals before it are worded in wire/openai/.

import type { GatewayError } from '../../../../contract/errors.ts'
import { encodeEvent } from '../../../../kit/sse.ts'
import { errorOf } from '../../wire/openai/wording.ts'

/**
 * The event that ends a stream which failed after its first byte. No `[DONE]` follows: the official SDKs
 * raise an APIError.
 */
export function wordBrokenStream(error: GatewayError): string {
  return encodeEvent({ data: JSON.stringify({ error: errorOf(error) }) })
}
