// Small facts that whole answers and streams tell alike.

import { textIn } from '../../../../../kit/json.ts'
import type { JsonObject } from '../../../../../kit/json.ts'

/** The tier that served the call, out of its counts. */
export const tierIn = (usage: JsonObject | undefined): string | undefined => textIn(usage?.['service_tier'])

/** The proof that belongs to a piece of thinking, if there is one. */
export function signed(signature: string): { signature?: { dialect: 'anthropic-messages'; value: string } } {
  return signature === '' ? {} : { signature: { dialect: 'anthropic-messages', value: signature } }
}
