// Errors as vendors send them: one body per row, with its source. The kind decides on retries, fallbacks,
// breakers and money.

import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Departures } from '../provider.ts'
import { readErrorBody } from './error-body.ts'
import type { FailureKind } from './failures.ts'
import { faultOfResponse, faultOfEvent } from './faults.ts'

interface Row {
  vendor: string
  what: string
  status: number
  kind: FailureKind
  /** A text is sent unchanged. */
  body: unknown
  /** The page of the vendor, or a report of a user, that shows the error. */
  source: string
}

const rows: Row[] = readFileSync(join(import.meta.dir, '../../../../test/fixtures/failures.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Row)

const bytesOf = (body: unknown) => Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
const departures: Departures = { usageInStream: true, unbilledErrors: 'none' }

describe('an error response says what kind of trouble it is:', () => {
  for (const { vendor, what, status, body, kind } of rows)
    test(`${vendor}, ${what} (${status})`, () => {
      const fault = faultOfResponse(status, new Headers(), readErrorBody(bytesOf(body)), departures)
      expect(fault).toMatchObject({ kind, status })
    })
})

describe('in the place of an answer, with status 200, the same body says the same:', () => {
  // These errors are recognized by their status alone, so they are not tested there.
  const bare = new Set([
    'API management, rate',
    'unknown field',
    'a missing field',
    'loading',
    'wrong key',
    'cooling down',
    'listed',
    'busy',
    'larger than a minute allows',
  ])
  const told = rows.filter(
    ({ what, body, kind }) => typeof body !== 'string' && kind !== 'bad-request' && !bare.has(what),
  )
  for (const { vendor, what, status, body, kind } of told)
    test(`${vendor}, ${what}`, () => {
      const fault = faultOfEvent(readErrorBody(bytesOf(body)))
      const isByStatus = status === 402 || kind === 'rate-limit'
      expect(isByStatus ? [kind, 'server'] : [kind]).toContain(fault.kind)
      expect(fault.status).toBeGreaterThanOrEqual(400)
      expect(fault.isUnbilled).toBe(false)
    })
})

describe('the delay before a retry', () => {
  const now = Date.parse('2026-11-30T04:00:00Z')
  const wait = (headers: Record<string, string>, body: unknown = {}) =>
    faultOfResponse(429, new Headers(headers), readErrorBody(bytesOf(body)), departures, now).retryAfterMs
  test.each<[string, Record<string, string>, unknown, number | undefined]>([
    ['seconds', { 'retry-after': '7' }, {}, 7_000],
    ['a fraction of seconds', { 'retry-after': '1.5' }, {}, 1_500],
    ['milliseconds', { 'retry-after-ms': '1250', 'retry-after': '2' }, {}, 1_250],
    ['a fraction of milliseconds', { 'retry-after-ms': '0.4' }, {}, 1],
    ['a duration', { 'retry-after': '1m30s' }, {}, 90_000],
    [
      'a date, by the response’s own clock',
      { 'retry-after': 'Mon, 30 Nov 2026 05:00:10 GMT', date: 'Mon, 30 Nov 2026 05:00:00 GMT' },
      {},
      10_000,
    ],
    [
      'a date without a date of the response, by our clock',
      { 'retry-after': 'Mon, 30 Nov 2026 04:00:10 GMT' },
      {},
      10_000,
    ],
    [
      'a date and a broken date of the response',
      { 'retry-after': 'Mon, 30 Nov 2026 04:00:10 GMT', date: 'today' },
      {},
      10_000,
    ],
    ['a date that is over', { 'retry-after': 'Mon, 30 Nov 2026 03:00:00 GMT' }, {}, 0],
    ['nonsense', { 'retry-after': 'soon' }, {}, undefined],
    ['a negative number', { 'retry-after': '-5' }, {}, undefined],
    [
      'Google’s RetryInfo',
      {},
      {
        error: {
          code: 429,
          message: 'x',
          details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '36.8s' }],
        },
      },
      36_800,
    ],
    ['Azure’s message', {}, { error: { code: '429', message: 'Please retry after 37 seconds.' } }, 37_000],
    [
      'OpenAI’s message',
      {},
      {
        error: {
          message: 'Rate limit reached. Please try again in 1m4.77s. Visit …',
          code: 'rate_limit_exceeded',
        },
      },
      64_770,
    ],
    ['a member of seconds', {}, { error: { message: 'x', retry_after: 1.5 } }, 1_500],
    ['more than a day', { 'retry-after': '999999999' }, {}, 86_400_000],
    ['more than all numbers', {}, { error: { message: 'x', retry_after: 1e308 } }, 86_400_000],
  ])('%s', (_name, headers, body, expected) => {
    expect(wait(headers, body)).toBe(expected as number)
  })
})

test('a code is recorded only if it has the form of a code, and a message never', () => {
  const fault = (error: object) =>
    faultOfResponse(400, new Headers(), readErrorBody(bytesOf({ error })), departures)
  expect(fault({ code: 'a_code', message: 'secret words' })).toEqual({
    kind: 'bad-request',
    status: 400,
    isUnbilled: false,
    code: 'a_code',
  })
  expect(fault({ code: 'words of a person', type: 'a_type' }).code).toBe('a_type')
})
