// The life of keys: created, rotated, expired, revoked during a call; and what they may send in headers.

import { expect, test } from 'bun:test'
import OpenAI from 'openai'
import type { KeyWithSecret } from '../../src/contract/admin-api.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { rawClient, requestBytes } from '../faults/raw-client.ts'
import { stalled } from '../faults/world.ts'
import { behave, chat, type FakeProvider } from '../upstreams/index.ts'
import { chatsOf, eventsOf, said, type Scene, scenes, thrownBy } from './scene.ts'

const { provider: newProvider, start } = scenes()

async function scene(
  options: { more?: string; clock?: ReturnType<typeof createFakeClock> } = {},
): Promise<Scene & { provider: FakeProvider }> {
  const provider = await newProvider()
  const config = `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 1, output: 2 } } ], retry: { attempts: 1 } }
${options.more ?? ''}`
  return { ...(await start({ config, ...(options.clock ? { clock: options.clock } : {}) })), provider }
}

const made = async ({ gatehouse }: Scene, wish: object) => {
  const { status, body } = await gatehouse.admin('/keys', { method: 'POST', body: JSON.stringify(wish) })
  expect(status).toBe(201)
  return (body as KeyWithSecret).secret
}
const statusOf = async ({ gatehouse }: Scene, key: string, headers: Record<string, string> = {}) =>
  (await gatehouse.chat({ model: 'fast', messages: said('Hi') }, { key, headers })).status

test('a key works from its creation until it expires', async () => {
  const clock = createFakeClock()
  const stage = await scene({ clock })
  const secret = await made(stage, { id: 'visitor', team: 'testers', expires: '2d' })
  expect(await statusOf(stage, secret)).toBe(200)
  clock.advance(2 * 86_400_000 - 1)
  expect(await statusOf(stage, secret)).toBe(200)
  clock.advance(1)
  const late = await thrownBy(
    stage.client({ key: secret }).chat.completions.create({ model: 'fast', messages: said('Hi') }),
  )
  expect(late).toBeInstanceOf(OpenAI.AuthenticationError)
  expect(late).toMatchObject({
    code: 'invalid_api_key',
    message: expect.stringContaining('expired on 2026-11-25'),
  })
})

test('both secrets of a rotated key work during the overlap, then only the new one', async () => {
  const clock = createFakeClock()
  const stage = await scene({ clock })
  const old = await made(stage, { id: 'robot', team: 'testers' })
  const { body } = await stage.gatehouse.admin('/keys/robot/rotate', {
    method: 'POST',
    body: '{"overlap":"1h"}',
  })
  const fresh = (body as KeyWithSecret).secret
  expect([await statusOf(stage, old), await statusOf(stage, fresh)]).toEqual([200, 200])
  clock.advance(3_600_000)
  expect([await statusOf(stage, old), await statusOf(stage, fresh)]).toEqual([401, 200])
})

/** A stream that sends two words and then waits. */
async function streaming(stage: Scene & { provider: FakeProvider }, key: string) {
  const result = behave.manual()
  stage.provider.next(result)
  const asking = stage
    .client({ key })
    .chat.completions.create({ model: 'fast', messages: said('Hi'), stream: true })
    .withResponse()
  await result.started
  result.head(200, { 'content-type': 'text/event-stream' })
  for (const event of eventsOf(chat.stream(['Hel', 'lo'])).slice(0, 3)) result.push(event)
  const { data, response } = await asking
  return { answer: result, stream: data, exchange: response.headers.get('x-gatehouse-exchange') ?? '' }
}

async function readUntilStopped(
  stream: AsyncIterable<OpenAI.ChatCompletionChunk>,
  stop: () => Promise<unknown>,
) {
  let text = ''
  const read = async () => {
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      if (text === 'Hello') await stop()
    }
  }
  return { error: await thrownBy(read()), text: () => text }
}

test('a key revoked during its stream causes an error event, a closed upstream socket and a record with the reason', async () => {
  const stage = await scene()
  const secret = await made(stage, { id: 'leaver', team: 'testers' })
  const { answer, stream, exchange } = await streaming(stage, secret)
  const { error, text } = await readUntilStopped(stream, () =>
    stage.gatehouse.admin('/keys/leaver/revoke', { method: 'POST' }),
  )
  expect(text()).toBe('Hello')
  expect(error).toBeInstanceOf(OpenAI.APIError)
  expect(error).toMatchObject({ code: 'invalid_api_key', message: expect.stringContaining('revoked') })
  await answer.closed
  expect(await stage.gatehouse.record(exchange)).toMatchObject({
    key: 'leaver',
    code: 'revoked',
    status: 200,
    attempts: [{ outcome: 'failed' }],
  })
  expect(await statusOf(stage, secret)).toBe(401)
})

