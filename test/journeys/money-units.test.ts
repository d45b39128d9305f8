// Prices that are not per token, through a whole gateway: free targets and patterns under hard budgets, and
// usage without a price.

import { describe, expect, test } from 'bun:test'
import { behave, chat } from '../upstreams/index.ts'
import { scenes } from './scene.ts'

const { provider: newProvider, start } = scenes('file')

const fake = await newProvider()
const { gatehouse } = await start({
  config: `providers:
  own: { kind: openai-compatible, url: "${fake.url}", key: sk-upstream }
  other: { kind: openai-compatible, url: "${fake.url}", key: sk-upstream }
models:
  both: { targets: [ other/unpriced, own/any ] }
  parts: { targets: [ own/paid-chat, own/any ] }
prices:
  own/*: free
  own/paid-*: { request: 0.002 }
  other/searching: { input: 1, output: 2, fees: { file_search: 0.01 } }
teams:
  testers: { allow: { models: [ "*", "*/*" ] }, budgets: [ { amount: 0.01, per: total } ] }
  loose: { allow: { models: [ "*/*" ] } }
keys:
  tester: { team: testers, secret: "\${TESTER_KEY}" }
  loose: { team: loose, secret: "\${LOOSE_KEY}" }`,
  env: { LOOSE_KEY: 'gh_loose-key-0123456789' },
})

/** A request without an output limit, to a provider that reports many tokens. */
async function call(model: string, more: { body?: object; usage?: object; key?: string } = {}) {
  fake.always(
    behave.json({
      ...chat.completion('Hi'),
      usage: { prompt_tokens: 9_000_000, completion_tokens: 9_000_000, ...more.usage },
    }),
  )
  const body = { model, messages: [{ role: 'user', content: 'Hi' }], ...more.body }
  const response = await gatehouse.chat(body, more.key === undefined ? {} : { key: more.key })
  const { error } = (await response.json()) as { error?: { code: string; message: string } }
  return {
    status: response.status,
    error,
    record: await gatehouse.record(response.headers.get('x-gatehouse-exchange')),
  }
}

describe('under a hard budget of one cent', () => {
  test('a free target that is matched only by a pattern is called without a bound and costs nothing', async () => {
    const { status, record } = await call('own/whatever')
    expect({ status, cost: record.costNano, charges: record.charges ?? [] }).toEqual({
      status: 200,
      cost: '0',
      charges: [],
    })
  })

  test('a target with a price per request and none per token refuses calls that use tokens', async () => {
    const { status, error } = await call('own/paid-chat')
    expect({ status, code: error?.code }).toEqual({ status: 503, code: 'unpriced' })
    expect(error?.message).toContain('"own/paid-chat" has no price for tokens')
  })

  test.each(['both', 'parts'])(
    'a target with an incomplete price is skipped for one that is free (%s)',
    async (model) => {
      const { status, record } = await call(model)
      expect({ status, targets: record.attempts.map(({ target }) => target) }).toEqual({
        status: 200,
        targets: ['own/any'],
      })
    },
  )
})

test('a fee without a price makes the cost unknown, not zero', async () => {
  const usage = { prompt_tokens: 10, completion_tokens: 10, server_tool_use: { web_search_requests: 2 } }
  const { status, record } = await call('other/searching', { usage, key: 'gh_loose-key-0123456789' })
  expect(status).toBe(200)
  expect(record.usage?.fees).toEqual({ web_search: 2 })
  expect(record.costNano).toBeUndefined()
})
