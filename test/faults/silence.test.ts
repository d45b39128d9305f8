// Silence with a fake clock: before the first byte, between two words, and for half an hour. Also tests slow
// clients.

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type FakeClock, createFakeClock } from '../../src/kit/fake-clock.ts'
import { behave, chat, type ManualAnswer } from '../upstreams/index.ts'
import { type Heard, hear, request } from './client.ts'
import { rawClient, requestBytes } from './raw-client.ts'
import { stalled, until, type World, world } from './world.ts'

let here: World
let clock: FakeClock
beforeAll(async () => {
  clock = createFakeClock()
  here = await world({
    clock,
    config: 'timeouts: { firstToken: 60s, idle: 30s, total: 10min }\nlimits: { bodyTime: 20s }',
  })
})
afterAll(() => here.end())

const minute = 60_000
const words = ['one ', 'two ', 'three']
const events = chat.stream(words, { withUsage: true }).split(/(?<=\n\n)/)

interface Started {
  answer: ManualAnswer
  hearing: Promise<Heard>
  /** Resolves when the client has received this number of words. */
  heard(count: number): Promise<void>
}

async function started(form: 'whole' | 'streamed', at: World = here, model = at.model()): Promise<Started> {
  const response = behave.manual()
  at.provider.next(response)
  const marks = Array.from({ length: 60 }, () => Promise.withResolvers<void>())
  const hearing = hear(at.gatehouse, model, form, (count) => marks[count]?.resolve())
  await response.started
  return { answer: response, hearing, heard: (count) => marks[count]?.promise ?? Promise.resolve() }
}

describe('a provider that hangs', () => {
  test.each(['whole', 'streamed'] as const)(
    'before its headers, asked for an answer that is %s: a 504 after the first-token time-out',
    async (form) => {
      const { answer, hearing } = await started(form)
      clock.advance(minute - 1)
      expect(answer.isClosed).toBe(false)
      clock.advance(1)
      const { error, exchange } = await hearing
      expect(error).toMatchObject({ status: 504, code: 'upstream_timeout', type: 'upstream_error' })
      expect(error?.message).toContain('first-token time-out')
      await answer.closed
      expect(await here.gatehouse.record(exchange)).toMatchObject({
        outcome: 'failed',
        status: 504,
        code: 'upstream-timeout',
        costBasis: 'forgiven',
        times: { totalMs: minute },
        attempts: [{ outcome: 'failed', code: 'upstream-timeout' }],
      })
    },
  )

  test('a provider that hangs between its headers and its first event is a 504', async () => {
    const { answer, hearing } = await started('streamed')
    answer.head(200, { 'content-type': 'text/event-stream' })
    await until(() => here.provider.running === 1, 'the call runs')
    clock.advance(minute)
    const { error, exchange } = await hearing
    expect(error).toMatchObject({ status: 504, code: 'upstream_timeout' })
    await answer.closed
    expect(await here.gatehouse.record(exchange)).toMatchObject({
      outcome: 'failed',
      status: 504,
      code: 'upstream-timeout',
    })
  })

  test('a provider that hangs in the middle of a whole response is a 504', async () => {
    const { answer, hearing } = await started('whole')
    answer.head(200, { 'content-type': 'application/json', 'content-length': '500' })
    answer.push('{"id":')
    clock.advance(minute)
    const { error, exchange } = await hearing
    expect(error).toMatchObject({ status: 504, code: 'upstream_timeout' })
    await answer.closed
    expect(await here.gatehouse.record(exchange)).toMatchObject({
      outcome: 'failed',
      status: 504,
      code: 'upstream-timeout',
    })
  })

  test('if a provider hangs in mid-stream, the client gets an error event after the idle timeout', async () => {
    const { answer, hearing, heard } = await started('streamed')
    answer.head(200, { 'content-type': 'text/event-stream' })
    for (const event of events.slice(0, 3)) answer.push(event)
    await heard(2)
    clock.advance(29_999)
    expect(answer.isClosed).toBe(false)
    clock.advance(1)
    const { pieces, error, exchange } = await hearing
    expect(pieces).toEqual(words.slice(0, 2))
    expect(error).toMatchObject({ code: 'upstream_timeout', type: 'upstream_error' })
    await answer.closed
    expect(await here.gatehouse.record(exchange)).toMatchObject({
      outcome: 'failed',
      status: 200,
      code: 'upstream-timeout',
      costBasis: 'forgiven',
    })
  })

  test('keep-alive events keep a stream open', async () => {
    const { answer, hearing, heard } = await started('streamed')
    answer.head(200, { 'content-type': 'text/event-stream' })
    for (const event of events.slice(0, 2)) answer.push(event)
    await heard(1)
    for (let pings = 1; pings <= 4; pings += 1) {
      clock.advance(20_000)
      answer.push(': ping\n\n')
      // the ping has arrived when the gateway has passed on a later event
      answer.push(events[1] ?? '')
      await heard(pings + 1)
    }
    for (const event of events.slice(4)) answer.push(event)
    answer.end()
    const { error, exchange } = await hearing
    expect(error).toBeUndefined()
    expect(await here.gatehouse.record(exchange)).toMatchObject({ outcome: 'ok' })
  })

  test('a slow stream that takes longer than the total timeout is cut with an error event', async () => {
    const { answer, hearing, heard } = await started('streamed')
    answer.head(200, { 'content-type': 'text/event-stream' })
    for (let drops = 1; drops <= 30; drops += 1) {
      answer.push(events[1] ?? '')
      await Promise.race([heard(drops), hearing])
      clock.advance(20_500)
    }
    const { error, exchange } = await hearing
    expect(error).toMatchObject({ code: 'upstream_timeout' })
    expect(error?.message).toContain('total time-out')
    expect(await here.gatehouse.record(exchange)).toMatchObject({
      outcome: 'failed',
      code: 'upstream-timeout',
    })
  })
})

