// The first call of a new user: a key, a model, a response, a record.

import { afterEach, expect, test } from 'bun:test'
import { fakeProvider } from '../upstreams/fake-provider.ts'
import { type Gatehouse, startGateway } from './gateway.ts'

let stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.reverse()) await stop()
  stops = []
})

async function started(): Promise<{
  gatehouse: Gatehouse
  provider: Awaited<ReturnType<typeof fakeProvider>>
}> {
  const provider = await fakeProvider()
  stops.push(() => provider.close())
  const gatehouse = await startGateway({
    config: `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: "\${UPSTREAM_KEY}" }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 1, output: 2 } } ] }`,
    env: { UPSTREAM_KEY: 'sk-upstream' },
  })
  stops.push(() => gatehouse.stop())
  return { gatehouse, provider }
}

test('a first call succeeds, uses our credential and the target’s model name, and leaves a priced record', async () => {
  const { gatehouse, provider } = await started()
  const response = await gatehouse.chat({ model: 'fast', messages: [{ role: 'user', content: 'Hi' }] })
  expect(response.status).toBe(200)
  const received = (await response.json()) as {
    choices: { message: { content: string } }[]
    usage: { prompt_tokens: number; completion_tokens: number }
  }
  expect(received.choices[0]?.message.content).toBe('Hello from the fake provider.')

  const sent = provider.requests.find((request) => request.path.endsWith('/chat/completions'))
  expect(sent?.headers['authorization']).toBe('Bearer sk-upstream')
  expect(sent?.json().model).toBe('fake-model')

  const record = await gatehouse.record(response.headers.get('x-gatehouse-exchange'))
  expect(record).toMatchObject({
    key: 'tester',
    team: 'testers',
    outcome: 'ok',
    status: 200,
    target: 'fake/fake-model',
  })
  const { prompt_tokens: input, completion_tokens: output } = received.usage
  expect(record.costNano).toBe(String(input * 1000 + output * 2000))
})

test('a bad key is refused before any provider is called', async () => {
  const { gatehouse, provider } = await started()
  const response = await gatehouse.chat({ model: 'fast', messages: [] }, { key: 'gh_nobody' })
  expect(response.status).toBe(401)
  expect(response.headers.get('x-should-retry')).toBe('false')
  expect(provider.requests.filter((request) => request.path.endsWith('/chat/completions'))).toEqual([])
})

test('a refusal names the exchange of its record', async () => {
  const { gatehouse } = await started()
  const response = await gatehouse.chat({ model: 'nothing', messages: [{ role: 'user', content: 'Hi' }] })
  expect(response.status).toBe(404)
  expect(await gatehouse.record(response.headers.get('x-gatehouse-exchange'))).toMatchObject({
    outcome: 'refused',
    code: 'unknown-model',
  })
})
