// Two principals in one run: a run token lets another key join. Its calls count in the run and in the run's
// own budgets.

import { afterEach, expect, test } from 'bun:test'
import { type Trial, startTrial } from './trial.ts'

let trial: Trial | undefined
afterEach(async () => {
  await trial?.stop()
  trial = undefined
})

const ownerKey = 'gh_owner-key-that-is-no-secret-0123456789'
const memberKey = 'gh_member-key-that-is-no-secret-0123456789'
const strangerKey = 'gh_stranger-key-that-is-no-secret-012345678'

const rules = (owner: string) => `
prices:
  "tools/*": { request: 0.002 }
teams:
  owners: { allow: { tools: ["tools/*"] }, budgets: [${owner}] }
  members: { allow: { tools: ["tools/*", "other/*"] } }
workloads:
  reviewer: { team: members }
keys:
  owner: { team: owners, secret: "${ownerKey}" }
  member: { workload: reviewer, secret: "${memberKey}" }
  stranger: { team: members, secret: "${strangerKey}" }
`

/** A token of the owner's run `r1`. */
async function tokenFor({ gatehouse }: Trial, member: string, body: object = { run: 'r1' }): Promise<string> {
  const response = await fetch(`${gatehouse.url}/v1/run-tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ownerKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ for: member, ...body }),
  })
  expect(response.status).toBe(200)
  return ((await response.json()) as { token: string }).token
}

const errorOf = async (response: Response) =>
  ((await response.json()) as { error: { data: { code: string } } }).error.data.code

test('a member is recorded in the run, and its calls are also paid from the budget of the run', async () => {
  trial = await startTrial(rules('{ amount: 0.007, per: run }'))
  expect(
    (await trial.call('tools/echo', { text: 'a' }, { key: ownerKey, headers: { 'x-gatehouse-run': 'r1' } }))
      .status,
  ).toBe(200)
  const headers = { 'x-gatehouse-run-token': await tokenFor(trial, 'workload:reviewer') }
  for (let call = 0; call < 2; call += 1)
    expect((await trial.call('tools/echo', { text: 'b' }, { key: memberKey, headers })).status).toBe(200)
  const refused = await trial.call('tools/echo', { text: 'c' }, { key: memberKey, headers })
  expect(refused.status).toBe(429)
  expect(await errorOf(refused)).toBe('budget-exhausted')
  expect(trial.server.executions).toEqual({ echo: 3 })
  const records = await trial.gatehouse.records(4)
  expect(records.map(({ run, key, depth }) => [run, key, depth])).toEqual([
    ['owner:r1', 'owner', undefined],
    ['owner:r1', 'member', 1],
    ['owner:r1', 'member', 1],
    ['owner:r1', 'member', 1],
  ])
  // outside of the run the owner's budget does not apply to the member
  expect((await trial.call('tools/echo', { text: 'd' }, { key: memberKey })).status).toBe(200)
})

test('budgets of other periods only count the caller’s own calls', async () => {
  trial = await startTrial(rules('{ amount: 0.003, per: day }'))
  const headers = { 'x-gatehouse-run-token': await tokenFor(trial, 'workload:reviewer') }
  for (let call = 0; call < 3; call += 1)
    expect((await trial.call('tools/echo', { text: 'b' }, { key: memberKey, headers })).status).toBe(200)
})

test('a run token is valid only for the principal that it names', async () => {
  trial = await startTrial(rules('{ amount: 1, per: run }'))
  const token = await tokenFor(trial, 'workload:reviewer')
  for (const [key, sent] of [
    [strangerKey, token],
    [memberKey, `${token.slice(0, -2)}AA`],
    [memberKey, 'ghr_made-up'],
  ] as const) {
    const response = await trial.call('tools/echo', {}, { key, headers: { 'x-gatehouse-run-token': sent } })
    expect(response.status).toBe(403)
    expect(await errorOf(response)).toBe('bad-run-token')
  }
  expect(trial.server.executions).toEqual({})
})

test('a member may use what both principals may use, and nothing when the owner is revoked', async () => {
  trial = await startTrial(
    rules('{ amount: 1, per: run }').replace(
      'tools: ["tools/*"] }, budgets',
      'tools: ["tools/echo", "tools/hang"] }, budgets',
    ),
  )
  const headers = { 'x-gatehouse-run-token': await tokenFor(trial, 'workload:reviewer') }
  const refused = await trial.call('tools/cut', {}, { key: memberKey, headers })
  expect([refused.status, await errorOf(refused)]).toEqual([404, 'unknown-tool'])
  const running = trial.call('tools/hang', {}, { key: memberKey, headers })
  await trial.server.hanging()
  expect((await trial.gatehouse.admin('/keys/owner/revoke', { method: 'POST', body: '{}' })).status).toBe(200)
  expect(await errorOf(await running)).toBe('revoked')
  const late = await trial.call('tools/echo', {}, { key: memberKey, headers })
  expect([late.status, await errorOf(late)]).toEqual([401, 'revoked'])
})

test('a workload that acts as itself in a run may use everything that it may use elsewhere', async () => {
  const narrow = rules('{ amount: 1, per: run }').replace(
    'tools: ["tools/*"] }, budgets',
    'tools: ["tools/hang"] }, budgets',
  )
  trial = await startTrial(
    narrow.replace('reviewer: { team: members }', 'reviewer: { team: members, acts: as-itself }'),
  )
  const headers = { 'x-gatehouse-run-token': await tokenFor(trial, 'workload:reviewer') }
  expect((await trial.call('tools/echo', { text: 'a' }, { key: memberKey, headers })).status).toBe(200)
})

test('a call that joins by a token of a running exchange is its child; an ended exchange gives no tokens', async () => {
  trial = await startTrial(rules('{ amount: 1, per: run }'))
  const leaving = new AbortController()
  const asking = await trial.call(
    'tools/ask',
    { question: 'who?' },
    { key: ownerKey, headers: { 'x-gatehouse-run': 'r1' }, signal: leaving.signal },
  )
  const exchange = asking.headers.get('x-gatehouse-exchange') ?? ''
  const headers = { 'x-gatehouse-run-token': await tokenFor(trial, 'workload:reviewer', { exchange }) }
  const joined = await trial.call('tools/echo', { text: 'b' }, { key: memberKey, headers })
  expect(await trial.gatehouse.record(joined.headers.get('x-gatehouse-exchange'))).toMatchObject({
    run: 'owner:r1',
    parent: exchange,
    depth: 1,
  })
  leaving.abort()
  await trial.gatehouse.record(exchange)
  const late = await fetch(`${trial.gatehouse.url}/v1/run-tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ownerKey}` },
    body: JSON.stringify({ for: 'workload:reviewer', exchange }),
  })
  expect([late.status, ((await late.json()) as { error: { param: string } }).error.param]).toEqual([
    400,
    'exchange',
  ])
})

test('an invalid request for a run token is refused by name', async () => {
  trial = await startTrial(rules('{ amount: 1, per: run }'))
  for (const [body, param] of [
    ['{ "for": "reviewer", "run": "r1" }', 'for'],
    ['{ "for": "workload:reviewer" }', 'run'],
    ['{ "for": "workload:reviewer", "run": "r1", "expiresInSeconds": 0 }', 'expiresInSeconds'],
    ['no json', undefined],
  ] as const) {
    const response = await fetch(`${trial.gatehouse.url}/v1/run-tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ownerKey}` },
      body,
    })
    expect(response.status).toBe(400)
    expect(((await response.json()) as { error: { param?: string } }).error.param).toBe(param)
  }
  expect((await fetch(`${trial.gatehouse.url}/v1/run-tokens`, { method: 'POST', body: '{}' })).status).toBe(
    401,
  )
})
