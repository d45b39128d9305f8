// Clients that leave: before their body is complete, before the first byte, in mid-stream, right after the
// last byte. Each one leaves a record, no held money and no open connection.

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { ExchangeRecord } from '../../src/contract/record.ts'
import { type FakeClock, createFakeClock } from '../../src/kit/fake-clock.ts'
import { behave, chat, type ManualAnswer } from '../upstreams/index.ts'
import { request } from './client.ts'
import { type RawClient, rawClient, requestBytes } from './raw-client.ts'
import { until, type World, world } from './world.ts'

let here: World
let soft: World
beforeAll(async () => {
  here = await world({ config: 'drainOnClientGone: 300ms' })
  soft = await world({ isHard: false })
})
afterAll(async () => {
  await here.end()
  await soft.end()
})

const words = ['one ', 'two ', 'three']
const events = chat.stream(words, { withUsage: true }).split(/(?<=\n\n)/)
const ways = ['close', 'reset', 'halfClose'] as const

interface Started {
  client: RawClient
  answer: ManualAnswer
  model: string
}

async function started(at: World, isStreaming: boolean): Promise<Started> {
  const model = at.model()
  const response = behave.manual()
  at.provider.next(response)
  const client = await rawClient(at.gatehouse.url)
  client.send(
    requestBytes({ key: at.gatehouse.key, body: JSON.stringify({ ...request(model), stream: isStreaming }) }),
  )
  await response.started
  return { client, answer: response, model }
}

async function streaming(at: World): Promise<Started> {
  const begun = await started(at, true)
  begun.answer.head(200, { 'content-type': 'text/event-stream' })
  for (const event of events.slice(0, 3)) begun.answer.push(event)
  await begun.client.until('two ')
  return begun
}

const recordOf = (at: World, model: string): Promise<ExchangeRecord> =>
  until(async () => {
    const { body } = await at.gatehouse.admin(`/records?model=${model}`)
    return (body as { records: ExchangeRecord[] }).records[0]
  }, `a record of ${model}`)

describe.each(ways)('a client that leaves by %s', (leave) => {
  test('if a client leaves before its body is complete, no provider is called and a record says so', async () => {
    const before = here.provider.requests.length
    const canceled = await count(here, 'client-gone')
    const client = await rawClient(here.gatehouse.url)
    client.send(
      requestBytes({
        key: here.gatehouse.key,
        headers: { 'content-length': '500' },
        body: '{"model":"day-0"',
      }),
    )
    // the body is being read when its first part has been taken
    for (let turns = 0; turns < 3; turns += 1) await fetch(`${here.gatehouse.url}/healthz`)
    client[leave]()
    await until(async () => (await count(here, 'client-gone')) > canceled, 'a record of a client that left')
    expect(here.provider.requests.length).toBe(before)
    client.close()
  })

  test('if a client leaves before the first byte, the call ends and its bound is charged', async () => {
    const { client, answer, model } = await started(here, false)
    client[leave]()
    await answer.closed
    expect(await recordOf(here, model)).toMatchObject({
      outcome: 'canceled',
      status: 499,
      code: 'client-gone',
      costBasis: 'bound',
      attempts: [{ outcome: 'canceled', code: 'client-gone' }],
    })
    client.close()
  })

  test('if a client leaves in mid-stream under a hard budget, the usage is still read and charged', async () => {
    const { client, answer, model } = await streaming(here)
    client[leave]()
    await until(async () => (await fetch(`${here.gatehouse.url}/healthz`)).ok, 'the gateway serves on')
    for (const event of events.slice(3)) answer.push(event)
    answer.end()
    expect(await recordOf(here, model)).toMatchObject({
      outcome: 'canceled',
      status: 499,
      code: 'client-gone',
      costNano: '7000000',
      costBasis: 'usage',
      attempts: [{ outcome: 'canceled' }],
    })
    client.close()
  })

  test('a provider that is silent after the client left is canceled at the timeout', async () => {
    const { client, answer, model } = await streaming(here)
    client[leave]()
    await answer.closed
    expect(await recordOf(here, model)).toMatchObject({
      outcome: 'canceled',
      code: 'client-gone',
      costNano: '20000000',
      costBasis: 'bound',
    })
    client.close()
  })

  test('without a hard budget, a leaving client cancels the call and its cost is estimated', async () => {
    const { client, answer, model } = await streaming(soft)
    client[leave]()
    await answer.closed
    expect(await recordOf(soft, model)).toMatchObject({
      outcome: 'canceled',
      status: 499,
      code: 'client-gone',
      costBasis: 'estimated',
      usage: { isEstimated: true, outputTokens: 2 },
    })
    client.close()
  })

  test('if a client leaves right after the last byte, the call is successful', async () => {
    const { client, answer, model } = await streaming(here)
    for (const event of events.slice(3)) answer.push(event)
    await client.until('[DONE]')
    client[leave]()
    answer.end()
    expect(await recordOf(here, model)).toMatchObject({
      outcome: 'ok',
      status: 200,
      costNano: '7000000',
      costBasis: 'usage',
    })
    client.close()
  })
})

