// Actions of an operator on a running process: end it, freeze it, start a second one.

import { afterAll, afterEach, expect, test } from 'bun:test'
import { behave, chat, type FakeProvider, fakeProvider } from '../upstreams/index.ts'
import { amountOf, budgetsOf, chargedBy, spentBy } from './money.ts'
import { endAll, eventually, launch, newFolder, readAll, spawnGateway } from './process.ts'

const providers: FakeProvider[] = []
afterEach(async () => {
  await endAll()
  for (const provider of providers.splice(0)) await provider.close()
})
afterAll(endAll)

async function faked(): Promise<FakeProvider> {
  const provider = await fakeProvider()
  provider.on('/v1/models', behave.json(chat.models(['fake-model'])))
  providers.push(provider)
  return provider
}

const configFor = (provider: FakeProvider, more = '') => `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: upstream-key }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 1, output: 2 } } ] }
${more}`

const request = { model: 'fast', max_tokens: 50, messages: [{ role: 'user', content: 'Hi' }] }
const streamed = { ...request, stream: true }
const events = chat.stream(['Hel', 'lo']).split(/(?<=\n\n)/)
// a response reaches the client from its first output on: until then another target could still take over
const begun = events.slice(0, 2).join('')
const rest = events.slice(2)

test('SIGTERM lets a running stream finish, refuses new calls, and ends with exit code 0', async () => {
  const provider = await faked()
  const folder = newFolder()
  const node = await spawnGateway({ folder, config: configFor(provider) })
  const received = behave.manual()
  provider.next(received)
  const calling = node.chat(streamed)
  await received.started
  received.head(200, { 'content-type': 'text/event-stream' })
  received.push(begun)
  const response = await calling
  const reading = readAll(response)

  node.signal('SIGTERM')
  await eventually('it says that it drains', () => Promise.resolve(node.said().includes('draining')))
  // refused with a message on an open connection, or not accepted at all
  const late = await node.chat(request).catch(() => undefined)
  if (late) {
    expect(late.status).toBe(503)
    expect(await late.json()).toMatchObject({ error: { code: 'draining' } })
  }
  for (const event of rest) received.push(event)
  received.end()
  expect(await reading).toEqual({ text: events.join(''), isWhole: true })
  expect(await node.exited).toBe(0)

  const next = await spawnGateway({ folder, config: configFor(provider) })
  const records = await eventually('the record is there', async () => {
    const all = await next.records()
    return all.length > 0 && all
  })
  expect(records).toMatchObject([{ id: response.headers.get('x-gatehouse-exchange'), outcome: 'ok' }])
}, 20_000)

test('a kept-alive connection gets an error in its dialect while the gateway drains', async () => {
  const provider = await faked()
  const node = await spawnGateway({ config: configFor(provider) })
  const received = behave.manual()
  provider.next(received)
  const calling = node.chat(streamed)
  await received.started
  const body = JSON.stringify(request)
  // the head arrives before the signal, the body after it
  const { hostname, port } = new URL(node.url)
  const heard = Promise.withResolvers<string>()
  let text = ''
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data: (_, chunk) => void (text += chunk.toString()),
      close: () => heard.resolve(text),
    },
  })
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: gatehouse\r\nauthorization: Bearer gh_tester-key-that-is-no-secret-0123456789\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
  )
  // its head has been read once a later request on another connection has a response
  await fetch(`${node.url}/healthz`)
  node.signal('SIGTERM')
  await eventually('it says that it drains', () => Promise.resolve(node.said().includes('draining')))
  socket.write(body)
  await eventually('it is answered', () => Promise.resolve(text.includes('\r\n\r\n')))
  received.head(200, { 'content-type': 'text/event-stream' })
  for (const event of events) received.push(event)
  received.end()
  expect((await readAll(await calling)).isWhole).toBe(true)
  expect(await node.exited).toBe(0)
  expect(text).toStartWith('HTTP/1.1 ')
  expect(text).toMatch(/^HTTP\/1\.1 (200|503)/)
}, 20_000)

test('a second signal stops the gateway immediately', async () => {
  const provider = await faked()
  const node = await spawnGateway({ config: configFor(provider) })
  const received = behave.manual()
  provider.next(received)
  const calling = node.chat(streamed)
  await received.started
  received.head(200, { 'content-type': 'text/event-stream' })
  received.push(begun)
  const reading = readAll(await calling)
  node.signal('SIGTERM')
  await eventually('it says that it drains', () => Promise.resolve(node.said().includes('draining')))
  node.signal('SIGTERM')
  expect(await node.exited).toBe(128 + 15)
  expect((await reading).isWhole).toBe(false)
}, 20_000)

test('a second process on the same data folder names the first and ends; the first one continues', async () => {
  const provider = await faked()
  const node = await spawnGateway({ config: configFor(provider) })
  const before = await node.chat(request)
  expect(before.status).toBe(200)
  const second = launch({ folder: node.folder, config: configFor(provider) })
  expect(await second.exited).not.toBe(0)
  expect(second.said.text).toContain(`the data folder ${node.folder}/data is in use by another Gatehouse`)
  expect(second.said.text).not.toMatch(/\n\s+at /)

  expect((await node.chat(request)).status).toBe(200)
  expect((await node.ready()).status).toBe(200)
  await eventually('both records are there', async () => (await node.records()).length === 2)
}, 20_000)

test('a frozen gateway continues where it was: streams finish, no budget is overspent, and it is healthy again', async () => {
  const provider = await faked()
  const team =
    'teams: { testers: { allow: { models: ["*"] }, budgets: [ { amount: "0.002", per: total } ] } }'
  const node = await spawnGateway({ config: configFor(provider, team) })
  const received = behave.manual()
  provider.next(received)
  const calling = node.chat(streamed)
  await received.started
  received.head(200, { 'content-type': 'text/event-stream' })
  received.push(begun)
  const response = await calling
  const reading = readAll(response)

  node.signal('SIGSTOP')
  for (const event of rest) received.push(event)
  received.end()
  // callers queue up at a gateway that does not run
  const pile = Array.from({ length: 40 }, () => node.chat(request))
  await Bun.sleep(3_500)
  node.signal('SIGCONT')

  expect(await reading).toEqual({ text: events.join(''), isWhole: true })
  const statuses = await Promise.all(
    pile.map(async (one) => {
      const responses = await one
      const body = (await responses.json()) as { error?: { code: string } }
      return body.error?.code ?? responses.status
    }),
  )
  expect(new Set(statuses)).toEqual(new Set([200, 'insufficient_quota']))
  expect(
    (
      await eventually('it is ready', async () => {
        const state = await node.ready()
        return state.status === 200 && state
      })
    ).warnings,
  ).toEqual([])
  const budgets = await eventually('all is settled', async () => {
    const now = await budgetsOf(node)
    const records = await node.records()
    return records.length === 41 && Bun.deepEquals(spentBy(now), chargedBy(records)) && now
  })
  for (const { spent, free, cap } of budgets) {
    expect(amountOf(spent)).toBeLessThanOrEqual(amountOf(cap))
    expect(free).not.toStartWith('-')
  }
}, 30_000)
