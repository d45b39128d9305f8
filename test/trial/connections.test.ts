// Long-lived connections between exchanges receive the events that concern them, and cost other callers
// nothing.

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Endpoint } from '../../src/contract/endpoint.ts'
import { type Gatehouse, startGateway, testerKey } from '../journeys/gateway.ts'
import { serve } from '../../src/gateway/server.ts'
import { createJsonLog } from '../../src/kit/log.ts'
import { createRealClock } from '../../src/kit/real-clock.ts'
import { liveModule } from './live-module.ts'

const config = `agents:
  echo: { kind: trial-live, url: "http://127.0.0.1:9" }
prices: { "echo/*": free }
teams:
  testers: { allow: { agents: ["*/*"] } }
  others: { allow: { agents: ["*/*"] } }
`
let gatehouse: Gatehouse
beforeAll(async () => {
  gatehouse = await startGateway({ config, modules: [liveModule] })
})
afterAll(() => gatehouse.stop())

async function freshKey(more: object = {}): Promise<{ id: string; secret: string }> {
  const id = `key-${crypto.randomUUID()}`
  const { body } = await gatehouse.admin('/keys', {
    method: 'POST',
    body: JSON.stringify({ id, team: 'testers', ...more }),
  })
  return { id, secret: (body as { secret: string }).secret }
}

const authorized = (secret: string) => ({ headers: { authorization: `Bearer ${secret}` } })

