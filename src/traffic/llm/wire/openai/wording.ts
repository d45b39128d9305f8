// Our refusals in OpenAI's form, so that its SDKs raise their own typed errors and do not retry calls that
// cannot succeed. Shapes: https://platform.openai.com/docs/guides/error-codes; for the official SDKs,
// `x-should-retry` overrides all other rules.

import type { ErrorCode, GatewayError } from '../../../../contract/errors.ts'
import { writeRefusal } from '../../../wire/refusal.ts'
import type { WrittenRefusal } from '../../../wire/refusal.ts'

/** @param exchange id by which the operator finds the call */
export function writeError(error: GatewayError, exchange?: string): WrittenRefusal {
  return writeRefusal(error, exchange, { error: errorOf(error) })
}

/** The `error` member of OpenAI's responses and streams. */
export function errorOf(error: GatewayError): {
  message: string
  type: string
  param: string | null
  code: string
} {
  const { type, code } = words[error.code] ?? {
    type: types[error.row.fault],
    code: error.code.replaceAll('-', '_'),
  }
  return {
    message: error.message,
    type,
    param: error.details.param ?? (error.code === 'unknown-model' ? 'model' : null),
    code,
  }
}

const types = {
  caller: 'invalid_request_error',
  policy: 'invalid_request_error',
  money: 'rate_limit_error',
  upstream: 'upstream_error',
  gateway: 'server_error',
} as const

/** The codes for which OpenAI has its own name. */
const words: Partial<Record<ErrorCode, { type: string; code: string }>> = {
  'no-key': { type: 'invalid_request_error', code: 'invalid_api_key' },
  'bad-key': { type: 'invalid_request_error', code: 'invalid_api_key' },
  'expired-key': { type: 'invalid_request_error', code: 'invalid_api_key' },
  revoked: { type: 'invalid_request_error', code: 'invalid_api_key' },
  'unknown-model': { type: 'invalid_request_error', code: 'model_not_found' },
  'guard-blocked': { type: 'invalid_request_error', code: 'content_filter' },
  'rate-limited': { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  'upstream-rate-limited': { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  'budget-exhausted': { type: 'insufficient_quota', code: 'insufficient_quota' },
  'unbounded-cost': { type: 'invalid_request_error', code: 'unbounded_cost' },
  internal: { type: 'server_error', code: 'internal_error' },
}
