// Budgets over HTTP: a hard budget is never overspent, with concurrent calls, early disconnects or missing
// usage.

import { expect, test } from 'bun:test'
import OpenAI, { APIError, RateLimitError } from 'openai'
import type { Budget } from '../../src/contract/admin-api.ts'
import type { ExchangeRecord } from '../../src/contract/record.ts'
import { type FakeClock, createFakeClock } from '../../src/kit/fake-clock.ts'
import { anthropic } from '../upstreams/anthropic.ts'
import { behave, chat, type FakeProvider } from '../upstreams/index.ts'
import { chatsOf, eventsOf, said, type Scene, scenes, thrownBy } from './scene.ts'

const { provider: newProvider, start } = scenes()

interface Stage extends Scene {
  provider: FakeProvider
  clock: FakeClock
  budget(id: string): Promise<Budget | undefined>
}

/**
 * Prices of one and two dollars per thousand tokens: one call of the fake provider costs 25 million
 * nano-dollars.
 */
async function stage(
  team: string,
  more: { price?: string; key?: string; server?: string; kind?: string } = {},
): Promise<Stage> {
  const provider = await newProvider()
  const config = `providers:
  fake: { kind: ${more.kind ?? 'openai-compatible'}, url: "${more.kind === 'anthropic' ? provider.url.replace(/\/v1$/, '') : provider.url}", key: sk-upstream }
models:
  fast: { targets: [ { target: fake/fake-model${more.price ?? ', price: { input: 1000, output: 2000 }'} } ], retry: { attempts: 1 } }
${more.server ?? ''}
teams:
  testers: { allow: { models: ["*", "*/*"] }${team} }
keys:
  tester: { team: testers, secret: "\${TESTER_KEY}"${more.key ?? ''} }`
  // With a stopped clock no ledger response is late, however busy the machine is. The clock starts at the
  // current time, because exchange ids hold the real time and usage is counted by them.
  const clock = createFakeClock(Date.now())
  const scene = await start({ config, clock })
  return {
    ...scene,
    provider,
    clock,
    async budget(id) {
      const { body } = await scene.gatehouse.admin('/budgets')
      return (body as { budgets: Budget[] }).budgets.find((budget) => budget.id === id)
    },
  }
}

const costOf = (record: ExchangeRecord) => BigInt(record.costNano ?? 0)
const sum = (amounts: readonly bigint[]) => amounts.reduce((left, right) => left + right, 0n)
const ask = ({ client }: Scene, more: object = {}, headers: Record<string, string> = {}) =>
  client({ headers }).chat.completions.create({
    model: 'fast',
    messages: said('Hi'),
    max_tokens: 10,
    ...more,
  })
const refusalOf = async (asking: Promise<unknown>) => {
  const thrown = await thrownBy(asking)
  if (!(thrown instanceof APIError)) throw thrown
  return thrown
}

test('fifty concurrent calls spend no more than the budget has; the others get a refusal in the vendor’s format', async () => {
  const one = await stage(', budgets: [ { amount: 1, per: total } ]')
  const settled = await Promise.allSettled(Array.from({ length: 50 }, () => ask(one)))
  const refused = settled.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as RateLimitError] : [],
  )
  const served = 50 - refused.length
  // each call reserves its maximum cost, so some are refused before the money is all spent
  expect(served).toBeGreaterThan(0)
  expect(refused.length).toBeGreaterThan(0)
  for (const error of refused) {
    expect(error).toBeInstanceOf(RateLimitError)
    expect(error).toMatchObject({ status: 429, code: 'insufficient_quota', type: 'insufficient_quota' })
    expect(error.headers.get('x-should-retry')).toBe('false')
  }
  expect(chatsOf(one.provider)).toHaveLength(served)
  const records = await one.gatehouse.records(50)
  const spent = sum(records.map(costOf))
  expect(spent).toBe(25_000_000n * BigInt(served))
  expect(spent).toBeLessThanOrEqual(1_000_000_000n)
  expect(records.filter((record) => record.code === 'budget-exhausted').map((record) => record.rule)).toEqual(
    refused.map(() => 'team/testers/total/usd'),
  )

  // sequential calls use the rest of a hard budget up to the last call that fits
  let more = 0
  for (; more < 100; more += 1) if ((await ask(one).catch(() => undefined)) === undefined) break
  const all = await one.gatehouse.records(50 + more + 1)
  expect(sum(all.map(costOf))).toBeLessThanOrEqual(1_000_000_000n)
  // the rest does not cover the worst case of another call
  const bound = all.map(costOf).length > 0 ? 1_000_000_000n - sum(all.map(costOf)) : 0n
  expect(bound).toBeLessThan(200_000_000n)
  expect((await one.budget('team/testers/total/usd'))?.spent).toBe(`$${Number(sum(all.map(costOf))) / 1e9}`)
})

