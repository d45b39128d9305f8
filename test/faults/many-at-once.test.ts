// Many calls at once: fast streams to clients that do not read, hundreds of clients that leave at any time,
// and more calls than the default limit of fetch.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'bun:test'
import { completed, testerKey } from '../journeys/gateway.ts'
import { behave, type Behavior, chat, fakeProvider } from '../upstreams/index.ts'
import { request } from './client.ts'
import { type RawClient, rawClient, requestBytes } from './raw-client.ts'
import { stalled, until, type World, world } from './world.ts'

let ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.reverse()) await end()
  ends = []
})

async function opened(options: Parameters<typeof world>[0]): Promise<World> {
  const made = await world(options)
  ends.push(() => made.end())
  return made
}

async function asking(at: World, body: object): Promise<RawClient> {
  const client = await rawClient(at.gatehouse.url)
  ends.push(() => client.close())
  client.send(requestBytes({ key: at.gatehouse.key, body: JSON.stringify(body) }))
  return client
}

const megabyte = 1024 * 1024

describe('a client that does not read an endless stream', () => {
  test('a client that does not read stops the provider, and the buffered bytes are bounded', async () => {
    const here = await opened({ models: 30, isHard: false })
    const pushed: number[] = []
    const event = chat.event({ choices: [{ index: 0, delta: { content: 'x'.repeat(16_000) } }] })
    const torrent = (slot: number): Behavior =>
      behave.custom(async (call) => {
        call.head(200, { 'content-type': 'text/event-stream' })
        while (!call.isClosed) {
          await call.push(event)
          pushed[slot] = (pushed[slot] ?? 0) + event.length
          await new Promise((resolve) => setImmediate(resolve))
        }
      })
    const total = () => pushed.reduce((sum, bytes) => sum + bytes, 0)
    const clients: RawClient[] = []
    const start = async (slot: number) => {
      here.provider.next(torrent(slot))
      const client = await asking(here, { model: here.model(), messages: [], stream: true })
      await client.until('xxx')
      client.pause()
      clients.push(client)
    }

    await start(0)
    await stalled(total)
    // nearly all of it is in the socket buffers on loopback
    expect(total()).toBeLessThan(32 * megabyte)
    Bun.gc(true)
    const before = process.memoryUsage().rss
    for (let slot = 1; slot <= 20; slot += 1) await start(slot)
    await stalled(total)
    Bun.gc(true)
    expect(process.memoryUsage().rss - before).toBeLessThan(20 * 6 * megabyte)

    for (const client of clients) client.close()
    await here.provider.settled()
    await here.quiet()
  }, 30_000)
})

/** mulberry32 */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

test('five hundred clients that leave at any moment keep no slot, no money and no connection', async () => {
  const seed = Number(process.env['SEED'] ?? 20_261_123)
  console.log(`seed ${seed}`)
  const random = randomOf(seed)
  const here = await opened({
    models: 5,
    config: `drainOnClientGone: 50ms
keys: { tester: { team: testers, secret: "\${TESTER_KEY}", limits: { concurrent: 60 } } }`,
  })
  const models = [here.model(), here.model(), here.model()]
  here.provider.always(
    behave.custom(async (call) => {
      const turns = (most: number) => Math.floor(random() * most)
      for (let turn = turns(20); turn > 0; turn -= 1) await new Promise((resolve) => setImmediate(resolve))
      const body = JSON.stringify(chat.completion('hello'))
      if (!call.request.text().includes('"stream":true'))
        return behave.text(body, 'application/json').answer(call)
      call.head(200, { 'content-type': 'text/event-stream' })
      for (const event of chat.stream(['a', 'b', 'c', 'd'], { withUsage: true }).split(/(?<=\n\n)/)) {
        await call.push(event)
        for (let turn = turns(5); turn > 0; turn -= 1) await new Promise((resolve) => setImmediate(resolve))
      }
      call.end()
    }),
  )

  async function one(): Promise<void> {
    const client = await rawClient(here.gatehouse.url)
    const bytes = requestBytes({
      key: here.gatehouse.key,
      body: JSON.stringify({
        ...request(models[Math.floor(random() * models.length)] ?? ''),
        stream: random() < 0.6,
      }),
    })
    const sent = random() < 0.15 ? Math.floor(random() * bytes.length) : bytes.length
    client.send(bytes.subarray(0, sent))
    for (let turn = Math.floor(random() * 40); turn > 0; turn -= 1)
      await new Promise((resolve) => setImmediate(resolve))
    const way = random()
    if (way < 0.4) client.close()
    else if (way < 0.7) client.reset()
    else client.halfClose()
    if (way >= 0.7) await client.closed
  }
  await Promise.all(
    Array.from({ length: 25 }, async () => {
      for (let calls = 0; calls < 20; calls += 1) await one()
    }),
  )

  await here.quiet()
  await here.provider.settled()
  // some calls succeeded and some did not, otherwise the test proves nothing
  const text = await (await fetch(`${here.gatehouse.url}/metrics`)).text()
  for (const outcome of ['ok', 'canceled']) expect(text).toContain(`outcome="${outcome}"`)
  // every slot is free again: as many calls as the limit allows run at once
  const responses = Array.from({ length: 60 }, () => behave.manual())
  here.provider.next(...responses)
  const calls = responses.map(() => here.gatehouse.chat(request('untouched')))
  await Promise.all(responses.map(({ started }) => started))
  expect((await here.gatehouse.chat(request('untouched'))).status).toBe(429)
  for (const response of responses) {
    response.head(200, { 'content-type': 'application/json' })
    response.push(JSON.stringify(chat.completion('fine')))
    response.end()
  }
  expect(new Set((await Promise.all(calls)).map(({ status }) => status))).toEqual(new Set([200]))
}, 30_000)

test('three hundred calls run at the same time through the command, and all succeed', async () => {
  const provider = await fakeProvider()
  ends.push(() => provider.close())
  provider.on('/v1/models', behave.json(chat.models(['fake-model'])))
  const waiting: (() => void)[] = []
  provider.always(
    behave.custom(async (call) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
        // the first response waits for the last request
        if (waiting.length === 300) for (const response of waiting) response()
      })
      await behave.json(chat.completion('hello')).answer(call)
    }),
  )
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-many-'))
  const config = join(folder, 'gatehouse.yaml')
  writeFileSync(
    config,
    completed(`providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 1, output: 2 } } ] }`),
  )
  const command = join(import.meta.dir, '../../bin/gatehouse')
  const child = spawn(command, ['serve', '--config', config], {
    env: {
      ...process.env,
      TESTER_KEY: testerKey,
      GATEHOUSE_ADMIN_KEY: 'gha_admin-key-that-is-no-secret-0123456789',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  ends.push(async () => {
    child.kill('SIGTERM')
    await gone
    rmSync(folder, { recursive: true, force: true })
  })
  let printed = ''
  child.stdout.on('data', (data) => (printed += String(data)))
  child.stderr.on('data', (data) => (printed += String(data)))
  const url = await until(
    () => /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0],
    'the command prints its address',
  )

  const clients = await Promise.all(Array.from({ length: 300 }, () => rawClient(url)))
  const bytes = requestBytes({ key: testerKey, body: JSON.stringify(request('fast')) })
  for (const client of clients) client.send(bytes)
  const responses = await Promise.all(clients.map((client) => client.answer()))
  for (const client of clients) client.close()
  expect(responses.map(({ status }) => status).filter((status) => status !== 200)).toEqual([])
  expect(waiting).toHaveLength(300)
}, 20_000)