test('a call whose key is revoked before the first byte of the response gets a 401', async () => {
  const stage = await scene()
  const secret = await made(stage, { id: 'leaver', team: 'testers' })
  const result = behave.manual()
  stage.provider.next(result)
  const asking = thrownBy(
    stage.client({ key: secret }).chat.completions.create({ model: 'fast', messages: said('Hi') }),
  )
  await result.started
  await stage.gatehouse.admin('/keys/leaver', { method: 'DELETE' }).catch(() => {})
  expect(await asking).toBeInstanceOf(OpenAI.AuthenticationError)
  await result.closed
})

test('a key revoked while the body of its call arrives gets a 401 and a record, and no provider is called', async () => {
  const stage = await scene()
  const secret = await made(stage, { id: 'leaver', team: 'testers' })
  const body = JSON.stringify({ model: 'fast', messages: said('Hi') })
  const client = await rawClient(stage.gatehouse.url)
  client.send(
    requestBytes({
      key: secret,
      headers: { 'content-length': String(body.length) },
      body: body.slice(0, 10),
    }),
  )
  // the gateway is reading the body once it has accepted the first part
  for (let turns = 0; turns < 3; turns += 1) await fetch(`${stage.gatehouse.url}/healthz`)
  await stage.gatehouse.admin('/keys/leaver/revoke', { method: 'POST' })
  client.send(body.slice(10))
  const result = await client.answer()
  client.close()
  expect(result.status).toBe(401)
  expect(chatsOf(stage.provider)).toHaveLength(0)
  expect(await stage.gatehouse.record(result.headers.get('x-gatehouse-exchange'))).toMatchObject({
    key: 'leaver',
    outcome: 'refused',
    code: 'revoked',
  })
})

test('calls whose bodies arrive together do not exceed the limit of concurrent calls', async () => {
  const stage = await scene({ more: 'limits: { inFlight: 1 }' })
  const held = behave.manual()
  stage.provider.next(held)
  const body = JSON.stringify({ model: 'fast', messages: said('Hi') })
  const clients = await Promise.all([rawClient(stage.gatehouse.url), rawClient(stage.gatehouse.url)])
  for (const client of clients)
    client.send(
      requestBytes({
        key: stage.gatehouse.key,
        headers: { 'content-length': String(body.length) },
        body: body.slice(0, 10),
      }),
    )
  for (let turns = 0; turns < 3; turns += 1) await fetch(`${stage.gatehouse.url}/healthz`)
  for (const client of clients) client.send(body.slice(10))
  const refused = await Promise.race(clients.map((client) => client.answer()))
  // before the key lookup: a call counts from its first byte
  expect([refused.status, refused.json().error.code]).toEqual([503, 'overloaded'])
  await held.started
  expect(chatsOf(stage.provider)).toHaveLength(1)
  for (const client of clients) client.close()
  held.cut()
})

test('if a key is revoked while its client does not read, the call ends immediately and not when the client reads on', async () => {
  const stage = await scene()
  const secret = await made(stage, { id: 'leaver', team: 'testers' })
  const event = chat.event({ choices: [{ index: 0, delta: { content: 'x'.repeat(16_000) } }] })
  stage.provider.next(behave.endless(event))
  const client = await rawClient(stage.gatehouse.url)
  client.send(
    requestBytes({
      key: secret,
      body: JSON.stringify({ model: 'fast', messages: said('Hi'), stream: true }),
    }),
  )
  await client.until('xxx')
  client.pause()
  await stalled(() => client.receivedBytes)
  await stage.gatehouse.admin('/keys/leaver/revoke', { method: 'POST' })
  const record = await stage.gatehouse.find(({ key }) => key === 'leaver')
  client.close()
  expect(record).toMatchObject({ outcome: 'failed', code: 'revoked' })
  await stage.provider.settled()
})

test('an administrator can stop one exchange while others of the same key continue', async () => {
  const stage = await scene()
  const first = await streaming(stage, stage.gatehouse.key)
  const second = await streaming(stage, stage.gatehouse.key)
  const kill = () =>
    stage.gatehouse.admin('/signals', {
      method: 'POST',
      body: JSON.stringify({ kind: 'kill-exchange', exchange: first.exchange }),
    })
  const { error } = await readUntilStopped(first.stream, kill)
  expect(error).toMatchObject({ code: 'killed' })
  second.answer.push(eventsOf(chat.stream([])).slice(1).join(''))
  second.answer.end()
  let text = ''
  for await (const chunk of second.stream) text += chunk.choices[0]?.delta.content ?? ''
  expect(text).toBe('Hello')
  expect(await stage.gatehouse.record(first.exchange)).toMatchObject({ code: 'killed' })
  expect(await stage.gatehouse.record(second.exchange)).toMatchObject({ outcome: 'ok' })
})

