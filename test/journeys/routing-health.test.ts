// Retries that respect the provider's wait, breakers that open and probe, weights and capacity.

import { expect, test } from 'bun:test'
import { createFakeClock, type FakeClock } from '../../src/kit/fake-clock.ts'
import { behave, chat, type FakeProvider } from '../upstreams/index.ts'
import { chatsOf, eventsOf, said, type Scene, scenes } from './scene.ts'

const { provider: newProvider, start } = scenes()

interface Stage extends Scene {
  first: FakeProvider
  second: FakeProvider
  clock: FakeClock
  ask(model?: string): Promise<{
    status: number
    target: string | null
    exchange: string | null
    retryAfter: string | null
    code: string | undefined
  }>
}

async function stage(model: string, providers = ''): Promise<Stage> {
  const first = await newProvider()
  const second = await newProvider()
  const clock = createFakeClock()
  const config = `providers:
  first: { kind: openai-compatible, url: "${first.url}", key: sk-first${providers} }
  second: { kind: openai-compatible, url: "${second.url}", key: sk-second }
models:
  fast: ${model}
  lone: { targets: [ first/m ], retry: { attempts: 1 } }`
  const scene = await start({ config, clock })
  return {
    ...scene,
    first,
    second,
    clock,
    async ask(name = 'fast') {
      const response = await scene.gatehouse.chat({ model: name, messages: said('Hi') })
      const body = (await response.json()) as { error?: { code: string } }
      const header = (key: string) => response.headers.get(key)
      return {
        status: response.status,
        target: header('x-gatehouse-target'),
        exchange: header('x-gatehouse-exchange'),
        retryAfter: header('retry-after'),
        code: body.error?.code,
      }
    },
  }
}

