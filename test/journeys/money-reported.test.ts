// A provider that bills the calls itself reports the cost of each. That cost is charged and compared with our
// price list, and a difference is visible.

import { expect, test } from 'bun:test'
import { behave, chat } from '../upstreams/index.ts'
import { scenes } from './scene.ts'

const { provider: newProvider, start } = scenes('file')

const fake = await newProvider()
const { gatehouse } = await start({
  config: `providers:
  reseller: { kind: openrouter, url: "${fake.url}", key: sk-upstream }
  vendor: { kind: openai-compatible, url: "${fake.url}", key: sk-upstream }
  ant: { kind: anthropic, url: "${fake.url.replace(/\/v1$/, '')}", key: sk-upstream }
prices:
  reseller/m: { input: 1, output: 2 }
  vendor/m: { input: 1, output: 2 }
  ant/worker: { input: 1, output: 2 }
  ant/advisor: { input: 10, output: 20 }
teams:
  testers: { allow: { models: [ "*/*" ] }, budgets: [ { amount: 5, per: day } ] }
  soft: { allow: { models: [ "*/*" ] } }
keys:
  tester: { team: testers, secret: "\${TESTER_KEY}" }
  soft: { team: soft, secret: "\${SOFT_KEY}" }`,
  env: { SOFT_KEY: 'gh_soft-key-0123456789' },
})

const counts = { prompt_tokens: 100, completion_tokens: 500, total_tokens: 600 }

/** The record of one call with this usage reported by the provider. */
async function recordOf(model: string, usage: object, body: object = {}, key?: string) {
  fake.next(behave.json({ ...chat.completion('Hi'), usage: { ...counts, ...usage } }))
  const response = await gatehouse.chat(
    {
      model,
      max_tokens: 600,
      messages: [{ role: 'user', content: 'Hi' }],
      metadata: { padding: '.'.repeat(500) },
      ...body,
    },
    key ? { key } : {},
  )
  await response.text()
  const id = response.headers.get('x-gatehouse-exchange')
  return { status: response.status, record: await gatehouse.find((one) => one.id === id) }
}

test('the price that a reseller reports is charged, and a price that differs from our list is disputed', async () => {
  const { record } = await recordOf('reseller/m', { cost: 0.0012 })
  expect(record).toMatchObject({ costNano: '1200000', costBasis: 'reported' })
  expect(record.attempts[0]).toMatchObject({
    costNano: '1200000',
    costBasis: 'reported',
    listedNano: '1100000',
    isCostDisputed: true,
  })
  expect(record.charges).toMatchObject([{ amount: '1200000' }])
})

test('a reported price that differs by less than one percent is not disputed', async () => {
  const { record } = await recordOf('reseller/m', { cost: 0.001105 })
  expect(record).toMatchObject({ costNano: '1105000', costBasis: 'reported' })
  expect(record.attempts[0]?.isCostDisputed).toBeUndefined()
})

test('a price from a provider that does not bill the call is only recorded, and our list is charged', async () => {
  const { record } = await recordOf('vendor/m', { cost: 0 })
  expect(record).toMatchObject({ costNano: '1100000', costBasis: 'usage', usage: { reportedNano: 0 } })
})

test('a model outside our price list has the cost that its reseller reports', async () => {
  const { record } = await recordOf('reseller/unlisted', { cost: 0.001 }, {}, 'gh_soft-key-0123456789')
  expect(record).toMatchObject({ costNano: '1000000', costBasis: 'reported' })
  expect(record.attempts[0]).toMatchObject({ isCostDisputed: true })
})

test('a counted fee without a price makes the cost unknown; a hard budget charges the maximum cost', async () => {
  const searches = { server_tool_use: { web_search_requests: 2 } }
  const soft = await recordOf('vendor/m', searches, {}, 'gh_soft-key-0123456789')
  expect(soft.record.costNano).toBeUndefined()
  expect(soft.record.usage).toMatchObject({ fees: { web_search: 2 } })
  const hard = await recordOf('vendor/m', searches)
  expect(hard.record).toMatchObject({ costBasis: 'bound' })
  expect(BigInt(hard.record.costNano ?? 0)).toBeGreaterThan(0n)
})

test('a file for a reseller that charges a fee for reading it has no maximum cost: a hard budget refuses it', async () => {
  const before = fake.requests.length
  const content = [
    { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
  ]
  const response = await gatehouse.chat({
    model: 'reseller/m',
    max_tokens: 600,
    messages: [{ role: 'user', content }],
  })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ error: { code: 'unbounded_cost' } })
  expect(fake.requests.length).toBe(before)
})

test.each([
  ['ant/worker', 'advisor', 20_200_000],
  ['ant/worker', 'unlisted-advisor', undefined],
])(
  '%s calls "%s": each model is charged at its own price, and an unknown one makes the cost unknown',
  async (model, advisor, cost) => {
    const usage = {
      input_tokens: 100,
      output_tokens: 50,
      iterations: [
        { type: 'message', model: 'worker', input_tokens: 100, output_tokens: 50 },
        { type: 'advisor_message', model: advisor, input_tokens: 4, output_tokens: 998 },
      ],
    }
    const message = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'worker',
      content: [{ type: 'text', text: 'Hi' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage,
    }
    fake.next(behave.json(message))
    const response = await fetch(`${gatehouse.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': 'gh_soft-key-0123456789', 'content-type': 'application/json' },
      body: JSON.stringify({
        model,
        max_tokens: 100,
        messages: [{ role: 'user', content: 'Hi' }],
        tools: [{ type: 'advisor_20260301', name: 'advisor', model: advisor }],
      }),
    })
    expect(response.status).toBe(200)
    await response.text()
    const record = await gatehouse.find((one) => one.id === response.headers.get('x-gatehouse-exchange'))
    expect(record.costNano).toBe(cost === undefined ? undefined : String(cost))
    expect(record.usage?.others).toEqual([{ model: advisor, usage: { inputTokens: 4, outputTokens: 998 } }])
  },
)
