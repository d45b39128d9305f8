// The fake must behave as scripted: plain sockets and fetch test it.

import { afterEach, beforeEach, expect, test } from 'bun:test'
import { behave, chat, fakeProvider, type FakeProvider } from './index.ts'

let provider: FakeProvider
beforeEach(async () => {
  provider = await fakeProvider()
})
afterEach(() => provider.close())

const ask = (body: unknown) =>
  fetch(`${provider.url}/chat/completions`, { method: 'POST', body: JSON.stringify(body) })

test('an unscripted fake provider is a small OpenAI', async () => {
  expect(
    ((await (await fetch(`${provider.url}/models`)).json()) as { data: { id: string }[] }).data[0]?.id,
  ).toBe('fake-model')
  expect(await (await ask({ model: 'm' })).json()).toMatchObject({
    model: 'm',
    choices: [{ message: { content: 'Hello from the fake provider.' } }],
  })
  const text = await (await ask({ model: 'm', stream: true, stream_options: { include_usage: true } })).text()
  expect([text.includes('"usage":{"prompt_tokens":11'), text.endsWith('data: [DONE]\n\n')]).toEqual([
    true,
    true,
  ])
  expect((await ask('no object')).status).toBe(200)
  expect((await fetch(`${provider.url}/chat/completions`, { method: 'POST', body: '{' })).status).toBe(400)
})

test('a fake provider’s behavior for a path precedes the queue, and the queue precedes the default', async () => {
  provider.on('/v1/models', behave.html(503))
  provider.next(behave.error(500), behave.error(429, { retryAfter: '2' }))
  provider.always(behave.json({ always: true }))
  const statuses = [
    (await ask({})).status,
    (await fetch(`${provider.url}/models?x=1`)).status,
    (await ask({})).status,
    (await ask({})).status,
  ]
  expect(statuses).toEqual([500, 503, 429, 200])
})

test('a fake provider keeps the requests that it received, chunked bodies too', async () => {
  const body = new ReadableStream({
    start(controller) {
      for (const piece of ['{"a":', '1}']) controller.enqueue(new TextEncoder().encode(piece))
      controller.close()
    },
  })
  await (await fetch(`${provider.url}/chat/completions`, { method: 'POST', body })).text()
  const received = await provider.received(1)
  expect([received.method, received.path, received.json(), provider.running]).toEqual([
    'POST',
    '/v1/chat/completions',
    { a: 1 },
    0,
  ])
})

test('a fake provider cuts responses at the requested places', async () => {
  const sizes: number[] = []
  provider.next(
    behave.custom((call) => {
      const push = call.push
      call.push = (bytes) => {
        sizes.push(bytes.length)
        return push(bytes)
      }
      return behave.sse(chat.event({ text: '🌍' }), { cuts: { at: [3, 17] } }).answer(call)
    }),
  )
  expect(await (await ask({})).text()).toBe('data: {"text":"🌍"}\n\n')
  expect(sizes).toEqual([3, 14, 6])
})

test('a request to a fake provider runs until its response is complete or its connection is closed', async () => {
  const leaver = new AbortController()
  provider.next(behave.hang())
  const outcome = fetch(`${provider.url}/x`, { signal: leaver.signal }).catch(() => 'left')
  await provider.received(1)
  expect(provider.running).toBe(1)
  leaver.abort()
  expect(await outcome).toBe('left')
  await provider.settled()
  await provider.idle()
})