test('a soft budget counts usage and refuses nothing', async () => {
  const one = await stage(', budgets: [ { amount: 0.01, per: total, hard: false } ]')
  for (let call = 0; call < 3; call += 1) await ask(one)
  await one.gatehouse.records(3)
  const budget = await one.budget('team/testers/total/usd')
  expect(budget).toMatchObject({ isHard: false, spent: '$0.075' })
})

test('the budgets of key and team are both charged, and the tighter one decides', async () => {
  const one = await stage(', budgets: [ { amount: 100, per: month } ]', {
    key: ', budgets: [ { amount: 0.2, per: total } ]',
  })
  let served = 0
  for (; served < 20; served += 1) if ((await ask(one).catch(() => undefined)) === undefined) break
  expect(served).toBeGreaterThan(0)
  expect(served).toBeLessThan(8)
  const records = await one.gatehouse.records(served + 1)
  expect(records.at(-1)).toMatchObject({ code: 'budget-exhausted', rule: 'key/tester/total/usd' })
  expect(records[0]?.charges?.map(({ bucket, amount }) => [bucket, amount]).sort()).toEqual([
    ['key/tester/total/usd', '25000000'],
    ['team/testers/month/usd', '25000000'],
  ])
})

test('a token budget counts tokens and needs no price', async () => {
  const one = await stage(', budgets: [ { amount: 500, unit: tokens, per: total } ]', { price: '' })
  let served = 0
  for (; served < 50; served += 1) if ((await ask(one).catch(() => undefined)) === undefined) break
  const records = await one.gatehouse.records(served + 1)
  expect(records[0]).toMatchObject({
    outcome: 'ok',
    charges: [{ bucket: 'team/testers/total/tokens', amount: '18' }],
  })
  expect(records[0]?.costNano).toBeUndefined()
  expect(records.at(-1)).toMatchObject({ code: 'budget-exhausted', rule: 'team/testers/total/tokens' })
  expect(served * 18).toBeLessThanOrEqual(500)
  expect((await one.budget('team/testers/total/tokens'))?.spent).toBe(String(served * 18))
})

test('a budget per run applies to each run separately', async () => {
  const one = await stage(', budgets: [ { amount: 0.2, per: run } ]')
  const until = async (run: string) => {
    for (let served = 0; served < 20; served += 1)
      if (
        (await ask(one, {}, { 'x-gatehouse-run': run }).catch((error: APIError) => error)) instanceof
        RateLimitError
      )
        return served
    return 20
  }
  const served = await until('nightly-1')
  expect(served).toBeGreaterThan(0)
  expect(served).toBeLessThan(8)
  expect(await until('nightly-1')).toBe(0)
  expect(await until('nightly-2')).toBe(served)
  await ask(one)
  const records = await one.gatehouse.records(2 * served + 4)
  expect(new Set(records.map((record) => record.run)).size).toBe(3)
})

