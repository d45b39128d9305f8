// An outage of the vendor: calls that time out or break off may have been billed. A tenth of the cap is
// forgiven; the rest is charged at its maximum.

import { expect, test } from 'bun:test'
import type { Budget } from '../../src/contract/admin-api.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { behave, chat } from '../upstreams/index.ts'
import { chatsOf, said, scenes } from './scene.ts'

const { provider: newProvider, start } = scenes()

/** A dollar per thousand output tokens, free input: the maximum cost of a call is 10.5 cents. */
const maxTokens = 105
const boundUsd = 0.105
const capUsd = 20
/** Each model gets fewer calls than would open its breaker. */
const callsPerModel = 4
const models = Array.from({ length: 60 }, (_, index) => `model-${index}`)

async function outage() {
  const provider = await newProvider()
  const clock = createFakeClock(Date.now())
  const { gatehouse } = await start({
    clock,
    config: `providers:
  vendor: { kind: openai, url: "${provider.url}", key: sk-upstream, timeouts: { firstToken: 30s } }
models:
${models.map((name) => `  ${name}: { targets: [ { target: vendor/${name}, price: { input: 0, output: 1000 } } ], retry: { attempts: 1 } }`).join('\n')}
teams:
  testers: { allow: { models: ["*"] }, budgets: [ { amount: ${capUsd}, per: total } ] }`,
  })
  let calls = 0
  const call = async () => {
    const model = models[Math.floor(calls++ / callsPerModel)]!
    const response = await gatehouse.chat({ model, max_tokens: maxTokens, messages: said('Hi') })
    const { error } = (await response.json()) as { error?: { code: string } }
    return error?.code ?? String(response.status)
  }
  const many = (count: number) => Promise.all(Array.from({ length: count }, call))
  /** A clock that jumps can make the store's response late. */
  const callOnceKnown = async () => {
    for (;;) {
      const code = await call()
      if (code !== 'budget_unknown') return code
      calls -= 1
      clock.advance(1_000)
    }
  }
  const budget = async () => {
    const { body } = await gatehouse.admin('/budgets')
    const [found] = (body as { budgets: Budget[] }).budgets
    if (!found) throw new Error('the budget is not listed')
    return found
  }
  return { provider, clock, gatehouse, many, callOnceKnown, budget }
}

const times = (count: number, code: string) => Array<string>(count).fill(code)

test('200 aborted or timed-out calls leave money in a hard budget, and at most a tenth of it is forgiven', async () => {
  const { provider, clock, gatehouse, many, callOnceKnown, budget } = await outage()
  provider.always(behave.closeAtOnce())
  expect(await many(100)).toEqual(times(100, 'upstream_cut'))
  provider.always(behave.hang())
  const hanging = many(100)
  for (let turn = 0; provider.running < 100 && turn < 100_000; turn += 1)
    await new Promise((resolve) => setImmediate(resolve))
  clock.advance(30_000)
  expect(await hanging).toEqual(times(100, 'upstream_timeout'))
  // at the maximum cost, all of them would have used $21 of $20
  expect(200 * boundUsd).toBeGreaterThan(capUsd)

  provider.always(
    behave.json(chat.completion('Hello', { usage: { prompt_tokens: 11, completion_tokens: 5 } })),
  )
  expect(await callOnceKnown()).toBe('200')
  const good = await gatehouse.find(({ outcome }) => outcome === 'ok')
  expect(good).toMatchObject({ costBasis: 'usage', costNano: '5000000' })
  // 19 calls fit into the tenth, 181 are charged their maximum cost
  expect(await budget()).toMatchObject({
    spent: '$19.01',
    atBound: '$19.005',
    forgiven: '$1.995',
    inDoubt: '$0.00',
  })
  const failed = (await gatehouse.records(200)).filter(({ outcome }) => outcome === 'failed')
  expect(new Set(failed.map(({ costBasis }) => costBasis))).toEqual(new Set(['bound', 'forgiven']))

  // the outage continues: nothing more is forgiven, so the vendor can bill at most the cap plus a tenth of it
  provider.always(behave.closeAtOnce())
  const codes: string[] = []
  while (codes.at(-1) !== 'insufficient_quota' && codes.length < 20) codes.push(await callOnceKnown())
  expect(codes).toEqual([...times(9, 'upstream_cut'), 'insufficient_quota'])
  expect((chatsOf(provider).length - 1) * boundUsd + 0.005).toBeLessThanOrEqual(capUsd * 1.1)
})