/** Runs all work that needs no clock. */
async function turns(count = 200) {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Waits until the gateway has recorded a failure; from then on it pauses the target. */
async function pausing({ gatehouse }: Stage, status: number) {
  for (let seen = ''; !seen.includes(`"status":${status}`); )
    seen = JSON.stringify((await gatehouse.admin('/providers')).body)
  await turns()
}

test('a retry waits exactly as long as Retry-After requests', async () => {
  const one = await stage('{ targets: [ first/m ], retry: { attempts: 2, within: 20s } }')
  one.first.next(behave.error(429, { retryAfter: '7' }))
  const asking = one.ask()
  await pausing(one, 429)
  one.clock.advance(6_999)
  await turns()
  expect(chatsOf(one.first)).toHaveLength(1)
  one.clock.advance(1)
  expect(await asking).toMatchObject({ status: 200, target: 'first/m' })
  const { exchange } = await asking
  expect((await one.gatehouse.record(exchange)).attempts).toMatchObject([
    { number: 1, fault: 'rate-limit', status: 429 },
    { number: 2, outcome: 'ok' },
  ])
})

test('the gateway does not wait for a Retry-After beyond the deadline: it calls the next target immediately', async () => {
  const one = await stage('{ targets: [ first/m, second/m ], retry: { attempts: 3, within: 5s } }')
  one.first.next(behave.error(429, { retryAfter: '6' }))
  expect(await one.ask()).toMatchObject({ status: 200, target: 'second/m' })
  // and the target is paused for the time that it asked for
  expect(await one.ask()).toMatchObject({ target: 'second/m' })
  expect(chatsOf(one.first)).toHaveLength(1)
  one.clock.advance(6_000)
  expect(await one.ask()).toMatchObject({ target: 'first/m' })
})

test('a 429 without a wait is retried, but not before the pause of its target ends', async () => {
  const one = await stage('{ targets: [ first/m ], retry: { attempts: 2, within: 20s } }')
  one.first.next(behave.error(429))
  const asking = one.ask()
  await pausing(one, 429)
  one.clock.advance(999)
  await turns()
  expect(chatsOf(one.first)).toHaveLength(1)
  one.clock.advance(5_000)
  expect(await asking).toMatchObject({ status: 200, target: 'first/m' })
})

test('the gateway does not wait for a retry that would be too late', async () => {
  const one = await stage('{ targets: [ first/m ], retry: { attempts: 2, within: 500ms } }')
  one.first.next(behave.error(429))
  expect(await one.ask()).toMatchObject({ status: 429 })
})

test('if no other target is left, the client gets the provider’s error and the time to retry', async () => {
  const one = await stage('{ targets: [ first/m ], retry: { attempts: 2, within: 1s } }')
  one.first.next(behave.error(429, { retryAfter: '6', code: 'rate_limit_exceeded' }))
  expect(await one.ask()).toMatchObject({ status: 429, retryAfter: '6', code: 'rate_limit_exceeded' })
})

test('a retry after a server error waits a little and stays within its number of attempts', async () => {
  const one = await stage('{ targets: [ first/m ], retry: { attempts: 3, within: 1h } }')
  one.first.always(behave.error(500))
  const asking = one.ask()
  for (let seen = 1; seen <= 3; seen += 1) {
    while (chatsOf(one.first).length < seen) {
      await turns(1)
      one.clock.advance(5)
    }
  }
  const { status, exchange } = await asking
  expect([status, chatsOf(one.first).length]).toEqual([500, 3])
  const { attempts } = await one.gatehouse.record(exchange)
  expect(attempts.map(({ number, outcome, fault }) => [number, outcome, fault])).toEqual([
    [1, 'failed', 'server'],
    [2, 'failed', 'server'],
    [3, 'failed', 'server'],
  ])
  expect(attempts[1]?.startedMs).toBeGreaterThan(attempts[0]?.endedMs ?? 0)
})

test('when a client leaves during the wait for a retry, the first attempt is settled and on the record', async () => {
  const one = await stage('{ targets: [ first/m ], retry: { attempts: 2, within: 20s } }')
  one.first.next(behave.error(500, { retryAfter: '7' }))
  const leaver = new AbortController()
  const leaving = one.gatehouse
    .chat({ model: 'fast', messages: said('Hi') }, { signal: leaver.signal })
    .catch(() => 'left')
  await pausing(one, 500)
  leaver.abort()
  expect(await leaving).toBe('left')
  const record = await one.gatehouse.find((candidate) => candidate.outcome === 'canceled')
  expect(record.attempts).toMatchObject([
    { number: 1, outcome: 'failed', status: 500, costBasis: 'estimated' },
  ])
  expect(chatsOf(one.first)).toHaveLength(1)
})

test('while a target is paused after a 429, callers get a 429 with the remaining wait, in every dialect', async () => {
  const one = await stage('{ targets: [ first/m ], retry: { attempts: 1 } }')
  one.first.next(behave.error(429, { retryAfter: '30' }))
  expect(await one.ask('lone')).toMatchObject({ status: 429, retryAfter: '30' })
  one.clock.advance(10_000)
  const refused = await one.ask('lone')
  expect(refused).toMatchObject({ status: 429, code: 'rate_limit_exceeded', retryAfter: '20' })
  expect(await one.gatehouse.record(refused.exchange)).toMatchObject({
    outcome: 'refused',
    code: 'upstream-rate-limited',
    status: 429,
  })
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${one.gatehouse.key}` }
  const messages = { model: 'lone', max_tokens: 5, messages: said('Hi') }
  const anthropic = await fetch(`${one.gatehouse.url}/v1/messages`, {
    method: 'POST',
    headers,
    body: JSON.stringify(messages),
  })
  expect([anthropic.status, await anthropic.json()]).toMatchObject([
    429,
    { error: { type: 'rate_limit_error' } },
  ])
  const contents = { contents: [{ parts: [{ text: 'Hi' }] }] }
  const gemini = await fetch(`${one.gatehouse.url}/v1beta/models/lone:generateContent`, {
    method: 'POST',
    headers,
    body: JSON.stringify(contents),
  })
  expect([gemini.status, await gemini.json()]).toMatchObject([
    429,
    { error: { status: 'RESOURCE_EXHAUSTED' } },
  ])
  expect(chatsOf(one.first)).toHaveLength(1)
  one.clock.advance(20_000)
  expect(await one.ask('lone')).toMatchObject({ status: 200 })
})

test('a breaker opens after consecutive failures, skips the target, and closes after one probe at the end of its pause', async () => {
  const one = await stage('{ targets: [ first/m, second/m ], retry: { attempts: 1 } }')
  for (let call = 0; call < 5; call += 1) one.first.next(behave.error(500))
  for (let call = 0; call < 5; call += 1)
    expect(await one.ask()).toMatchObject({ status: 200, target: 'second/m' })
  expect(chatsOf(one.first)).toHaveLength(5)

  expect(await one.ask()).toMatchObject({ status: 200, target: 'second/m' })
  expect(await one.ask('lone')).toMatchObject({ status: 503, code: 'no_target', retryAfter: '5' })
  expect(chatsOf(one.first)).toHaveLength(5)
  const { body } = await one.gatehouse.admin('/providers')
  expect(JSON.stringify(body)).toContain('"open"')

  one.clock.advance(5_000)
  const probe = behave.manual()
  one.first.next(probe)
  const probing = one.ask()
  await probe.started
  expect(await one.ask()).toMatchObject({ target: 'second/m' })
  expect(chatsOf(one.first)).toHaveLength(6)
  const body200 = JSON.stringify({
    id: 'x',
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }],
  })
  probe.head(200, { 'content-type': 'application/json', 'content-length': String(body200.length) })
  probe.push(body200)
  expect(await probing).toMatchObject({ status: 200, target: 'first/m' })
  expect(await one.ask()).toMatchObject({ target: 'first/m' })
})

test('a failed probe doubles the breaker’s pause', async () => {
  const one = await stage('{ targets: [ first/m ], retry: { attempts: 1 } }')
  one.first.always(behave.error(503))
  for (let call = 0; call < 5; call += 1) expect((await one.ask()).status).toBe(503)
  one.clock.advance(5_000)
  await one.ask()
  expect(chatsOf(one.first)).toHaveLength(6)
  one.clock.advance(9_999)
  expect(await one.ask()).toMatchObject({ code: 'no_target' })
  one.clock.advance(1)
  await one.ask()
  expect(chatsOf(one.first)).toHaveLength(7)
})

test('a probe whose client leaves has no result, and the next call probes', async () => {
  const one = await stage('{ targets: [ first/m ], retry: { attempts: 1 } }')
  for (let call = 0; call < 5; call += 1) one.first.next(behave.error(500))
  for (let call = 0; call < 5; call += 1) await one.ask()
  one.clock.advance(5_000)
  const probe = behave.manual()
  one.first.next(probe)
  const leaver = new AbortController()
  const leaving = one.gatehouse
    .chat({ model: 'fast', messages: said('Hi') }, { signal: leaver.signal })
    .catch(() => 'left')
  await probe.started
  leaver.abort()
  expect(await leaving).toBe('left')
  await probe.closed
  await one.gatehouse.find((record) => record.outcome === 'canceled')
  expect(await one.ask()).toMatchObject({ status: 200, target: 'first/m' })
})

test('a target that repeatedly breaks off its streams is also paused', async () => {
  const one = await stage('{ targets: [ first/m ], retry: { attempts: 1 } }')
  const word = eventsOf(chat.stream(['Hel']))
    .slice(0, 2)
    .join('')
  one.first.always(behave.sse(word + chat.event(chat.error('overloaded', 'server_error'))))
  let calls = 0
  for (; calls < 30; calls += 1) {
    const response = await one.gatehouse.chat({ model: 'fast', messages: said('Hi'), stream: true })
    await response.text()
    if (response.status === 503) break
  }
  expect(calls).toBeLessThan(15)
  expect(chatsOf(one.first)).toHaveLength(calls)
})

test('the caller’s own errors do not open a breaker', async () => {
  const one = await stage('{ targets: [ first/m ], retry: { attempts: 1 } }')
  one.first.always(behave.error(400))
  for (let call = 0; call < 30; call += 1) expect((await one.ask()).status).toBe(400)
  expect(chatsOf(one.first)).toHaveLength(30)
})

test('weights distribute calls, and a target with weight zero gets calls only if the others fail', async () => {
  const one = await stage(
    '{ strategy: weighted, targets: [ { target: first/m, weight: 3 }, { target: second/m, weight: 1 }, { target: second/idle, weight: 0 } ], retry: { attempts: 1 } }',
  )
  const counts: Record<string, number> = {}
  const calls = 400
  for (let round = 0; round < calls / 20; round += 1) {
    const targets = await Promise.all(Array.from({ length: 20 }, async () => (await one.ask()).target ?? ''))
    for (const target of targets) counts[target] = (counts[target] ?? 0) + 1
  }
  expect(counts['second/idle']).toBeUndefined()
  // six standard deviations around three quarters
  expect(Math.abs((counts['first/m'] ?? 0) - (calls * 3) / 4)).toBeLessThan(
    6 * Math.sqrt(calls * (3 / 4) * (1 / 4)),
  )
  expect(counts['second/m']).toBe(calls - (counts['first/m'] ?? 0))
})

test('a provider at its capacity is skipped, and has capacity again when a call ends', async () => {
  const one = await stage(
    '{ targets: [ first/m, second/m ], retry: { attempts: 1 } }',
    ', capacity: { concurrent: 2 }',
  )
  const held = [behave.manual(), behave.manual()]
  one.first.next(...held)
  const running = held.map(() => one.ask())
  await Promise.all(held.map((received) => received.started))
  expect(await one.ask()).toMatchObject({ status: 200, target: 'second/m' })
  expect(await one.ask('lone')).toMatchObject({ status: 503, code: 'no_target', retryAfter: '1' })
  for (const received of held) {
    received.head(400, { 'content-length': '2' })
    received.push('{}')
  }
  await Promise.all(running)
  expect(await one.ask()).toMatchObject({ status: 200, target: 'first/m' })
})

test('concurrent calls do not exceed the capacity, also while they wait for budget', async () => {
  const provider = await newProvider()
  const { gatehouse } = await start({
    config: `providers:
  first: { kind: openai-compatible, url: "${provider.url}", key: sk-first, capacity: { concurrent: 2 } }
models:
  fast: { targets: [ { target: first/m, price: { input: 1, output: 2 } } ], retry: { attempts: 1 } }
teams:
  testers: { allow: { models: ["*"] }, budgets: [ { amount: 1, per: total } ] }`,
  })
  const held = [behave.manual(), behave.manual()]
  provider.next(...held)
  const asking = Array.from({ length: 8 }, () =>
    gatehouse.chat({ model: 'fast', max_tokens: 10, messages: said('Hi') }),
  )
  await Promise.all(held.map((received) => received.started))
  const refused = await gatehouse.records(6)
  expect(refused.map(({ code }) => code)).toEqual(Array(6).fill('no-target'))
  expect(chatsOf(provider)).toHaveLength(2)
  for (const received of held) {
    received.head(400, { 'content-length': '2' })
    received.push('{}')
  }
  const statuses = (await Promise.all(asking)).map(({ status }) => status)
  expect(statuses.toSorted((left, right) => left - right)).toEqual([400, 400, ...Array(6).fill(503)])
})
