// Rates and concurrent calls: refused with the time to retry. Usage is the sum of the records.

import { expect, test } from 'bun:test'
import OpenAI from 'openai'
import type { UsageView } from '../../src/contract/admin-api.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { behave, chat, type FakeProvider } from '../upstreams/index.ts'
import { chatsOf, said, type Scene, scenes, thrownBy } from './scene.ts'

const { provider: newProvider, start } = scenes()

async function stage(
  limits: string,
  more: { key?: string; clock?: ReturnType<typeof createFakeClock> } = {},
): Promise<Scene & { provider: FakeProvider }> {
  const provider = await newProvider()
  const config = `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 1, output: 2 } } ], retry: { attempts: 1 } }
  free: { targets: [ fake/unknown ], retry: { attempts: 1 } }
teams:
  testers: { allow: { models: ["*"] }${limits} }
keys:
  tester: { team: testers, secret: "\${TESTER_KEY}"${more.key ?? ''} }`
  return { ...(await start({ config, ...(more.clock ? { clock: more.clock } : {}) })), provider }
}

const ask = ({ client }: Scene, more: object = {}) =>
  client().chat.completions.create({ model: 'fast', messages: said('Hi'), max_tokens: 10, ...more })

async function limited(
  one: Scene,
): Promise<{ code: unknown; retryAfter: string | null; shouldRetry: string | null }> {
  const error = await thrownBy(ask(one))
  if (!(error instanceof OpenAI.RateLimitError)) throw error
  return {
    code: error.code,
    retryAfter: error.headers.get('retry-after'),
    shouldRetry: error.headers.get('x-should-retry'),
  }
}

test('a request limit refuses the next request until its time has come', async () => {
  const clock = createFakeClock()
  const one = await stage(', limits: { requests: 3/min }', { clock })
  for (let call = 0; call < 3; call += 1) await ask(one)
  expect(await limited(one)).toEqual({ code: 'rate_limit_exceeded', retryAfter: '20', shouldRetry: 'true' })
  expect(chatsOf(one.provider)).toHaveLength(3)
  clock.advance(19_999)
  expect((await limited(one)).retryAfter).toBe('1')
  clock.advance(1)
  await ask(one)
  expect((await limited(one)).retryAfter).toBe('20')
  const record = await one.gatehouse.find((candidate) => candidate.outcome === 'refused')
  expect(record).toMatchObject({
    code: 'rate-limited',
    rule: 'team/testers/requests',
    attempts: [],
    status: 429,
  })
})

test('a token limit counts the reported tokens, not the expected ones', async () => {
  const clock = createFakeClock()
  const one = await stage(', limits: { tokens: 1000/min }', { clock })
  one.provider.next(
    behave.json(chat.completion('Hi', { usage: { prompt_tokens: 600, completion_tokens: 900 } })),
  )
  await ask(one)
  // 500 tokens of debt plus the next call's own: a little more than half a minute
  const { retryAfter } = await limited(one)
  expect(Number(retryAfter)).toBeGreaterThan(30)
  expect(Number(retryAfter)).toBeLessThan(35)
  clock.advance(Number(retryAfter) * 1000)
  await ask(one)
})

test('a call above the limit of concurrent calls is refused, and its slot is free after a call ends in any way', async () => {
  const one = await stage('', { key: ', limits: { concurrent: 2 }' })
  const held = [behave.manual(), behave.manual()]
  one.provider.next(...held)
  const leaver = new AbortController()
  const leaving = thrownBy(
    one.client().chat.completions.create({ model: 'fast', messages: said('Hi') }, { signal: leaver.signal }),
  )
  await held[0]?.started
  const other = thrownBy(ask(one))
  await held[1]?.started
  expect(await limited(one)).toEqual({ code: 'too_many_concurrent', retryAfter: '1', shouldRetry: 'true' })
  leaver.abort()
  await leaving
  await one.gatehouse.find((record) => record.outcome === 'canceled')
  await ask(one)
  held[1]?.cut()
  await other
  await Promise.all([ask(one), ask(one)])
})

test('the SDK retries by itself at the time that the limit gives', async () => {
  const one = await stage(', limits: { requests: 2/s }')
  const client = one.client({ maxRetries: 2 })
  await Promise.all(
    Array.from({ length: 3 }, () => client.chat.completions.create({ model: 'fast', messages: said('Hi') })),
  )
  expect(chatsOf(one.provider)).toHaveLength(3)
})

test('a call that one limit refuses uses nothing of the other limits', async () => {
  const clock = createFakeClock()
  const one = await stage(', limits: { requests: 1/min }', { clock, key: ', limits: { requests: 3/min }' })
  await ask(one)
  for (let call = 0; call < 5; call += 1) await limited(one)
  const records = await one.gatehouse.records(6)
  expect(records.slice(1).map((record) => record.rule)).toEqual(
    Array.from({ length: 5 }, () => 'team/testers/requests'),
  )
})

test('usage is the sum of the records, for every dimension', async () => {
  const one = await stage('')
  await ask(one)
  for await (const _ of (await ask(one, { stream: true })) as unknown as AsyncIterable<unknown>);
  await ask(one, { model: 'free' })
  one.provider.next(behave.error(500))
  await ask(one).catch(() => {})
  await ask(one, { model: 'nothing' }).catch(() => {})
  one.provider.next(
    behave.json(
      chat.completion('Hi', {
        usage: { prompt_tokens: 1000, completion_tokens: 9, prompt_tokens_details: { cached_tokens: 900 } },
      }),
    ),
  )
  await ask(one)

  const records = await one.gatehouse.records(6)
  const total = (pick: (record: (typeof records)[number]) => string | number | undefined) =>
    String(records.reduce((sum, record) => sum + BigInt(pick(record) ?? 0), 0n))
  for (const by of [
    'day',
    'model',
    'team',
    'key',
    'outcome',
    'target',
    'day,model,team,key,outcome,target',
  ]) {
    const { body } = await one.gatehouse.admin(`/usage?by=${by}`)
    const usage = body as UsageView
    expect(usage.total).toMatchObject({
      exchanges: 6,
      inputTokens: total((record) => record.usage?.inputTokens),
      outputTokens: total((record) => record.usage?.outputTokens),
      cacheReadTokens: total((record) => record.usage?.cacheReadTokens),
      costNano: total((record) => record.costNano),
      unpriced: 1,
    })
    const summed = (name: 'costNano' | 'inputTokens') =>
      String(usage.rows.reduce((sum, row) => sum + BigInt(row[name]), 0n))
    expect([summed('costNano'), summed('inputTokens')]).toEqual([
      usage.total.costNano,
      usage.total.inputTokens,
    ])
  }
})
