// Tests the bound on all bodies together. A thousand callers may not all send the maximum size at the same
// time.

import { afterEach, expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { fakeProvider } from '../upstreams/index.ts'
import { startGateway, testerKey } from '../journeys/gateway.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function started(more = '', limits = '') {
  const provider = await fakeProvider()
  ends.push(() => provider.close())
  const gatehouse = await startGateway({
    config: `limits: { bodyBytes: 4MB, bodiesBytes: 10MB${limits && `, ${limits}`} }
providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream }
models:
  fast: { targets: [ fake/fake-model ] }
${more}`,
  })
  ends.push(() => gatehouse.stop())
  return gatehouse
}

/** Announces a body, sends a part of it, and keeps the connection open. */
function halfSent(url: string, bytes: number, sent = bytes - 1, key = testerKey): Promise<Socket> {
  const { port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`
      socket.write(head)
      socket.write(Buffer.alloc(sent, ' '), () => void turns(300).then(() => resolve(socket)))
    })
    socket.on('error', reject)
    ends.push(() => socket.destroy())
  })
}

/** The gateway runs in this process. In each turn it reads the bytes that have arrived. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

const megabyte = 1024 * 1024
const hello = { model: 'fast', messages: [{ role: 'user', content: 'Hi' }] }

test('an expanded conversation counts like a body of the same size', async () => {
  const gatehouse = await started()
  const ask = (more: object) =>
    fetch(`${gatehouse.url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${testerKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'fast', ...more }),
    })
  const { id } = (await (await ask({ input: 'x'.repeat(3 * megabyte) })).json()) as { id: string }
  const sockets = [await halfSent(gatehouse.url, 4 * megabyte), await halfSent(gatehouse.url, 3 * megabyte)]
  // arrived bytes are counted when they are read
  const refused = await ask({ input: 'Go on.', previous_response_id: id })
  expect(refused.status).toBe(503)
  expect(await refused.text()).toContain('limits.bodiesBytes')
  expect((await ask({ input: 'Hi' })).status).toBe(200)
  expect((await ask({ input: [{ type: 'item_reference', id: 'msg_unknown' }] })).status).toBe(400)

  for (const socket of sockets) socket.destroy()
  let status = 503
  for (let turn = 0; turn < 200 && status === 503; turn += 1)
    status = (await ask({ input: 'Go on.', previous_response_id: id })).status
  expect(status).toBe(200)
  // each call returns its bytes: ten of them exceed the bound at once
  for (let turn = 0; turn < 10; turn += 1)
    expect((await ask({ input: 'Go on.', previous_response_id: id })).status).toBe(200)
})

test('a body beyond the bound is refused as retryable, and accepted after others are gone', async () => {
  const gatehouse = await started()
  const sockets = [await halfSent(gatehouse.url, 4 * megabyte), await halfSent(gatehouse.url, 3 * megabyte)]
  const large = { ...hello, messages: [{ role: 'user', content: 'x'.repeat(3 * megabyte) }] }
  const refused = await gatehouse.chat(large)
  expect(refused.status).toBe(503)
  expect(refused.headers.get('x-should-retry')).toBe('true')
  expect(((await refused.json()) as { error: { message: string } }).error.message).toContain(
    'limits.bodiesBytes',
  )
  expect((await gatehouse.chat(hello)).status).toBe(200)

  for (const socket of sockets) socket.destroy()
  let status = 503
  for (let turn = 0; turn < 200 && status === 503; turn += 1) status = (await gatehouse.chat(large)).status
  expect(status).toBe(200)
})

const twoKeys = `teams:
  testers: { allow: { models: ["*", "*/*"] } }
keys:
  tester: { team: testers, secret: "\${TESTER_KEY}" }
  other: { team: testers, secret: "gh_other-key-that-is-no-secret-0123456789" }
  third: { team: testers, secret: "gh_third-key-that-is-no-secret-0123456789" }
  single: { team: testers, secret: "gh_single-key-that-is-no-secret-012345678", limits: { concurrent: 1 } }
`
const otherKey = 'gh_other-key-that-is-no-secret-0123456789'
const thirdKey = 'gh_third-key-that-is-no-secret-0123456789'
const singleKey = 'gh_single-key-that-is-no-secret-012345678'

test('an announced size takes no memory: twenty large bodies of one byte block no other call', async () => {
  const gatehouse = await started(twoKeys)
  for (let count = 0; count < 20; count += 1) await halfSent(gatehouse.url, 4 * megabyte, 1)
  const large = { ...hello, messages: [{ role: 'user', content: 'x'.repeat(3 * megabyte) }] }
  expect((await gatehouse.chat(large)).status).toBe(200)
  expect((await gatehouse.chat(large, { key: otherKey })).status).toBe(200)
})

test('one key cannot fill the memory for bodies: a quarter is left for keys that hold little', async () => {
  const gatehouse = await started(twoKeys)
  for (let count = 0; count < 8; count += 1) await halfSent(gatehouse.url, 4 * megabyte, 2 * megabyte)
  const medium = { ...hello, messages: [{ role: 'user', content: 'x'.repeat(2 * megabyte) }] }
  expect((await gatehouse.chat(medium, { key: otherKey })).status).toBe(200)
})

