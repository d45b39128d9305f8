import { expect, test } from 'bun:test'
import { type ErrorCode, GatewayError } from '../contract/errors.ts'
import { toUpstreamError, type Stage } from './failure.ts'
import { NotHttp } from './http/not-http.ts'

const thrown = (code: string) =>
  Object.assign(new TypeError(`${code} fetching "https://host/x?key=planted"`), { code })

const rows: [code: string, stage: Stage, kind: ErrorCode][] = [
  ['ECONNREFUSED', 'before-request', 'upstream-unreachable'],
  ['ENOTFOUND', 'before-request', 'upstream-unreachable'],
  ['CERT_HAS_EXPIRED', 'before-request', 'upstream-unreachable'],
  ['SomethingNew', 'before-request', 'upstream-unreachable'],
  ['ETIMEDOUT', 'before-request', 'upstream-timeout'],
  ['ECONNRESET', 'before-headers', 'upstream-cut'],
  ['ECONNRESET', 'in-body', 'upstream-cut'],
  ['SomethingNew', 'before-headers', 'upstream-cut'],
  ['ETIMEDOUT', 'before-headers', 'upstream-timeout'],
]

test.each(rows)('%s %s is %s, told without the URL', (code, stage, kind) => {
  const error = toUpstreamError(thrown(code), 'provider "x"', 'https://host', stage)
  expect(error.code).toBe(kind)
  expect(error.message).toContain('provider "x"')
  expect(`${error.message} ${Bun.inspect(error.details)}`).not.toContain('planted')
})

test('after the first byte no failure counts as never sent', () => {
  for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'CERT_HAS_EXPIRED'])
    expect(toUpstreamError(thrown(code), 'x', 'y', 'in-body').code).toBe('upstream-cut')
})

test('our own errors pass unchanged, and values that are not errors become upstream-cut', () => {
  const ours = new GatewayError('revoked', 'The key was revoked.')
  expect(toUpstreamError(ours, 'x', 'y', 'in-body')).toBe(ours)
  for (const odd of [undefined, 'text', { code: 7 }])
    expect(toUpstreamError(odd, 'x', 'y', 'before-headers').code).toBe('upstream-cut')
})

test('invalid HTTP is garbage', () => {
  for (const stage of ['before-headers', 'in-body'] as const)
    expect(toUpstreamError(new NotHttp('chunk'), 'x', 'y', stage).code).toBe('upstream-garbage')
})