test('a key for local use only is refused for a call that comes through a proxy', async () => {
  const stage = await scene()
  const secret = await made(stage, { id: 'here', team: 'testers', loopbackOnly: true })
  expect(await statusOf(stage, secret)).toBe(200)
  for (const header of ['x-forwarded-for', 'forwarded', 'x-real-ip'])
    expect([header, await statusOf(stage, secret, { [header]: '203.0.113.9' })]).toEqual([header, 401])
  expect(await statusOf(stage, stage.gatehouse.key, { 'x-forwarded-for': '203.0.113.9' })).toBe(200)
})

test('tags come from the team, from the key, and from the headers that the key lists', async () => {
  const stage = await scene({
    more: 'teams:\n  testers: { allow: { models: ["*"] }, tags: { area: lab, cost: team } }',
  })
  const secret = await made(stage, {
    id: 'tagged',
    team: 'testers',
    tags: { cost: 'r42' },
    tagHeaders: ['X-Ticket'],
  })
  const headers = { 'x-ticket': 'T-7', 'x-area': 'stolen', 'x-gatehouse-tag-area': 'stolen' }
  const tagsOf = async (key: string) => {
    const response = await stage.gatehouse.chat({ model: 'fast', messages: said('Hi') }, { key, headers })
    return (await stage.gatehouse.record(response.headers.get('x-gatehouse-exchange'))).tags
  }
  expect(await tagsOf(secret)).toEqual({ area: 'lab', cost: 'r42', ticket: 'T-7' })
  expect(await tagsOf(stage.gatehouse.key)).toEqual({ area: 'lab', cost: 'team' })
})

test('the Gatehouse key never goes upstream, wherever the caller puts it', async () => {
  const stage = await scene()
  const { key } = stage.gatehouse
  const headers = {
    'x-api-key': key,
    'api-key': key,
    'x-goog-api-key': key,
    cookie: `session=${key}`,
    'proxy-authorization': `Bearer ${key}`,
    'x-gatehouse-upstream-key': key,
    'openai-organization': key,
    'x-custom': key,
  }
  expect(await statusOf(stage, key, headers)).toBe(200)
  const [received] = chatsOf(stage.provider)
  expect(JSON.stringify(received?.rawHeaders)).toContain('Bearer sk-upstream')
  expect(JSON.stringify([received?.rawHeaders, received?.path, received?.text()])).not.toContain(key)
})

test('the caller’s own credential goes upstream, and the Gatehouse key does not, even if it was pasted in its place', async () => {
  const provider = await newProvider()
  const config = `providers:
  own: { kind: openai-compatible, url: "${provider.url}", credential: { kind: caller } }
models:
  fast: { targets: [ own/fake-model ] }`
  const stage = { ...(await start({ config })), provider }
  const { key } = stage.gatehouse
  expect(await statusOf(stage, key, { 'x-gatehouse-upstream-key': 'sk-mine' })).toBe(200)
  const [received] = chatsOf(provider)
  expect(received?.headers['authorization']).toBe('Bearer sk-mine')
  expect(JSON.stringify(received?.rawHeaders)).not.toContain(key)

  for (const pasted of [key, `Bearer ${key}`, `bearer  ${key}`, `"${key}"`])
    expect([pasted, await statusOf(stage, key, { 'x-gatehouse-upstream-key': pasted })]).toEqual([
      pasted,
      502,
    ])
  expect(chatsOf(provider)).toHaveLength(1)
})

test('callers with a missing or wrong own credential do not block the provider for callers with a valid one', async () => {
  const provider = await newProvider()
  const config = `providers:
  own: { kind: openai-compatible, url: "${provider.url}", credential: { kind: caller } }
models:
  fast: { targets: [ own/fake-model ] }`
  const stage = { ...(await start({ config })), provider }
  const { key } = stage.gatehouse
  for (let call = 0; call < 6; call += 1) expect(await statusOf(stage, key)).toBe(502)
  for (let call = 0; call < 6; call += 1) {
    provider.next(behave.error(401))
    expect(await statusOf(stage, key, { 'x-gatehouse-upstream-key': 'sk-wrong' })).toBe(502)
  }
  expect(await statusOf(stage, key, { 'x-gatehouse-upstream-key': 'sk-mine' })).toBe(200)
})
