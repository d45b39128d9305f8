// Bad days in every pair of dialects, over sockets: what the client is told in its dialect, what stands on
// the record, and what is charged under a hard budget. Output costs 1,000,000 nano-dollars a token and may be
// 20 tokens; input is free.

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { ExchangeRecord } from '../../src/contract/record.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { doorOf, pairs, question } from '../doors/doors.ts'
import { noUnhandledRejection } from '../doors/unhandled.ts'
import { dialectClient, type Front, raised } from '../journeys/dialect-clients.ts'
import { type Scene, scenes, thrownBy } from '../journeys/scene.ts'
import { type Back, backs, says, streamOf } from '../upstreams/any-dialect.ts'
import { gemini } from '../upstreams/gemini.ts'
import { behave, type Behavior, chat, type FakeProvider } from '../upstreams/index.ts'
import { responses } from '../upstreams/responses.ts'
import { anthropic } from '../upstreams/anthropic.ts'
import { until } from './world.ts'

noUnhandledRejection()

const { provider: newProvider, start } = scenes('file')
const providers = {} as Record<Back, FakeProvider>
const clock = createFakeClock()
let gatehouse: Scene['gatehouse']
/**
 * The same on a clock that the test moves; asked without a budget, whose holds would run out as time flies.
 */
let slow: Scene['gatehouse']
/** With a guard on replies, which holds words back. */
let guarded: Scene['gatehouse']
const free = 'gh_free-key-that-is-no-secret-0123456789ab'
const perPair = 24

beforeAll(async () => {
  for (const back of backs) providers[back] = await newProvider()
  // as time flies a gateway asks for the models again, which must not take what stands ready for a call
  providers.gemini.on('/v1beta/models', behave.json(gemini.models([])))
  const root = (back: Back) => providers[back].url.replace(/\/v1$/, '')
  // a model of its own for each bad day: one that failed rests
  const models = backs.flatMap((back) =>
    Array.from(
      { length: 4 * perPair },
      (_, index) =>
        `  ${back}-${index}: { targets: [ { target: ${back}/m${index}, price: { input: 0, output: 1000 } } ], retry: { attempts: 1 } }`,
    ),
  )
  const config = `providers:
  openai-chat: { kind: openai-compatible, url: "${providers['openai-chat'].url}", key: sk-planted }
  openai-responses: { kind: openai-compatible, url: "${providers['openai-responses'].url}", key: sk-planted, options: { dialects: [openai-responses] } }
  anthropic-messages: { kind: anthropic, url: "${root('anthropic-messages')}", key: sk-planted }
  gemini: { kind: gemini, url: "${root('gemini')}", key: sk-planted }
models:
${models.join('\n')}
drainOnClientGone: 600ms
timeouts: { firstToken: 60s, idle: 30s, total: 10min }
teams:
  testers: { allow: { models: ["*", "*/*"] }, budgets: [ { amount: 1000, per: total } ] }
  free: { allow: { models: ["*"] } }
keys:
  tester: { team: testers, secret: "\${TESTER_KEY}" }
  free: { team: free, secret: "${free}" }
`
  ;({ gatehouse } = await start({ config }))
  ;({ gatehouse: slow } = await start({ config, clock }))
  const guards =
    'guards: { keys: { kind: patterns, on: [ response ], action: block, options: { patterns: { key: "AKIA[A-Z0-9]{16}" } } } }'
  ;({ gatehouse: guarded } = await start({ config: `${config}${guards}\n` }))
})

afterAll(async () => {
  for (const at of [gatehouse, slow, guarded]) {
    expect(at.log.filter((line) => line.includes('"level":"error"'))).toEqual([])
    for (const line of at.log) expect(line).not.toContain('sk-planted')
  }
})

/** Nano-dollars of all records that were looked at. */
let charged = 0

const used = new Map<Back, number>()
function modelOf(back: Back): string {
  const count = used.get(back) ?? 0
  used.set(back, count + 1)
  return `${back}-${count}`
}

