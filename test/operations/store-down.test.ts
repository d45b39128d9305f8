// Static stability: the store does not respond, because another process locks its database. The node spends
// its holds, and records wait in the journal.

import { Database } from 'bun:sqlite'
import { afterAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import { behave, chat, type FakeProvider, fakeProvider } from '../upstreams/index.ts'
import { amountOf, budgetsOf, chargedBy, repeated, spentBy } from './money.ts'
import { endAll, eventually, type GatewayProcess, spawnGateway } from './process.ts'

const providers: FakeProvider[] = []
afterAll(async () => {
  await endAll()
  for (const provider of providers) await provider.close()
})

const keys = { free: 'gh_free-key-0123456789abcdef', cold: 'gh_cold-key-0123456789abcdef' }
const request = { model: 'fast', max_tokens: 50, messages: [{ role: 'user', content: 'Hi' }] }

async function started(): Promise<{ node: GatewayProcess; provider: FakeProvider }> {
  const provider = await fakeProvider()
  providers.push(provider)
  provider.on('/v1/models', behave.json(chat.models(['fake-model'])))
  const node = await spawnGateway({
    config: `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: upstream-key }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 1, output: 2 } } ] }
teams:
  testers: { allow: { models: ["*"] }, budgets: [ { amount: "0.01", per: total } ] }
  unlimited: { allow: { models: ["*"] }, budgets: [ { amount: 1, per: total, hard: false } ] }
  cold: { allow: { models: ["*"] }, budgets: [ { amount: 1, per: total } ] }
keys:
  tester: { team: testers, secret: "\${TESTER_KEY}" }
  free: { team: unlimited, secret: ${keys.free} }
  cold: { team: cold, secret: ${keys.cold} }
`,
  })
  return { node, provider }
}

/** Does what sqlite3 in another terminal does with a forgotten transaction. */
function lockStore(node: GatewayProcess): { release(): void } {
  const database = new Database(join(node.folder, 'data', 'gatehouse.db'), { readwrite: true })
  database.run('PRAGMA busy_timeout = 5000')
  database.run('BEGIN EXCLUSIVE')
  return {
    release() {
      database.run('ROLLBACK')
      database.close()
    },
  }
}

const codeOf = async (calling: Promise<Response>): Promise<string | number> => {
  const response = await calling
  const body = (await response.json()) as { error?: { code: string } }
  return body.error?.code ?? response.status
}

test('with its store locked, a gateway serves what it holds, then refuses with the reason, and loses nothing', async () => {
  const { node, provider } = await started()
  expect(await codeOf(node.chat(request))).toBe(200)
  const before = (await budgetsOf(node)).find(({ id }) => id.startsWith('team/testers'))
  if (!before) throw new Error('the budget is not told')
  const lock = lockStore(node)

  const outcomes: (string | number)[] = []
  for (let code: string | number = 200; code === 200 && outcomes.length < 200; )
    outcomes.push((code = await codeOf(node.chat(request))))
  const served = outcomes.filter((code) => code === 200).length
  expect(outcomes.at(-1)).toBe('budget_unknown')
  // it served exactly its holds, up to the last call that fits
  expect(served).toBeGreaterThan(0)
  expect(BigInt(served + 1) * 25_000n).toBeLessThanOrEqual(amountOf(before.held) + amountOf(before.spent))

  expect(await codeOf(node.chat(request, { key: keys.cold }))).toBe('budget_unknown')
  const unknown = await node.chat(request, { key: keys.cold })
  expect(unknown.status).toBe(503)
  expect(Number(unknown.headers.get('retry-after'))).toBeGreaterThan(0)
  for (let call = 0; call < 20; call += 1)
    expect(await codeOf(node.chat(request, { key: keys.free }))).toBe(200)

  const ready = await node.ready()
  expect(ready).toMatchObject({ status: 200, reasons: [] })
  expect(ready.warnings).toEqual([expect.stringContaining('store')])
  expect(await (await fetch(`${node.url}/metrics`)).text()).toContain('gatehouse_store_down 1')
  // the admin API reports it in its own format and in time
  const created = await node.admin('/keys', {
    method: 'POST',
    body: JSON.stringify({ id: 'made', team: 'unlimited' }),
  })
  expect(created).toMatchObject({ status: 503, body: { code: 'store-down' } })

  lock.release()
  const calls = provider.requests.filter(({ path }) => path.endsWith('/chat/completions')).length
  expect(calls).toBe(1 + served + 20)
  const records = await eventually('the journal is drained', async () => {
    const all = await node.records()
    return all.filter(({ outcome }) => outcome === 'ok').length >= calls && all
  })
  expect(repeated(records)).toEqual([])
  expect(records.filter(({ code }) => code === 'budget-unknown')).toHaveLength(3)
  await eventually(
    'money is granted again',
    async () => (await codeOf(node.chat(request, { key: keys.cold }))) === 200,
  )
  await eventually('what is spent is what was recorded', async () =>
    Bun.deepEquals(spentBy(await budgetsOf(node)), chargedBy(await node.records())),
  )
  expect(
    (
      await eventually('it is well', async () => {
        const state = await node.ready()
        return state.warnings.length === 0 && state
      })
    ).status,
  ).toBe(200)
  node.signal('SIGTERM')
  expect(await node.exited).toBe(0)
}, 40_000)
