// Approvals over the admin API: what approvers see, who may decide, and that a decision is made once.

import { afterEach, beforeEach, expect, test } from 'bun:test'
import { asked } from '../storage/approvals-suite.ts'
import { otherAdminKey, type World, world as start } from './world.ts'

let world: World
beforeEach(() => {
  world = start()
})
afterEach(() => world.stop())

const roomy = { perPrincipal: 100, total: 1_000 }
const ask = (number: number, more: Parameters<typeof asked>[1] = {}) => {
  const at = world.clock.now()
  return world.approvals.ask(asked(number, { askedAt: at, expiresAt: at + 3_600_000, ...more }), roomy, at)
}
const decide = (id: string, body: object, headers: Record<string, string> = {}) =>
  world.call(`/admin/v1/approvals/${id}`, { method: 'POST', body, headers })

test('waiting approvals are listed in pages, newest first; arguments are shown for one at a time', async () => {
  for (const number of [1, 2, 3]) await ask(number, { sealed: Buffer.from('{"title":"x"}') })
  const page = await (await world.call('/admin/v1/approvals?limit=2&state=pending')).json()
  expect(page).toMatchObject({
    approvals: [{ id: 'apr_0003', state: 'pending', findings: { 'pii/email': 1 } }, { id: 'apr_0002' }],
    next: 'apr_0002',
  })
  expect(JSON.stringify(page)).not.toContain('title')
  expect(JSON.stringify(page)).not.toContain('binding')
  expect(await (await world.call('/admin/v1/approvals/apr_0001')).json()).toMatchObject({
    arguments: '{"title":"x"}',
    policies: ['writes'],
  })
  expect((await world.call('/admin/v1/approvals/apr_9')).status).toBe(404)
  expect((await world.call('/admin/v1/approvals?state=lost')).status).toBe(400)
})

test('a decision is made once, names who made it, and reaches every node', async () => {
  await ask(1, { sealed: Buffer.from('{"title":"x"}') })
  const decided = await decide('apr_0001', { decision: 'approve', note: 'fine' })
  expect(await decided.json()).toMatchObject({
    id: 'apr_0001',
    state: 'approved',
    decidedBy: 'admin',
    note: 'fine',
  })
  expect(world.signals.sent).toMatchObject([
    { kind: 'approve', approval: 'apr_0001', state: 'approved', by: { id: 'admin' } },
  ])
  expect(await (await world.call('/admin/v1/approvals/apr_0001')).json()).not.toHaveProperty('arguments')
  const again = await decide('apr_0001', { decision: 'deny' })
  expect([again.status, (await again.json()) as object]).toMatchObject([409, { code: 'conflict' }])
  expect(world.signals.sent).toHaveLength(1)
  expect((await decide('apr_0001', { decision: 'maybe' })).status).toBe(400)
  expect(world.logged.join('\n')).not.toContain('title')
})

test('approvers cannot decide on their own calls', async () => {
  await ask(1, { actors: ['key:gatehouse:ci', 'other'] })
  const own = await decide('apr_0001', { decision: 'approve' }, { authorization: `Bearer ${otherAdminKey}` })
  expect([own.status, (await own.json()) as object]).toMatchObject([403, { code: 'own-approval' }])
  expect((await world.approvals.get('apr_0001', world.clock.now()))?.state).toBe('pending')
  expect((await decide('apr_0001', { decision: 'deny' })).status).toBe(200)
})

test('an approval that is over cannot be decided', async () => {
  await ask(1)
  world.clock.advance(3_600_000)
  expect((await decide('apr_0001', { decision: 'approve' })).status).toBe(409)
})