test('if large keys fill the memory, their newest uploads end in favor of a small key', async () => {
  const gatehouse = await started(twoKeys)
  const early = await halfSent(gatehouse.url, 4 * megabyte, 3 * megabyte, otherKey)
  const first = await halfSent(gatehouse.url, 4 * megabyte, 4 * megabyte - 1)
  const late = await halfSent(gatehouse.url, 4 * megabyte, 2.4 * megabyte, thirdKey)
  const heard = { early: '', first: '', late: '' }
  early.on('data', (chunk) => (heard.early += chunk))
  first.on('data', (chunk) => (heard.first += chunk))
  late.on('data', (chunk) => (heard.late += chunk))
  // 3 + 4 + 2.4 of 10 MB are taken
  const medium = { ...hello, messages: [{ role: 'user', content: 'x'.repeat(1.5 * megabyte) }] }
  expect((await gatehouse.chat(medium, { key: singleKey })).status).toBe(200)
  await turns(50)
  expect(heard.first).toContain('503')
  expect(heard.early + heard.late).toBe('')
})

test('a length that is not plain digits is refused and does not disable a bound', async () => {
  const gatehouse = await started(twoKeys)
  const { port } = new URL(gatehouse.url)
  const talk = (head: string, body: Buffer) =>
    new Promise<string>((resolve) => {
      let heard = ''
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(
          `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${testerKey}\r\n${head}\r\n\r\n`,
        )
        socket.write(body)
      })
      socket.on('data', (chunk) => (heard += chunk))
      socket.on('error', () => {})
      socket.on('close', () => resolve(heard))
      ends.push(() => socket.destroy())
    })
  for (const length of [5 * megabyte, 2]) {
    const heard = await talk(
      `content-length: ${length}\r\ncontent-length: ${length}`,
      Buffer.alloc(length, ' '),
    )
    expect(heard).toStartWith('HTTP/1.1 400')
    expect(heard).toContain(`content-length is \\"${length}, ${length}\\"`)
  }
  for (const length of ['+2', '0x2', '2, 2', '-1', '1e1', 'NaN', ''])
    expect(await talk(`content-length: ${length}`, Buffer.from('{}'))).toStartWith('HTTP/1.1 400')
  // the shared counter still counts
  for (let count = 0; count < 8; count += 1) await halfSent(gatehouse.url, 4 * megabyte, 2 * megabyte)
  const large = { ...hello, messages: [{ role: 'user', content: 'x'.repeat(3 * megabyte) }] }
  expect((await gatehouse.chat(large)).status).toBe(503)
})

test('the gateway stops reading a refused upload', async () => {
  const gatehouse = await started(twoKeys)
  const { port } = new URL(gatehouse.url)
  for (const path of ['/v1/chat/completions', '/admin/v1/keys', '/nowhere']) {
    let sent = 0
    let heard = ''
    await new Promise<void>((resolve) => {
      const chunk = Buffer.alloc(256 * 1024, ' ')
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(
          `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer gh_nobody\r\ntransfer-encoding: chunked\r\n\r\n`,
        )
        const feed = () => {
          if (socket.destroyed || sent > 100 * megabyte) return
          sent += chunk.length
          socket.write(`${chunk.length.toString(16)}\r\n`)
          socket.write(chunk)
          if (socket.write('\r\n')) setImmediate(feed)
          else socket.once('drain', feed)
        }
        feed()
      })
      socket.on('data', (data) => (heard += data))
      socket.on('error', () => {})
      socket.on('close', () => resolve())
      ends.push(() => socket.destroy())
    })
    expect(heard).toMatch(/^HTTP\/1\.1 40[14]/)
    expect(heard.toLowerCase()).toContain('connection: close')
    // bodyBytes is 4 MB; the rest is what the sockets buffer
    expect(sent).toBeLessThan(40 * megabyte)
  }
})

test('a refused client that sends a body of allowed size gets its response, and the connection serves again', async () => {
  const gatehouse = await started(twoKeys)
  const large = JSON.stringify({ ...hello, messages: [{ role: 'user', content: 'x'.repeat(3 * megabyte) }] })
  const response = await gatehouse.chat(large, { key: 'gh_nobody' })
  expect(response.status).toBe(401)
  expect(response.headers.get('connection')).not.toBe('close')
})

test('a call counts as running before its body is read', async () => {
  const gatehouse = await started(twoKeys)
  const socket = await halfSent(gatehouse.url, 4 * megabyte, 1, singleKey)
  const refused = await gatehouse.chat(hello, { key: singleKey })
  expect(refused.status).toBe(429)
  expect(await refused.text()).toContain('single')
  expect(await gatehouse.record(refused.headers.get('x-gatehouse-exchange'))).toMatchObject({
    key: 'single',
    code: 'too-many-concurrent',
  })
  expect((await gatehouse.chat(hello)).status).toBe(200)
  socket.destroy()
  let status = 429
  for (let turn = 0; turn < 200 && status === 429; turn += 1)
    status = (await gatehouse.chat(hello, { key: singleKey })).status
  expect(status).toBe(200)
  // each outcome frees the slot: invalid JSON, no model, a response
  for (const body of ['{', '{"model":"nothing","messages":[]}', JSON.stringify(hello)]) {
    expect((await gatehouse.chat(body, { key: singleKey })).status).not.toBe(429)
    await turns(5)
  }
  expect((await gatehouse.chat(hello, { key: singleKey })).status).toBe(200)
})

test('calls in flight are counted before their bodies are read', async () => {
  const gatehouse = await started(twoKeys, 'inFlight: 2')
  const sockets = [
    await halfSent(gatehouse.url, 4 * megabyte, 1),
    await halfSent(gatehouse.url, 4 * megabyte, 1),
  ]
  const refused = await gatehouse.chat(hello)
  expect(refused.status).toBe(503)
  expect(await refused.text()).toContain('limits.inFlight')
  for (const socket of sockets) socket.destroy()
  let status = 503
  for (let turn = 0; turn < 200 && status === 503; turn += 1) status = (await gatehouse.chat(hello)).status
  expect(status).toBe(200)
})
