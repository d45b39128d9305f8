// The meaning of errors as vendors write them.

import { expect, test } from 'bun:test'
import type { Departures, UnbilledErrors } from '../provider.ts'
import { readErrorBody } from './error-body.ts'
import { faultOfResponse, faultOfEvent } from './faults.ts'

const plain: Departures = { usageInStream: true, unbilledErrors: 'none' }
const read = (body: unknown) => readErrorBody(Buffer.from(JSON.stringify(body)))
const kindOf = (status: number, body: unknown) =>
  faultOfResponse(status, new Headers(), read(body), plain).kind

test.each<[string, number, unknown, string]>([
  [
    'Azure, by the code',
    400,
    { error: { message: 'The response was filtered', code: 'content_filter', status: 400, innererror: {} } },
    'content-policy',
  ],
  [
    'Azure, whose code is a number as text',
    401,
    { error: { code: '401', message: 'Access denied due to invalid subscription key' } },
    'credential',
  ],
  [
    'Azure, a deployment that is not there',
    404,
    { error: { code: 'DeploymentNotFound', message: 'The API deployment does not exist.' } },
    'not-found',
  ],
  ['xAI, a wrong key', 400, { code: 'invalid-argument', error: 'Incorrect API key provided.' }, 'credential'],
  [
    'Mistral, inside of the message',
    422,
    { object: 'error', message: { detail: [{ msg: 'prompt is too long' }] } },
    'context-window',
  ],
  ['FastAPI', 422, { detail: [{ loc: ['body'], msg: 'Field required' }] }, 'bad-request'],
  ['DeepSeek, an empty account', 402, { error: { message: 'Insufficient Balance' } }, 'quota'],
  [
    'Moonshot, an empty account',
    429,
    { error: { message: 'x', type: 'exceeded_current_quota_error' } },
    'quota',
  ],
])('%s', (_name, status, body, kind) => {
  expect(kindOf(status, body)).toBe(kind as never)
})

test('an error in a stream without a status is recognized by its code', () => {
  const fault = (error: object) => faultOfEvent(read({ error }))
  expect(fault({ code: 'content_filter', message: 'x' })).toMatchObject({
    kind: 'content-policy',
    status: 400,
  })
  expect(fault({ code: 'rate_limit_exceeded', message: 'x' })).toMatchObject({
    kind: 'rate-limit',
    status: 429,
  })
  expect(fault({ code: 'constructor', message: 'x' })).toMatchObject({ kind: 'server', status: 502 })
  expect(fault({ message: 'x' })).toMatchObject({ kind: 'server', status: 502 })
})

test('the cost of an error follows the documentation of the vendor', () => {
  const free = (unbilledErrors: UnbilledErrors) =>
    [400, 401, 403, 404, 408, 422, 429, 500].filter(
      (status) =>
        faultOfResponse(status, new Headers(), { text: '' }, { ...plain, unbilledErrors }).isUnbilled,
    )
  expect(free('none')).toEqual([])
  expect(free('unserved')).toEqual([401, 403, 404, 429])
  expect(free('refusals')).toEqual([400, 401, 403, 404, 408, 422, 429])
  expect(free('all')).toHaveLength(8)
})