test('a client joins a run by sending back the run id of a response', async () => {
  const one = await stage('')
  const { response } = await ask(one).withResponse()
  const run = response.headers.get('x-gatehouse-run') ?? ''
  await ask(one, {}, { 'x-gatehouse-run': run })
  const named = await ask(one, {}, { 'x-gatehouse-run': 'nightly' }).withResponse()
  await ask(one, {}, { 'x-gatehouse-run': named.response.headers.get('x-gatehouse-run') ?? '' })
  const records = await one.gatehouse.records(4)
  expect(records[1]?.run).toBe(records[0]?.run as string)
  expect(records[3]?.run).toBe(records[2]?.run as string)
  expect(records[2]?.run).not.toBe(records[0]?.run)
})

test('a target without a price is refused under a hard money budget; otherwise it is called and counted as unpriced', async () => {
  const hard = await stage(', budgets: [ { amount: 100, per: total } ]', { price: '' })
  const refused = await refusalOf(ask(hard))
  expect([refused.status, refused.code]).toEqual([503, 'unpriced'])
  expect(chatsOf(hard.provider)).toEqual([])

  const soft = await stage(', budgets: [ { amount: 100, per: total, hard: false } ]', { price: '' })
  await ask(soft)
  const [record] = await soft.gatehouse.records(1)
  expect([record?.outcome, record?.costNano]).toEqual(['ok', undefined])
  const { body } = await soft.gatehouse.admin('/usage')
  expect(body).toMatchObject({ total: { exchanges: 1, unpriced: 1, costNano: '0' } })
})

test('a target that a hard budget cannot pay for is skipped for one that it can', async () => {
  const one = await stage(', budgets: [ { amount: 100, per: total } ]', {
    price: ' }, { target: fake/priced, price: { input: 1000, output: 2000 }',
  })
  const { response } = await ask(one).withResponse()
  expect(response.headers.get('x-gatehouse-target')).toBe('fake/priced')
  expect(await one.gatehouse.records(1)).toMatchObject([
    { outcome: 'ok', attempts: [{ number: 1, target: 'fake/priced' }] },
  ])
})

test.each([
  ['', 0],
  [', fallbackOn: [cost]', 40],
])(
  'a call that a hard budget cannot pay at one target falls back to a cheaper one only if the model says so (%p)',
  async (fallbackOn, served) => {
    const targets =
      '[ { target: fake/dear, price: { input: 1000, output: 2000 } }, { target: fake/cheap, price: { input: 1, output: 2 } } ]'
    const one = await stage(', budgets: [ { amount: 0.05, per: total } ]', {
      server: `  ladder: { targets: ${targets}, retry: { attempts: 1 }${fallbackOn} }`,
    })
    const asked = Array.from({ length: 40 }, () => ask(one, { model: 'ladder' }).catch(refusedAs))
    const responses = await Promise.all(asked)
    expect(responses.filter((received) => received !== 'insufficient_quota')).toHaveLength(served)
    const records = await one.gatehouse.records(40)
    expect(new Set(records.map(({ target, attempts }) => [target, attempts?.length].join()))).toEqual(
      new Set([served > 0 ? 'fake/cheap,1' : ',0']),
    )
    expect(sum(records.map(costOf))).toBe(25_000n * BigInt(served))
    // if every target is too expensive, the refusal is that of the first target
    expect(await ask(one, { model: 'ladder', max_tokens: 100_000_000 }).catch(refusedAs)).toBe(
      'insufficient_quota',
    )
  },
)

const refusedAs = (error: unknown) => (error instanceof APIError ? error.code : undefined)

test('under a hard budget a call without an upper bound is refused with the setting to add', async () => {
  const one = await stage(', budgets: [ { amount: 100, per: total } ]')
  const refused = await refusalOf(ask(one, { max_tokens: undefined }))
  expect(refused).toBeInstanceOf(OpenAI.BadRequestError)
  expect(refused).toMatchObject({
    code: 'unbounded_cost',
    message: expect.stringContaining('max_completion_tokens'),
  })
  expect(chatsOf(one.provider)).toEqual([])
})

