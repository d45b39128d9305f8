// For any input, the admin API responds with a result or with a problem that says why. It never fails with an
// internal error.

import { afterAll, beforeAll, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { keyWithSecretSchema, problemSchema } from '../../src/contract/admin-api.ts'
import { type World, world } from './world.ts'

let here: World
beforeAll(() => void (here = world()))
afterAll(() => here.stop())

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom('research', '600/min', '24h', '2027-01-01', '__proto__', 'Europe/Berlin', '1e400', '-0'),
)
const value = fc.oneof(
  text,
  fc.jsonValue(),
  fc.array(text, { maxLength: 3 }),
  fc.dictionary(text, text, { maxKeys: 3 }),
)
const wish = fc.record(
  {
    id: fc.oneof(fc.stringMatching(/^[a-z]{8}$/), text),
    team: fc.oneof(fc.constant('research'), text),
    expires: text,
    allow: fc.oneof(fc.record({ models: fc.array(text, { maxLength: 3 }) }), value),
    tags: value,
    tagHeaders: value,
    limits: fc.oneof(
      fc.record({ requests: text, tokens: text, concurrent: fc.double() }, { requiredKeys: [] }),
      value,
    ),
    budgets: fc.array(
      fc.record(
        {
          amount: fc.oneof(text, fc.double(), fc.bigInt().map(String)),
          per: fc.constantFrom('day', 'month', 'run'),
          zone: text,
        },
        { requiredKeys: ['amount', 'per'] },
      ),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: ['id', 'team'] },
)

test('any request for a key creates a key that can be listed, or gets a problem with status 400', async () => {
  await fc.assert(
    fc.asyncProperty(wish, async (body) => {
      const response = await here.call('/admin/v1/keys', { method: 'POST', body })
      const content: unknown = await response.json()
      if (response.status === 201) {
        const { key } = keyWithSecretSchema.parse(content)
        expect((await here.call(`/admin/v1/keys/${encodeURIComponent(key.id)}`)).status).toBe(200)
        expect(
          (await here.call(`/admin/v1/keys/${encodeURIComponent(key.id)}`, { method: 'DELETE' })).status,
        ).toBe(204)
      } else expect(problemSchema.parse(content).status).toBe(400)
    }),
    { numRuns: 400 },
  )
})

test('any path, query and body gets a status below 500', async () => {
  // The test above may have created a key, which the log reports.
  const before = here.logged.length
  const path = fc.constantFrom(
    'keys',
    'keys/',
    'keys/x/rotate',
    'explain',
    'usage',
    'budgets',
    'records',
    'records/x',
    'providers',
    'configuration',
    'signals',
    '',
    '%',
    '%ff',
    '%00',
    '..%2f',
  )
  const method = fc.constantFrom('GET', 'POST', 'DELETE', 'PUT', 'PATCH')
  const query = fc.dictionary(
    fc.oneof(
      fc.constantFrom('from', 'to', 'by', 'limit', 'after', 'key', 'model', 'format', 'outcome'),
      text,
    ),
    text,
    {
      maxKeys: 3,
    },
  )
  await fc.assert(
    fc.asyncProperty(path, method, query, text, async (below, verb, parameters, raw) => {
      const url = `/admin/v1/${below}?${new URLSearchParams(parameters).toString()}`
      const response = await here.call(url, { method: verb, ...(verb === 'GET' ? {} : { raw }) })
      await response.body?.cancel()
      expect(response.status).toBeLessThan(500)
    }),
    { numRuns: 600 },
  )
  expect(here.logged.slice(before)).toEqual([])
})