async function connect(secret: string, { url } = gatehouse) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/live`, authorized(secret) as unknown as string)
  const received: string[] = []
  let wake: (() => void) | undefined
  socket.addEventListener('message', ({ data }) => {
    received.push(String(data))
    wake?.()
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason })),
  )
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve())
    socket.addEventListener('error', () => reject(new Error('the socket did not open')))
  })
  async function next(): Promise<string> {
    while (received.length === 0) await new Promise<void>((resolve) => (wake = resolve))
    return received.shift() ?? ''
  }
  return { socket, closed, next, ask: (text: string) => (socket.send(text), next()) }
}

async function listen(secret: string, { url } = gatehouse) {
  const response = await fetch(`${url}/news`, authorized(secret))
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const read = async () => {
    const { value, done } = await reader.read()
    return done ? 'end' : Buffer.from(value).toString().trim()
  }
  expect(await read()).toBe(': open')
  return { read }
}

const openNow = async ({ url } = gatehouse) => {
  const text = await (await fetch(`${url}/metrics`)).text()
  return (text.match(/gatehouse_connections\{.*\} \d+/g) ?? []).map((line) =>
    line.replace(/.*"(\w+)".* /, '$1 '),
  )
}

describe('a socket', () => {
  test('each turn of a socket is an exchange with its own record', async () => {
    const { socket, ask, closed } = await connect(testerKey)
    expect(await ask('one')).toBe('testers: ONE')
    expect(await ask('two')).toBe('testers: TWO')
    expect(await openNow()).toEqual(['socket 1', 'session 0', 'stream 0'])
    socket.close()
    await closed
    const records = (await gatehouse.records(2)).filter(({ kind }) => kind === 'agent.send')
    expect(records.map(({ outcome, target, key }) => [outcome, target, key])).toEqual([
      ['ok', 'echo/turn', 'tester'],
      ['ok', 'echo/turn', 'tester'],
    ])
    while ((await openNow())[0] !== 'socket 0');
  })

  test('a socket responds to one message after the other, in order, however fast they arrive', async () => {
    const { socket, next } = await connect(testerKey)
    const texts = Array.from({ length: 40 }, (_, index) => `m${index}`)
    for (const text of texts) socket.send(text)
    const responses: string[] = []
    for (const _ of texts) responses.push(await next())
    expect(responses).toEqual(texts.map((text) => `testers: ${text.toUpperCase()}`))
    socket.close()
  })

  test('an idle socket is closed with the reason when its key is revoked', async () => {
    const { id, secret } = await freshKey()
    const { ask, closed } = await connect(secret)
    await ask('hello')
    await gatehouse.admin(`/keys/${id}/revoke`, { method: 'POST' })
    expect(await closed).toEqual({ code: 1008, reason: 'revoked' })
  })

  test('a socket that receives too much at once, or faster than it can respond, is closed', async () => {
    const large = await connect(testerKey)
    large.socket.send('x'.repeat(33 * 1024 * 1024))
    expect([1006, 1009]).toContain((await large.closed).code)
    const fast = await connect(testerKey)
    for (let index = 0; index < 2_000; index += 1) fast.socket.send('x')
    expect((await fast.closed).code).toBe(1008)
  })

  test('a socket without a key is refused, and a request without an upgrade gets a 400', async () => {
    expect((await fetch(`${gatehouse.url}/live`, authorized('gh_nobody'))).status).toBe(401)
    expect((await fetch(`${gatehouse.url}/live`, authorized(testerKey))).status).toBe(400)
    while ((await openNow())[0] !== 'socket 0');
  })
})

describe('a silent stream', () => {
  test('a silent stream ends when its key is revoked or deleted, and gets no events of other keys', async () => {
    const [mine, other] = [await freshKey(), await freshKey()]
    const [first, second] = [await listen(mine.secret), await listen(other.secret)]
    await gatehouse.admin(`/keys/${mine.id}/revoke`, { method: 'POST' })
    expect([await first.read(), await first.read()]).toEqual(['data: revoked', 'end'])
    await fetch(`${gatehouse.adminUrl}/admin/v1/keys/${other.id}`, {
      method: 'DELETE',
      ...authorized(gatehouse.adminKey),
    })
    expect([await second.read(), await second.read()]).toEqual(['data: revoked', 'end'])
  })

  test('a silent stream ends when its key expires', async () => {
    const { secret } = await freshKey({ expires: '1s' })
    const { read } = await listen(secret)
    expect([await read(), await read()]).toEqual(['data: expired-key', 'end'])
  })

  test('a silent stream receives new rules, and its turns follow a key to another team', async () => {
    const here = await startGateway({
      config: `${config}keys:\n  tester: { team: testers, secret: "\${TESTER_KEY}" }\n`,
      modules: [liveModule],
    })
    try {
      const [stream, socket] = [await listen(testerKey, here), await connect(testerKey, here)]
      const before = readFileSync(here.configPath, 'utf8')
      writeFileSync(here.configPath, `${before}runs: { idle: 2h }\n`)
      await here.admin('/configuration/reload', { method: 'POST' })
      expect(await stream.read()).toBe('data: changed')
      expect(await socket.ask('still here')).toBe('testers: STILL HERE')
      // a key that acts for another owner is another caller
      writeFileSync(here.configPath, before.replace('tester: { team: testers', 'tester: { team: others'))
      await here.admin('/configuration/reload', { method: 'POST' })
      expect(await socket.closed).toEqual({ code: 1008, reason: 'revoked' })
    } finally {
      await here.stop()
    }
  })

  test('a silent stream does not delay a gateway’s stop, and receives the reason', async () => {
    const here = await startGateway({ config, modules: [liveModule] })
    const [stream, socket] = [await listen(testerKey, here), await connect(testerKey, here)]
    const stopping = here.stop()
    expect([await stream.read(), await stream.read()]).toEqual(['data: draining', 'end'])
    expect(await socket.closed).toEqual({ code: 1001, reason: 'draining' })
    await stopping
  })
})

test('a stream that is kept open may be silent for longer than others', async () => {
  const speak = Promise.withResolvers<void>()
  const door = (path: string, isKept: boolean): Endpoint => ({
    method: 'GET',
    path,
    credential: () => undefined,
    refuse: () => new Response(null, { status: 400 }),
    async handle(call) {
      const ended = isKept ? call.keepOpen() : call.streamed()
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(Buffer.from('open')),
        async pull(controller) {
          await speak.promise
          controller.enqueue(Buffer.from('news'))
          ended()
          controller.close()
        },
      })
      return new Response(body)
    },
  })
  const server = serve({
    host: '127.0.0.1',
    port: 0,
    idleSeconds: 1,
    endpoints: [door('/kept', true), door('/plain', false)],
    inside: () => undefined,
    trustedProxies: [],
    limits: () => ({ bodyBytes: 1_000, bodyMs: 1_000, bodiesBytes: 1_000 }),
    clock: createRealClock(),
    log: createJsonLog(() => {}, Date.now),
  })
  try {
    const [kept, plain] = await Promise.all([fetch(`${server.url}/kept`), fetch(`${server.url}/plain`)])
    expect(await plain.text().catch(() => 'cut')).toBe('cut')
    speak.resolve()
    expect(await kept.text()).toBe('opennews')
  } finally {
    await server.stopNow()
  }
}, 30_000)

test('a signature over several headers is one credential; two credentials are refused', async () => {
  const ask = async (authorization: string) => {
    const response = await fetch(`${gatehouse.url}/v1/models`, { headers: { authorization } })
    return [response.status, JSON.stringify(await response.json())]
  }
  const signed =
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261130/us-east-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date, Signature=5d672d79'
  expect(await ask(signed)).toEqual([401, expect.stringContaining('AWS_BEARER_TOKEN_BEDROCK')])
  for (const two of [
    `${signed}, Bearer gh_other`,
    'Bearer gh_one, Bearer gh_two',
    'Basic abc=, Bearer gh_two',
  ])
    expect(await ask(two)).toEqual([400, expect.stringContaining('more than one Authorization header')])
})