function ask(
  at: Scene['gatehouse'],
  front: Front,
  model: string,
  isStreaming: boolean,
  signal?: AbortSignal,
): Promise<Response> {
  const { path, headers } = doorOf[front](model, isStreaming)
  const body = question[front]('Hi', isStreaming, front === 'gemini' ? {} : { model })
  const init = {
    method: 'POST',
    headers: { ...headers(at === slow ? free : at.key), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
  return fetch(`${at.url}${path}`, { ...init, ...(signal ? { signal } : {}) })
}

async function recordOf(model: string): Promise<ExchangeRecord> {
  const record = await gatehouse.find((one) => one.resource.name === model)
  charged += Number(record.costNano ?? 0)
  return record
}

/** The error as the dialect words it: in an error answer, or in the last event of a stream. */
function errorIn(front: Front, text: string, isStreaming: boolean): { message: string; kind: unknown } {
  const json = isStreaming
    ? (text.match(/^data: ?(.*"error".*)$/gm)?.at(-1) ?? '').replace(/^data: ?/, '')
    : text
  const { type, response, error = response?.error } = JSON.parse(json)
  if (front === 'anthropic-messages') expect(type).toBe('error')
  return {
    message: error.message,
    kind: front === 'gemini' ? error.details?.[0]?.reason : (error.code ?? error.type),
  }
}

const usage: Readonly<Record<Back, Record<string, unknown>>> = {
  'openai-chat': { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
  'openai-responses': { input_tokens: 11, output_tokens: 7, total_tokens: 18 },
  'anthropic-messages': { input_tokens: 11, output_tokens: 7 },
  gemini: { promptTokenCount: 11, candidatesTokenCount: 7, totalTokenCount: 18 },
}
const text = 'Hello there, friend.'
const events = (back: Back) => streamOf(back, { text, usage: usage[back] }).split(/(?<=\r?\n\r?\n)/)

/** How many events it takes until the client has heard a word, and the usage has not been told for good. */
const begun: Readonly<Record<Back, number>> = {
  'openai-chat': 2,
  'openai-responses': 5,
  'anthropic-messages': 4,
  gemini: 1,
}

/** The provider's own error behind a usage that it told. */
const failing: Readonly<Record<Back, () => string>> = {
  'openai-chat': () =>
    events('openai-chat').slice(0, -1).join('') + chat.event(chat.error('fell over', 'server_error')),
  'openai-responses': () => {
    const failed = {
      ...responses.whole([], { status: 'failed', usage: usage['openai-responses'] }),
      error: { code: 'server_error', message: 'fell over' },
    }
    return (
      events('openai-responses').slice(0, 6).join('') +
      responses.event({ type: 'response.failed', sequence_number: 6, response: failed })
    )
  },
  'anthropic-messages': () =>
    events('anthropic-messages').slice(0, -1).join('') +
    anthropic.event(anthropic.error('overloaded_error', 'fell over')),
  gemini: () =>
    events('gemini')
      .slice(0, 1)
      .join('')
      .replace(/"candidatesTokenCount":\d+/, '"candidatesTokenCount":7') +
    gemini.event(gemini.error(503, 'UNAVAILABLE', 'fell over')),
}

const early: Record<string, [Behavior, code: string]> = {
  'closes without a word': [behave.closeAtOnce(), 'upstream-cut'],
  'answers HTML that it calls JSON': [behave.text('<html></html>', 'application/json'), 'upstream-garbage'],
}

describe.each(pairs)('%s → %s, where the provider', (front, back) => {
  test.each(Object.entries(early))(
    '%s: a 502 in the dialect, its bound forgiven',
    async (_, [behavior, code]) => {
      for (const isStreaming of [false, true]) {
        const model = modelOf(back)
        providers[back].next(behavior)
        const response = await ask(gatehouse, front, model, isStreaming)
        expect(response.status).toBe(502)
        expect(errorIn(front, await response.text(), false).message).not.toBe('')
        const record = await recordOf(model)
        expect([record.outcome, record.forgivenNano, record.costBasis]).toEqual([
          'failed',
          '20000000',
          'forgiven',
        ])
        // cut or garbage: some dialects may end a stream anywhere
        expect(isStreaming ? ['upstream-cut', 'upstream-garbage'] : [code]).toContain(String(record.code))
      }
    },
  )

  test('breaks off in mid-stream: the words, then an error; what was seen and what is forgiven make the bound, whatever counts had come', async () => {
    const model = modelOf(back)
    const received = behave.manual()
    providers[back].next(received)
    const asking = ask(gatehouse, front, model, true)
    await received.started
    received.head(200, { 'content-type': 'text/event-stream' })
    for (const event of events(back).slice(0, begun[back])) received.push(event)
    const { reader, heard } = reading(await asking)
    await heard('Hello')
    received.cut()
    const said = await reader
    expect(errorIn(front, said, true).message).not.toBe('')
    const record = await recordOf(model)
    expect([record.outcome, record.code]).toEqual(['failed', 'upstream-cut'])
    expect([Number(record.costNano) + Number(record.forgivenNano), record.costBasis]).toEqual([
      20_000_000,
      'forgiven',
    ])
  })

  test('says an error behind its counts: the client has the error, and pays what was counted', async () => {
    const model = modelOf(back)
    providers[back].next(behave.sse(failing[back](), { cuts: { every: 31 } }))
    const response = await ask(gatehouse, front, model, true)
    const said = await response.text()
    expect(errorIn(front, said, true).message).not.toBe('')
    const record = await recordOf(model)
    expect([record.outcome, record.code, record.costNano, record.costBasis]).toEqual([
      'failed',
      'upstream-error',
      '7000000',
      'usage',
    ])
  })

  test('goes on when the client has left: the answer is read on, and its counts are charged', async () => {
    const model = modelOf(back)
    const received = behave.manual()
    providers[back].next(received)
    const leaver = new AbortController()
    const asking = ask(gatehouse, front, model, true, leaver.signal)
    await received.started
    received.head(200, { 'content-type': 'text/event-stream' })
    const all = events(back)
    for (const event of all.slice(0, begun[back])) received.push(event)
    const { reader, heard } = reading(await asking)
    await heard('Hello')
    leaver.abort()
    await thrownBy(reader)
    // the leaving is noticed when the gateway has looked at its connections
    for (let turns = 0; turns < 10; turns += 1) await fetch(`${gatehouse.url}/healthz`)
    for (const event of all.slice(begun[back])) received.push(event)
    received.end()
    const record = await recordOf(model)
    expect([record.outcome, record.code, record.costNano, record.costBasis]).toEqual([
      'canceled',
      'client-gone',
      '7000000',
      'usage',
    ])
    expect(record.usage).toMatchObject({ inputTokens: 11, outputTokens: 7 })
  })

  test('falls silent when the client has left: it is let go of, and the call charged at its bound', async () => {
    const model = modelOf(back)
    const received = behave.manual()
    providers[back].next(received)
    const leaver = new AbortController()
    const asking = ask(gatehouse, front, model, true, leaver.signal)
    await received.started
    received.head(200, { 'content-type': 'text/event-stream' })
    for (const event of events(back).slice(0, begun[back])) received.push(event)
    const { reader, heard } = reading(await asking)
    await heard('Hello')
    leaver.abort()
    await thrownBy(reader)
    await received.closed
    const record = await recordOf(model)
    expect([record.outcome, record.code]).toEqual(['canceled', 'client-gone'])
    expect([record.costNano, record.costBasis]).toEqual(['20000000', 'bound'])
  })

  test('refuses our credential: a 502 that keeps the key to itself', async () => {
    const model = modelOf(back)
    providers[back].next(
      behave.json(chat.error('Incorrect API key sk-planted', 'authentication_error'), { status: 401 }),
    )
    const response = await ask(gatehouse, front, model, false)
    expect([response.status, response.headers.get('x-should-retry') ?? 'false']).toEqual([502, 'false'])
    expect(await response.text()).not.toContain('sk-planted')
    expect((await recordOf(model)).outcome).toBe('failed')
  })

  test('is silent: a 504 in the dialect after the first-token time-out, and in mid-stream an error event after the idle one', async () => {
    const first = behave.manual()
    providers[back].next(first)
    const asking = ask(slow, front, modelOf(back), false)
    await first.started
    clock.advance(60_000)
    const response = await asking
    expect(response.status).toBe(504)
    expect(errorIn(front, await response.text(), false).message).toContain('time-out')

    const second = behave.manual()
    providers[back].next(second)
    const streaming = ask(slow, front, modelOf(back), true)
    await second.started
    second.head(200, { 'content-type': 'text/event-stream' })
    for (const event of events(back).slice(0, begun[back])) second.push(event)
    const { reader, heard } = reading(await streaming)
    await heard('Hello')
    clock.advance(30_000)
    expect(errorIn(front, await reader, true).message).toContain('time-out')
    await second.closed
  })

  test('says what a guard stops: the SDK raises, and has heard nothing of it', async () => {
    for (const isStreaming of [true, false]) {
      providers[back].next(says(back, { text: 'Here it is: AKIAABCDEFGHIJKLMNOP, and more' }, { every: 7 }))
      let heard = ''
      const thrown = await thrownBy(
        dialectClient(front, guarded, free).ask({
          model: modelOf(back),
          text: 'The key?',
          isStreaming,
          onText: (piece) => (heard += piece),
        }),
      )
      expect('Here it is: ').toStartWith(heard)
      expect(String(thrown)).not.toContain('AKIA')
      const { status, message } = raised(thrown)
      expect(message).toContain('pattern/key')
      if (!isStreaming) expect(status).toBe(400)
    }
  })
})

test('in the end the ledger says what the records say', async () => {
  await until(async () => {
    const { body } = await gatehouse.admin('/budgets')
    const [budget] = (body as { budgets: { spent: string }[] }).budgets
    const spent = Math.round(Number(budget?.spent.replace('$', '')) * 1e9)
    return spent === charged ? true : undefined
  }, 'the ledger agrees with the records')
})

/** Reads on in the background; `heard` resolves when a word has come. */
function reading(response: Response) {
  let so = ''
  const waiting: (() => void)[] = []
  const reader = (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      so += decoder.decode(chunk, { stream: true })
      for (const wake of waiting.splice(0)) wake()
    }
    return so
  })()
  reader.catch(() => {})
  return {
    reader,
    async heard(word: string) {
      while (!so.includes(word)) {
        const isOver = await Promise.race([
          new Promise<boolean>((resolve) => waiting.push(() => resolve(false))),
          reader.then(() => true),
        ])
        if (isOver && !so.includes(word)) throw new Error(`it ended without "${word}": ${so.slice(0, 500)}`)
      }
    },
  }
}