test('with capsOutput a call without an output limit gets as much output as the budget covers', async () => {
  const one = await stage(', budgets: [ { amount: 2, per: total, capsOutput: true } ]')
  await ask(one, { max_tokens: undefined })
  const sent = chatsOf(one.provider)[0]
  const cap: number = sent?.json().max_completion_tokens
  // two dollars minus the input, at two dollars per thousand
  expect(cap).toBeGreaterThan(800)
  expect(cap).toBeLessThan(1000)
  await ask(one, { max_tokens: 5 })
  expect(chatsOf(one.provider)[1]?.json()).toMatchObject({ max_tokens: 5 })
  expect(chatsOf(one.provider)[1]?.json().max_completion_tokens).toBeUndefined()
})

test.each([
  ['openai-chat', { service_tier: 'priority' }],
  ['anthropic', { speed: 'fast', inference_geo: 'us' }],
])(
  '%s: other service terms have their own price, and a hard budget refuses terms without a known price',
  async (dialect, terms) => {
    const factors = ', factors: { priority: 2, fast: 6, geo-us: 1.1 }'
    const factor = dialect === 'anthropic' ? 6.6 : 2
    const send = (one: Stage, more: object) =>
      fetch(`${one.gatehouse.url}${dialect === 'anthropic' ? '/v1/messages' : '/v1/chat/completions'}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${one.gatehouse.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'fast', max_tokens: 10, messages: said('Hi'), ...more }),
      })
    const received =
      dialect === 'anthropic'
        ? { ...anthropic.message('Hello.'), usage: { input_tokens: 11, output_tokens: 7, ...terms } }
        : { ...chat.completion('Hello.'), ...terms }
    const price = (more: string) => `, price: { input: 1000, output: 2000${more} }`
    const kind = dialect === 'anthropic' ? 'anthropic' : 'openai-compatible'

    const priced = await stage(', budgets: [ { amount: 100, per: total } ]', { price: price(factors), kind })
    priced.provider.next(behave.json(received))
    expect((await send(priced, terms)).status).toBe(200)
    const [record] = await priced.gatehouse.records(1)
    expect([record?.usage?.terms, record?.costBasis, record?.costNano]).toEqual([
      dialect === 'anthropic' ? ['fast', 'geo-us'] : ['priority'],
      'usage',
      String(25_000_000 * factor),
    ])

    const hard = await stage(', budgets: [ { amount: 100, per: total } ]', { price: price(''), kind })
    const refused = await send(hard, terms)
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining('an administrator sets it under'),
    ])
    expect(hard.provider.requests.filter(({ method }) => method === 'POST')).toEqual([])

    // the provider uses it without a request: the maximum cost is charged, or the call counts as unpriced
    for (const [budget, expected] of [
      [', budgets: [ { amount: 100, per: total } ]', 'bound'],
      ['', undefined],
    ] as const) {
      const other = await stage(budget, { price: price(''), kind })
      other.provider.next(behave.json(received))
      expect((await send(other, {})).status).toBe(200)
      const [kept] = await other.gatehouse.records(1)
      expect(kept?.usage?.outputTokens).toBe(7)
      expect(kept?.costNano === undefined ? undefined : kept.costBasis).toBe(expected)
      if (expected) expect(BigInt(kept?.costNano ?? 0)).toBeGreaterThan(25_000_000n)
    }
  },
)

test('cached and reasoning tokens are billed at their own prices', async () => {
  const one = await stage('', { price: ', price: { input: 1000, output: 2000, cacheRead: 100 }' })
  one.provider.next(
    behave.json(
      chat.completion('Hi', {
        usage: {
          prompt_tokens: 100,
          completion_tokens: 50,
          prompt_tokens_details: { cached_tokens: 80 },
          completion_tokens_details: { reasoning_tokens: 40 },
        },
      }),
    ),
  )
  await ask(one)
  const [record] = await one.gatehouse.records(1)
  expect(record?.usage).toEqual({
    inputTokens: 100,
    outputTokens: 50,
    cacheReadTokens: 80,
    reasoningTokens: 40,
  })
  // 20 fresh at 0.001, 80 cached at 0.0001, 50 out at 0.002
  expect(record?.costNano).toBe(String(20_000_000 + 8_000_000 + 100_000_000))
})

/** A stream whose client leaves after the first word; the provider continues if it is allowed to. */
async function leftStream(one: Stage) {
  const received = behave.manual()
  one.provider.next(received)
  const asking = ask(one, { stream: true }) as Promise<unknown> as Promise<
    AsyncIterable<OpenAI.ChatCompletionChunk>
  >
  await received.started
  received.head(200, { 'content-type': 'text/event-stream' })
  const [role = '', word = '', ...rest] = eventsOf(chat.stream(['Hel', 'lo'], { withUsage: true }))
  received.push(role + word)
  for await (const chunk of await asking) if (chunk.choices[0]?.delta.content) break
  return { answer: received, rest }
}

test('if the client leaves under a hard budget, the gateway reads the rest of the response for its usage', async () => {
  const one = await stage(', budgets: [ { amount: 100, per: total } ]')
  const { answer, rest } = await leftStream(one)
  // once another call is complete, the gateway has seen the disconnect
  await ask(one)
  for (const event of rest) answer.push(event)
  answer.end()
  const record = await one.gatehouse.find((candidate) => candidate.isStream)
  expect(record).toMatchObject({
    outcome: 'canceled',
    status: 499,
    usage: { inputTokens: 11, outputTokens: 7 },
    costBasis: 'usage',
    costNano: '25000000',
  })
})

test('if the client leaves under a hard budget, the gateway also reads a whole response or an unstarted stream', async () => {
  const one = await stage(', budgets: [ { amount: 100, per: total } ]')
  for (const isStreaming of [false, true]) {
    const received = behave.manual()
    one.provider.next(received)
    const leaver = new AbortController()
    const asking = thrownBy(
      one
        .client()
        .chat.completions.create(
          { model: 'fast', messages: said('Hi'), max_tokens: 10, stream: isStreaming },
          { signal: leaver.signal },
        ),
    )
    await received.started
    leaver.abort()
    await asking
    await ask(one)
    expect(received.isClosed).toBe(false)
    if (isStreaming) {
      received.head(200, { 'content-type': 'text/event-stream' })
      received.push(chat.stream(['Hel', 'lo'], { withUsage: true }))
      received.end()
    } else {
      const whole = JSON.stringify(chat.completion('Hello'))
      received.head(200, { 'content-type': 'application/json', 'content-length': String(whole.length) })
      received.push(whole)
    }
    const record = await one.gatehouse.find(
      (candidate) => candidate.outcome === 'canceled' && candidate.isStream === isStreaming,
    )
    expect(record).toMatchObject({
      status: 499,
      code: 'client-gone',
      costBasis: 'usage',
      costNano: '25000000',
      attempts: [{ outcome: 'canceled' }],
    })
  }
})

test('a response that is not complete in time after the client has left is charged its maximum cost', async () => {
  const one = await stage(', budgets: [ { amount: 100, per: total } ]', { server: 'drainOnClientGone: 50ms' })
  const received = behave.manual()
  one.provider.next(received)
  const leaver = new AbortController()
  const asking = thrownBy(
    one
      .client()
      .chat.completions.create(
        { model: 'fast', messages: said('Hi'), max_tokens: 10 },
        { signal: leaver.signal },
      ),
  )
  await received.started
  leaver.abort()
  await asking
  while (!received.isClosed) {
    await new Promise((resolve) => setImmediate(resolve))
    one.clock.advance(1)
  }
  const record = await one.gatehouse.find((candidate) => candidate.outcome === 'canceled')
  expect(record).toMatchObject({
    costBasis: 'bound',
    attempts: [{ outcome: 'canceled', code: 'client-gone' }],
  })
})

test('without a hard budget the provider call ends immediately when the client leaves, and usage is estimated', async () => {
  const one = await stage('')
  const { answer } = await leftStream(one)
  await answer.closed
  const record = await one.gatehouse.find((candidate) => candidate.isStream)
  expect(record).toMatchObject({
    outcome: 'canceled',
    costBasis: 'estimated',
    usage: { isEstimated: true, outputTokens: 1 },
  })
})

test.each([
  ['at its bound under a hard budget', ', budgets: [ { amount: 100, per: total } ]', 'bound'],
  ['by an estimate otherwise', '', 'estimated'],
])('a stream that tells no usage is charged %s', async (_, team, basis) => {
  const one = await stage(team)
  one.provider.next(behave.sse(chat.stream(['Hello'], { withUsage: false })))
  for await (const _ of (await ask(one, { stream: true })) as unknown as AsyncIterable<unknown>);
  const [record] = await one.gatehouse.records(1)
  expect(record).toMatchObject({ outcome: 'ok', costBasis: basis })
  // ten output tokens at 0.002, and at most one input token per byte
  if (basis === 'bound') expect(costOf(record as ExchangeRecord)).toBeGreaterThan(20_000_000n + 50_000_000n)
  else expect(record?.usage).toMatchObject({ isEstimated: true, outputTokens: 2 })
})

test('a provider that bills more than the maximum is recorded in full and barred from hard budgets', async () => {
  const one = await stage(', budgets: [ { amount: 100, per: total } ]')
  one.provider.next(
    behave.json(chat.completion('Hi', { usage: { prompt_tokens: 11, completion_tokens: 5000 } })),
  )
  await ask(one)
  const [record] = await one.gatehouse.records(1)
  expect(record).toMatchObject({ isBoundBroken: true, costNano: String(11_000_000 + 10_000_000_000) })
  expect((await refusalOf(ask(one))).code).toBe('unpriced')
})

test('a barred target stays barred after restarts, and stays free after restarts once it was pardoned', async () => {
  const provider = await newProvider()
  const config = `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 1000, output: 2000 } } ], retry: { attempts: 1 } }
