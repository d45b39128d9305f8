// Tests which requests are sent again after a failure: an upstream that acts and then fails must act only
// once. Also tests how long the start of a stream may be held back to allow another attempt.

import { beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { said, scenes, type Scene } from '../journeys/scene.ts'
import { behave, type Behavior, chat, type FakeProvider } from '../upstreams/index.ts'
import { until } from './world.ts'

const { provider: newProvider, start } = scenes('file')
const clock = createFakeClock()
let first: FakeProvider
let second: FakeProvider
let gatehouse: Scene['gatehouse']

beforeAll(async () => {
  first = await newProvider()
  second = await newProvider()
  ;({ gatehouse } = await start({
    clock,
    config: `providers:
  first: { kind: openai, url: "${first.url}", key: sk-first }
  second: { kind: openai, url: "${second.url}", key: sk-second }
models:
${Array.from({ length: modelCount }, (_each, index) => `  m${index}: { targets: [ first/m${index}, second/m${index} ], retry: { attempts: 3 }, fallbackOn: [ error, timeout, rate-limit ] }`).join('\n')}`,
  }))
})

/** Each test has its own model, because breakers keep their state. */
const modelCount = 60
let model = 0

const calls = () =>
  [first, second].reduce(
    (sum, { requests }) => sum + requests.filter(({ path }) => path !== '/v1/models').length,
    0,
  )
let before = 0
beforeEach(() => {
  before = calls()
})

const mcp = {
  type: 'mcp',
  server_label: 'tracker',
  server_url: 'https://tracker.example/mcp',
  require_approval: 'never',
}
const own = { type: 'function', name: 'mcp__tracker__create', parameters: { type: 'object', properties: {} } }

const failures: [string, () => Behavior][] = [
  ['cuts the connection', () => behave.closeAtOnce()],
  ['resets it', () => behave.resetAtOnce()],
  ['answers 500', () => behave.error(500)],
  ['answers 503', () => behave.error(503)],
  ['answers 429', () => behave.error(429)],
  ['answers with garbage', () => behave.text('<html>', 'text/html')],
  [
    'breaks its stream off',
    () => behave.sseThenCut('event: response.created\ndata: {"type":"response.created"}\n\n', 0.5),
  ],
]

async function ask(path: string, body: object): Promise<Response> {
  model += 1
  const asking = fetch(`${gatehouse.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gatehouse.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: `m${model}`, ...body }),
  })
  let response: Response | undefined
  void asking.then((got) => (response = got))
  // pauses between attempts
  await until(() => {
    clock.advance(5)
    return response
  }, 'the response')
  return asking
}

describe.each(failures)('an upstream that acts and then %s', (_, behavior) => {
  beforeEach(() => {
    first.always(behavior())
    second.always(behavior())
  })

  test.each([
    ['a tool of an MCP server', '/v1/responses', { input: 'Hi', tools: [own, mcp] }],
    [
      'one in a namespace',
      '/v1/responses',
      { input: 'Hi', tools: [{ type: 'namespace', name: 'n', description: 'n', tools: [mcp] }] },
    ],
    [
      'one that the conversation brings',
      '/v1/responses',
      {
        input: [
          { type: 'additional_tools', tools: [mcp] },
          { role: 'user', content: 'Hi' },
        ],
      },
    ],
    [
      'servers of a chat request',
      '/v1/chat/completions',
      { messages: said('Hi'), mcp_servers: [{ url: 'https://tracker.example/mcp' }] },
    ],
  ])('the upstream acts once for %s', async (_name, path, body) => {
    const response = await ask(path, body)
    await response.text()
    expect([response.status >= 400, calls() - before]).toEqual([true, 1])
  })

  test('the upstream is called again for a tool of the caller, which the upstream does not run', async () => {
    await (await ask('/v1/responses', { input: 'Hi', tools: [own] })).text()
    expect(calls() - before).toBeGreaterThan(1)
  })
})

describe('a stream that has begun', () => {
  const opening =
    'data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n'

  async function begun(body: object = {}) {
    const received = behave.manual()
    first.next(received)
    model += 1
    const asking = gatehouse.chat({ model: `m${model}`, stream: true, messages: said('Hi'), ...body })
    await received.started
    received.head(200, { 'content-type': 'text/event-stream' })
    return { answer: received, asking }
  }

  test.each([
    ['an event without output', opening],
    ['a comment', ': working\n\n'],
  ])('a stream is shown after two seconds if it only had %s', async (_name, event) => {
    const { answer, asking } = await begun()
    let shown: Response | undefined
    void asking.then((response) => (shown = response))
    answer.push(event)
    const since = clock.monotonic()
    const response = await until(() => {
      clock.advance(5)
      return shown
    }, 'the response')
    expect(clock.monotonic() - since).toBeWithin(2_000, 9_000)
    const reader = response.body!.getReader()
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe(event)
    // the read in progress is not lost
    answer.push(chat.stream(['Hel', 'lo']))
    answer.end()
    let text = ''
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read())
      text += Buffer.from(chunk.value).toString()
    expect(text).toContain('Hel')
    expect(text).toEndWith('data: [DONE]\n\n')
  })

  test('a stream that is cut after it was shown ends with an error in the stream', async () => {
    const { answer, asking } = await begun()
    answer.push(opening)
    let shown: Response | undefined
    void asking.then((got) => (shown = got))
    const response = await until(() => {
      clock.advance(5)
      return shown
    }, 'the response')
    answer.cut()
    expect(await response.text()).toContain('upstream_cut')
  })

  test('a stream that is cut before it was shown moves to another target', async () => {
    const { answer, asking } = await begun()
    second.always(behave.sse(chat.stream(['else', 'where'])))
    answer.push(opening)
    await turns(50)
    answer.cut()
    // read before the clock moves
    await turns(500)
    let response: Response | undefined
    void asking.then((got) => (response = got))
    await until(() => {
      clock.advance(5)
      return response
    }, 'the response')
    expect(await response?.text()).toContain('else')
  })

  test('a stream is shown as soon as the held part is large', async () => {
    const { answer, asking } = await begun()
    for (let count = 0; count < 4; count += 1) answer.push(`: ${'x'.repeat(64 * 1024)}\n\n`)
    expect((await asking).status).toBe(200)
    answer.cut()
  })
})

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