test('if the provider fails after the client left, the record still says that the client left', async () => {
  const { client, answer, model } = await started(here, false)
  client.reset()
  // the gateway detects the disconnect when it has checked its connections
  for (let turns = 0; turns < 10; turns += 1) await fetch(`${here.gatehouse.url}/healthz`)
  answer.cut()
  const record = await recordOf(here, model)
  expect(record).toMatchObject({
    outcome: 'canceled',
    status: 499,
    code: 'client-gone',
    attempts: [{ outcome: 'failed', code: 'upstream-cut' }],
  })
})

test('a client that leaves between two attempts ends the attempts', async () => {
  const patient = await world({ models: 3, each: 'retry: { attempts: 5, within: 60s }' })
  const model = patient.model()
  patient.provider.always(behave.error(429, { retryAfter: '30' }))
  const client = await rawClient(patient.gatehouse.url)
  client.send(requestBytes({ key: patient.gatehouse.key, body: JSON.stringify(request(model)) }))
  await until(
    () => patient.provider.requests.filter(({ method }) => method === 'POST').length === 1,
    'the first try',
  )
  await patient.provider.settled()
  client.close()
  const record = await recordOf(patient, model)
  expect(record).toMatchObject({
    outcome: 'canceled',
    status: 499,
    code: 'client-gone',
    attempts: [{ outcome: 'failed', status: 429 }],
  })
  expect(record.attempts).toHaveLength(1)
  patient.provider.always(behave.json(chat.completion('fine')))
  await patient.end()
})

test('nothing of a client that left is kept after its call is over', async () => {
  const inner = createFakeClock()
  let waiting = 0
  const clock: FakeClock = {
    ...inner,
    after(delayMs, run) {
      waiting += 1
      let isOver = false
      const end = () => {
        if (!isOver) waiting -= 1
        isOver = true
      }
      const timer = inner.after(delayMs, () => {
        end()
        run()
      })
      return {
        cancel() {
          end()
          timer.cancel()
        },
      }
    },
  }
  const counted = await world({ models: 25, clock })
  const before = waiting
  for (let calls = 0; calls < 20; calls += 1) {
    const { client, answer } = await started(counted, false)
    client.close()
    for (let turns = 0; turns < 3; turns += 1) await fetch(`${counted.gatehouse.url}/healthz`)
    answer.head(200, { 'content-type': 'application/json' })
    answer.push(JSON.stringify(chat.completion('nobody hears it')))
    answer.end()
    await counted.quiet()
  }
  expect(waiting - before).toBeLessThan(10)
  await counted.end()
})

async function count(at: World, code: string): Promise<number> {
  const text = await (await fetch(`${at.gatehouse.url}/metrics`)).text()
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith('gatehouse_exchanges_total') && line.includes(`code="${code}"`))
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}
