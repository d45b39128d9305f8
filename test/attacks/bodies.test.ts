// All bodies together have a bound: what each caller may send, a thousand callers may not send at once.

import { afterEach, expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { fakeProvider } from '../upstreams/index.ts'
import { startGateway, testerKey } from '../journeys/gateway.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function started() {
  const provider = await fakeProvider()
  ends.push(() => provider.close())
  const gatehouse = await startGateway({
    config: `limits: { bodyBytes: 4MB, bodiesBytes: 10MB }
providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream }
models:
  fast: { targets: [ fake/fake-model ] }`,
  })
  ends.push(() => gatehouse.stop())
  return gatehouse
}

/** Announces a body, sends one byte of it, and keeps the connection. */
function halfSent(url: string, bytes: number): Promise<Socket> {
  const { port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${testerKey}\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n{`
      socket.write(head, () => resolve(socket))
    })
    socket.on('error', reject)
    ends.push(() => socket.destroy())
  })
}

const megabyte = 1024 * 1024
const hello = { model: 'fast', messages: [{ role: 'user', content: 'Hi' }] }

test('a conversation that is written out counts like a body that was sent', async () => {
  const gatehouse = await started()
  const ask = (more: object) =>
    fetch(`${gatehouse.url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${testerKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'fast', ...more }),
    })
  const { id } = (await (await ask({ input: 'x'.repeat(3 * megabyte) })).json()) as { id: string }
  const sockets = [await halfSent(gatehouse.url, 4 * megabyte), await halfSent(gatehouse.url, 4 * megabyte)]
  // what is announced is counted when it is seen
  let refused = await ask({ input: 'Go on.', previous_response_id: id })
  for (let turn = 0; turn < 200 && refused.status !== 503; turn += 1) refused = await ask({ input: 'Go on.', previous_response_id: id })
  expect(refused.status).toBe(503)
  expect(await refused.text()).toContain('limits.bodiesBytes')
  expect((await ask({ input: 'Hi' })).status).toBe(200)
  expect((await ask({ input: [{ type: 'item_reference', id: 'msg_unknown' }] })).status).toBe(400)

  for (const socket of sockets) socket.destroy()
  let status = 503
  for (let turn = 0; turn < 200 && status === 503; turn += 1) status = (await ask({ input: 'Go on.', previous_response_id: id })).status
  expect(status).toBe(200)
  // given back each time: ten of them are more than there is room for at once
  for (let turn = 0; turn < 10; turn += 1) expect((await ask({ input: 'Go on.', previous_response_id: id })).status).toBe(200)
})

test('beyond the bound a body is refused in the dialect, to be tried again; when others are gone there is room', async () => {
  const gatehouse = await started()
  const sockets = [await halfSent(gatehouse.url, 4 * megabyte), await halfSent(gatehouse.url, 4 * megabyte)]
  const large = { ...hello, messages: [{ role: 'user', content: 'x'.repeat(3 * megabyte) }] }
  const refused = await gatehouse.chat(large)
  expect(refused.status).toBe(503)
  expect(refused.headers.get('x-should-retry')).toBe('true')
  expect(((await refused.json()) as { error: { message: string } }).error.message).toContain('limits.bodiesBytes')
  expect((await gatehouse.chat(hello)).status).toBe(200)

  for (const socket of sockets) socket.destroy()
  let status = 503
  for (let turn = 0; turn < 200 && status === 503; turn += 1) status = (await gatehouse.chat(large)).status
  expect(status).toBe(200)
})
