// A refusal as an HTTP response in OpenAI's words.

import type { GatewayError } from '../../../../contract/errors.ts'
import { wordError } from './wording.ts'

/** @param exchange id under which the operator finds the call */
export function refusal(error: GatewayError, exchange?: string): Response {
  const { status, headers, body } = wordError(error, exchange)
  return new Response(body, { status, headers })
}
