import { expect, test } from 'bun:test'
import { type ErrorCode, GatewayError } from '../contract/errors.ts'
import { failure, type Stage } from './failure.ts'

const thrown = (code: string) => Object.assign(new TypeError(`${code} fetching "https://host/x?key=planted"`), { code })

const rows: [code: string, stage: Stage, kind: ErrorCode][] = [
  ['ECONNREFUSED', 'before-headers', 'upstream-unreachable'],
  ['ENOTFOUND', 'before-headers', 'upstream-unreachable'],
  ['EAI_AGAIN', 'before-headers', 'upstream-unreachable'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'before-headers', 'upstream-unreachable'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'before-headers', 'upstream-unreachable'],
  ['CERT_HAS_EXPIRED', 'before-headers', 'upstream-unreachable'],
  ['ECONNRESET', 'before-headers', 'upstream-cut'],
  ['ECONNRESET', 'in-body', 'upstream-cut'],
  ['SomethingNew', 'before-headers', 'upstream-cut'],
  ['Malformed_HTTP_Response', 'before-headers', 'upstream-garbage'],
  ['InvalidHTTPResponse', 'in-body', 'upstream-garbage'],
  ['ZstdDecompressionError', 'in-body', 'upstream-garbage'],
  ['ETIMEDOUT', 'before-headers', 'upstream-timeout'],
]

test.each(rows)('%s %s is %s, told without the URL', (code, stage, kind) => {
  const error = failure(thrown(code), 'provider "x"', 'https://host', stage)
  expect(error.code).toBe(kind)
  expect(error.message).toContain('provider "x"')
  expect(`${error.message} ${Bun.inspect(error.details)}`).not.toContain('planted')
})

test('once headers have come, nothing counts as never sent', () => {
  for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'CERT_HAS_EXPIRED']) expect(failure(thrown(code), 'x', 'y', 'in-body').code).toBe('upstream-cut')
})

test('our own errors pass as they are, and what is no error is cut', () => {
  const ours = new GatewayError('revoked', 'The key was revoked.')
  expect(failure(ours, 'x', 'y', 'in-body')).toBe(ours)
  for (const odd of [undefined, 'text', { code: 7 }]) expect(failure(odd, 'x', 'y', 'before-headers').code).toBe('upstream-cut')
})
