// A client that leaves before a whole response is complete: a hard budget pays the actual cost, not the
// maximum.

import { afterEach, expect, test } from 'bun:test'
import { behave, fakeProvider } from '../upstreams/index.ts'
import { startGateway } from './gateway.ts'

let stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.reverse()) await stop()
  stops = []
})

async function leaving(budgets: string) {
  const provider = await fakeProvider()
  stops.push(() => provider.close())
  const gatehouse = await startGateway({
    config: `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 1, output: 2 } } ], retry: { attempts: 1 } }
teams:
  testers: { allow: { models: ["*"] }${budgets} }`,
  })
  stops.push(() => gatehouse.stop())
  const response = behave.manual()
  provider.on('/v1/chat/completions', response)
  const abort = new AbortController()
  const calling = gatehouse
    .chat(
      { model: 'fast', max_tokens: 1000, messages: [{ role: 'user', content: 'Hi' }] },
      { signal: abort.signal },
    )
    .catch((thrown: unknown) => thrown)
  await response.started
  abort.abort()
  await calling
  // Two round trips on other connections: by then the gateway has noticed the closed connection.
  for (let trip = 0; trip < 2; trip += 1) await fetch(`${gatehouse.url}/healthz`)
  return { gatehouse, answer: response, provider }
}

const body = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'fake-model',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
})

test('after the client leaves, a hard budget still has the response read and charges its usage', async () => {
  const { gatehouse, answer } = await leaving(', budgets: [ { amount: 10, per: total } ]')
  answer.head(200, { 'content-type': 'application/json', 'content-length': String(body.length) })
  answer.push(body)
  answer.end()
  const [record] = await gatehouse.records(1)
  expect(record).toMatchObject({
    outcome: 'canceled',
    status: 499,
    code: 'client-gone',
    costBasis: 'usage',
    costNano: String(10 * 1000 + 5 * 2000),
  })
})

test('without a hard budget the provider call ends immediately when the client leaves', async () => {
  const { gatehouse, answer } = await leaving('')
  await answer.closed
  const [record] = await gatehouse.records(1)
  expect(record).toMatchObject({
    outcome: 'canceled',
    status: 499,
    code: 'client-gone',
    costBasis: 'estimated',
  })
})