teams:
  testers: { allow: { models: ["*"] }, budgets: [ { amount: 100, per: total } ] }`
  let one = await start({ config, clock: createFakeClock(Date.now()) })
  const { folder } = one.gatehouse
  const restart = async () => {
    await one.gatehouse.stopOnly()
    one = await start({ config, folder, clock: createFakeClock(Date.now()) })
  }
  provider.next(behave.json(chat.completion('Hi', { usage: { prompt_tokens: 11, completion_tokens: 5000 } })))
  await ask(one)
  for (let round = 0; round < 2; round += 1) {
    await restart()
    expect((await refusalOf(ask(one))).code).toBe('unpriced')
  }
  const pardoned = await one.gatehouse.admin('/providers/pardon', {
    method: 'POST',
    body: JSON.stringify({ target: 'fake/fake-model' }),
  })
  expect(pardoned.status).toBe(200)
  await restart()
  await ask(one)
})

test('failures before anything was billed cost nothing and release their reservation', async () => {
  const provider = await newProvider()
  const config = `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream, options: { unbilledErrors: all } }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 1000, output: 2000 } } ], retry: { attempts: 1 } }
teams:
  testers: { allow: { models: ["*"] }, budgets: [ { amount: 0.3, per: total } ] }`
  const one = { ...(await start({ config, clock: createFakeClock() })), provider }
  for (let call = 0; call < 20; call += 1) {
    provider.next(behave.error(400))
    await ask(one).catch(() => {})
  }
  await ask(one)
  const records = await one.gatehouse.records(21)
  expect(records.map(costOf)).toEqual([...Array.from({ length: 20 }, () => 0n), 25_000_000n])
})
