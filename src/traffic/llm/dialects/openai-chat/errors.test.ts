import { expect, test } from 'bun:test'
import { APIError } from 'openai'
import { GatewayError, errorTable } from '../../../../contract/errors.ts'
import type { ErrorCode } from '../../../../contract/errors.ts'
import { writeError } from '../../wire/openai/wording.ts'
import { writeBrokenStream } from './errors.ts'

test.each([
  ['bad-key', 'AuthenticationError', 'invalid_api_key', 'false'],
  ['unknown-model', 'NotFoundError', 'model_not_found', 'false'],
  ['rate-limited', 'RateLimitError', 'rate_limit_exceeded', 'true'],
  ['budget-exhausted', 'RateLimitError', 'insufficient_quota', 'false'],
  ['budget-unknown', 'InternalServerError', 'budget_unknown', 'true'],
  ['bad-request', 'BadRequestError', 'bad_request', 'false'],
  ['guard-blocked', 'BadRequestError', 'content_filter', 'false'],
  ['policy-denied', 'PermissionDeniedError', 'policy_denied', 'false'],
] as [ErrorCode, string, string, string][])(
  '%s is a %s of the official SDK',
  (code, name, word, shouldRetry) => {
    const { status, headers, body } = writeError(
      new GatewayError(code, 'why', { retryAfterSeconds: 0.2 }),
      'ex-1',
    )
    const error = APIError.generate(status, JSON.parse(body), undefined, new Headers(headers))
    expect(error.constructor.name).toBe(name)
    expect(error).toMatchObject({ status, code: word })
    expect(error.headers?.get('x-should-retry')).toBe(shouldRetry)
    expect(error.headers?.get('retry-after')).toBe('1')
    expect(error.headers?.get('x-gatehouse-exchange')).toBe('ex-1')
  },
)

test('every error code has a message, a type and a code', () => {
  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    const { error } = JSON.parse(writeError(new GatewayError(code, 'why')).body)
    expect(error.message).toBe('why')
    expect(error.type).toMatch(/^[a-z_]+$/)
    expect(error.code).toMatch(/^[a-z_]+$/)
  }
})

test('a broken stream ends in an error event without [DONE] and does not reveal the cause', () => {
  const event = writeBrokenStream(new GatewayError('upstream-cut', 'cut', { cause: new Error('secret') }))
  expect(event).toBe(
    'data: {"error":{"message":"cut","type":"upstream_error","param":null,"code":"upstream_cut"}}\n\n',
  )
})