test('a stream that is silent for thirty minutes continues if the timeouts allow it', async () => {
  const patientClock = createFakeClock()
  const patient = await world({
    clock: patientClock,
    models: 5,
    config: 'timeouts: { firstToken: 1h, idle: 1h, total: 0 }',
  })
  const { answer, hearing, heard } = await started('streamed', patient)
  answer.head(200, { 'content-type': 'text/event-stream' })
  for (const event of events.slice(0, 2)) answer.push(event)
  await heard(1)
  for (let minutes = 0; minutes < 30; minutes += 1) patientClock.advance(minute)
  for (const event of events.slice(2)) answer.push(event)
  answer.end()
  const { pieces, error, exchange } = await hearing
  expect(error).toBeUndefined()
  expect(pieces).toEqual(words)
  const record = await patient.gatehouse.record(exchange)
  expect(record).toMatchObject({ outcome: 'ok', costBasis: 'usage' })
  expect(record.times.totalMs).toBeGreaterThanOrEqual(30 * minute)
  await patient.end()
})

test('a silent stream is cut after five minutes by default', async () => {
  const usualClock = createFakeClock()
  const usual = await world({ clock: usualClock, models: 5 })
  const { answer, hearing, heard } = await started('streamed', usual)
  answer.head(200, { 'content-type': 'text/event-stream' })
  for (const event of events.slice(0, 2)) answer.push(event)
  await heard(1)
  usualClock.advance(5 * minute - 1)
  expect(answer.isClosed).toBe(false)
  usualClock.advance(1)
  expect((await hearing).error).toMatchObject({ code: 'upstream_timeout' })
  await usual.end()
})

describe('a client that is slow', () => {
  test('a client that is slow with its body gets a 408 at the timeout, with a record', async () => {
    const client = await rawClient(here.gatehouse.url)
    client.send(
      requestBytes({ key: here.gatehouse.key, headers: { 'content-length': '1000' }, body: '{"model":' }),
    )
    await reading()
    clock.advance(20_000)
    const response = await client.answer()
    expect(response.status).toBe(408)
    expect(response.json().error).toMatchObject({ type: 'invalid_request_error', code: 'request_too_slow' })
    expect(await here.gatehouse.record(response.headers.get('x-gatehouse-exchange'))).toMatchObject({
      outcome: 'refused',
      code: 'request-too-slow',
    })
    client.close()
  })

  test('a client that is slow with a chunked body gets a 408', async () => {
    const client = await rawClient(here.gatehouse.url)
    client.send(
      requestBytes({
        key: here.gatehouse.key,
        headers: { 'content-length': '', 'transfer-encoding': 'chunked' },
      }),
    )
    client.send('4\r\n{"mo\r\n')
    await reading()
    clock.advance(20_000)
    expect((await client.answer()).status).toBe(408)
    client.close()
  })

  test('a client that sends one byte at a time within the timeout is served', async () => {
    const client = await rawClient(here.gatehouse.url)
    const bytes = requestBytes({ key: here.gatehouse.key, body: JSON.stringify(request(here.model())) })
    for (const byte of bytes) {
      client.send(Uint8Array.of(byte))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect((await client.answer()).status).toBe(200)
    client.close()
  })

  test('a client that reads slowly gets everything, and the provider counts no failure', async () => {
    let pushed = 0
    const event = chat.event({ choices: [{ index: 0, delta: { content: 'x'.repeat(16_000) } }] })
    here.provider.next(
      behave.custom(async (call) => {
        call.head(200, { 'content-type': 'text/event-stream' })
        while (pushed < 2_000) {
          await call.push(event)
          pushed += 1
        }
        await call.push(events.slice(-3).join(''))
        call.end()
      }),
    )
    const client = await rawClient(here.gatehouse.url)
    client.send(
      requestBytes({
        key: here.gatehouse.key,
        body: JSON.stringify({ ...request(here.model()), stream: true }),
      }),
    )
    await client.until('xxx')
    client.pause()
    await stalled(() => pushed)
    expect(pushed).toBeLessThan(2_000)
    clock.advance(5 * minute)
    client.resume()
    await client.until('data: [DONE]')
    expect(client.receivedBytes).toBeGreaterThan(2_000 * 16_000)
    client.close()
  })

  /**
   * A call that waits for its body shows no sign of it. A later call on another connection arrives after it.
   */
  async function reading(): Promise<void> {
    for (let turns = 0; turns < 3; turns += 1) await fetch(`${here.gatehouse.url}/healthz`)
  }
})
