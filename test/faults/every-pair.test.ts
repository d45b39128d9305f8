// Failures in every pair of dialects, over sockets: the error in the client's dialect, the record, and the
// charge under a hard budget. Output costs 1,000,000 nano-dollars a token and may be 20 tokens; input is
// free.

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
/** The same with a fake clock. It has no budget, because its holds would expire as the clock moves. */
let slow: Scene['gatehouse']
/** With a guard on responses, which holds words back. */
let guarded: Scene['gatehouse']
const free = 'gh_free-key-that-is-no-secret-0123456789ab'
const perPair = 24

beforeAll(async () => {
  for (const back of backs) providers[back] = await newProvider()
  // as the clock moves, the gateway requests the models again, and that must not use a response prepared for
  // a call
  providers.gemini.on('/v1beta/models', behave.json(gemini.models([])))
  const root = (back: Back) => providers[back].url.replace(/\/v1$/, '')
  // each failure has its own model, because a failed model is paused
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

/** Nano-dollars of all records that the tests read. */
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

/** The error in the form of the dialect: in an error response, or in the last event of a stream. */
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

/** The number of events until the client has received a word, but before the final usage. */
const begun: Readonly<Record<Back, number>> = {
  'openai-chat': 2,
  'openai-responses': 5,
  'anthropic-messages': 4,
  gemini: 1,
}

/** The provider's own error after a usage that it reported. */
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
    '%s: the client gets a 502 in its dialect, and the bound is forgiven',
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
        // cut or garbage, because some dialects may end a stream anywhere
        expect(isStreaming ? ['upstream-cut', 'upstream-garbage'] : [code]).toContain(String(record.code))
      }
    },
  )

  test('a cut stream gives words and an error, and charged plus forgiven costs equal the bound', async () => {
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

  test('after an error that follows the counts, the client gets the error and pays the counts', async () => {
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

  test('if the client leaves, the rest of the response is read and its counts are charged', async () => {
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
    // the gateway detects the disconnect when it has checked its connections
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

  test('if the provider is silent after the client left, it is canceled and the bound is charged', async () => {
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

  test('if the provider refuses our credential, the client gets a 502 without the key', async () => {
    const model = modelOf(back)
    providers[back].next(
      behave.json(chat.error('Incorrect API key sk-planted', 'authentication_error'), { status: 401 }),
    )
    const response = await ask(gatehouse, front, model, false)
    expect([response.status, response.headers.get('x-should-retry') ?? 'false']).toEqual([502, 'false'])
    expect(await response.text()).not.toContain('sk-planted')
    expect((await recordOf(model)).outcome).toBe('failed')
  })

  test('a silent provider gives a 504, or an error event after the idle timeout in mid-stream', async () => {
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

  test('if a guard stops a response, the SDK raises an error and gets no text of it', async () => {
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

test('the ledger and the records have the same sum after all failures', async () => {
  await until(async () => {
    const { body } = await gatehouse.admin('/budgets')
    const [budget] = (body as { budgets: { spent: string }[] }).budgets
    const spent = Math.round(Number(budget?.spent.replace('$', '')) * 1e9)
    return spent === charged ? true : undefined
  }, 'the ledger agrees with the records')
})

/** Reads the rest in the background. `heard` resolves when a word has arrived. */
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
