// Our refusals in Anthropic's words, so that its SDKs raise their own typed errors and keep from retrying
// what cannot succeed. Shapes: https://docs.claude.com/en/api/errors

import type { ErrorCode, GatewayError } from '../../../../contract/errors.ts'
import { encodeEvent } from '../../../../kit/sse.ts'
import { worded } from '../../../wire/refusal.ts'
import type { WordedError } from '../../../wire/refusal.ts'

/** @param exchange id under which the operator finds the call; SDKs show it as the id of the request */
export function wordError(error: GatewayError, exchange?: string): WordedError {
  const id = exchange ?? error.details.exchange
  const refusal = worded(error, exchange, bodyOf(error, id), words[error.code]?.status)
  return id === undefined ? refusal : { ...refusal, headers: [...refusal.headers, ['request-id', id]] }
}

/**
 * The event that ends a stream which failed after its first byte. No `message_stop` follows: the official
 * SDKs raise an APIError.
 */
export function wordBrokenStream(error: GatewayError): string {
  return encodeEvent({ name: 'error', data: JSON.stringify(bodyOf(error, error.details.exchange)) })
}

function bodyOf(error: GatewayError, id: string | undefined): object {
  const type = words[error.code]?.type ?? typeOf(error.row.status)
  return {
    type: 'error',
    error: { type, message: error.message },
    ...(id === undefined ? {} : { request_id: id }),
  }
}

const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
}

const typeOf = (status: number): string =>
  types[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')

/** Where Anthropic has a word, or a status, of its own. */
const words: Partial<Record<ErrorCode, { type: string; status?: number }>> = {
  'budget-exhausted': { type: 'billing_error', status: 402 },
  overloaded: { type: 'overloaded_error', status: 529 },
  draining: { type: 'overloaded_error', status: 529 },
}
