// A target whose dialect cannot express the request is skipped. Another target of the model may serve it,
// whatever the fallback triggers are.

import { afterEach, expect, test } from 'bun:test'
import { fakeProvider } from '../upstreams/index.ts'
import { startGateway } from './gateway.ts'

let stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.reverse()) await stop()
  stops = []
})

async function started(targets: string) {
  const chat = await fakeProvider()
  const messages = await fakeProvider()
  stops.push(
    () => chat.close(),
    () => messages.close(),
  )
  const gatehouse = await startGateway({
    config: `providers:
  chat: { kind: openai-compatible, url: "${chat.url}", key: sk-one }
  claude: { kind: anthropic, url: "${messages.url.replace(/\/v1$/, '')}", key: sk-two }
models:
  fast: { targets: [ ${targets} ], fallbackOn: [], retry: { attempts: 1 } }`,
  })
  stops.push(() => gatehouse.stop())
  return { gatehouse, chat, messages }
}

const twoAnswers = { model: 'fast', n: 2, messages: [{ role: 'user', content: 'Hi' }] }
const calls = (provider: Awaited<ReturnType<typeof fakeProvider>>) =>
  provider.requests.filter((request) => request.method === 'POST').length

test('a request for two choices goes to the target that can return them', async () => {
  const { gatehouse, chat, messages } = await started('claude/claude-haiku-4-5, chat/fake-model')
  const response = await gatehouse.chat(twoAnswers)
  expect(response.status).toBe(200)
  expect(response.headers.get('x-gatehouse-target')).toBe('chat/fake-model')
  expect([calls(messages), calls(chat)]).toEqual([0, 1])
  const record = await gatehouse.record(response.headers.get('x-gatehouse-exchange'))
  expect(record.attempts.map(({ target, outcome, code }) => ({ target, outcome, code }))).toEqual([
    { target: 'claude/claude-haiku-4-5', outcome: 'not-sent', code: 'unsupported' },
    { target: 'chat/fake-model', outcome: 'ok', code: undefined },
  ])
})

test('if no target can serve the request, it is refused with the field at fault, and nothing was sent', async () => {
  const { gatehouse, messages } = await started('claude/claude-haiku-4-5')
  const response = await gatehouse.chat(twoAnswers)
  expect(response.status).toBe(400)
  expect(((await response.json()) as { error: { message: string } }).error.message).toContain('"n"')
  expect(calls(messages)).toBe(0)
})
