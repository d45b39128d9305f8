// Tests two rules in every pair of dialects. A response in the wrong form (whole or streamed) is served in
// the requested form, for any label. A failure in a finish reason, in a status or in an empty stream counts
// as a failure: another target is called if the client has received nothing, otherwise the client gets an
// error.

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { GenerateDialect as Dialect } from '../../src/traffic/llm/dialect.ts'
import { doorOf, pairs, question } from '../doors/doors.ts'
import { generateDialects } from '../../src/traffic/llm/dialect.ts'
import { startGateway, type Gatehouse } from '../journeys/gateway.ts'
import { says, streamOf, wholeOf } from '../upstreams/any-dialect.ts'
import { anthropic } from '../upstreams/anthropic.ts'
import { behave, type Behavior, chat, type FakeProvider, fakeProvider } from '../upstreams/index.ts'
import { responses } from '../upstreams/responses.ts'

const providers = {} as Record<Dialect, FakeProvider>
let second: FakeProvider
/** Without and with a guard that reads every piece of a response. */
const gateways: Gatehouse[] = []

beforeAll(async () => {
  for (const back of generateDialects) providers[back] = await fakeProvider()
  second = await fakeProvider()
  const root = (back: Dialect) => providers[back].url.replace(/\/v1$/, '')
  const config = `retry: { attempts: 1 }
providers:
  openai-chat: { kind: openai-compatible, url: "${providers['openai-chat'].url}", key: sk-planted }
  openai-responses: { kind: openai-compatible, url: "${providers['openai-responses'].url}", key: sk-planted, options: { dialects: [openai-responses] } }
  anthropic-messages: { kind: anthropic, url: "${root('anthropic-messages')}", key: sk-planted }
  gemini: { kind: gemini, url: "${root('gemini')}", key: sk-planted }
  second: { kind: openai-compatible, url: "${second.url}", key: sk-planted }
models:
${generateDialects.flatMap((back) => Array.from({ length: 160 }, (_, n) => `  ${back}-${n}: { targets: [${back}/m${n}, second/m${n}] }`)).join('\n')}
`
  gateways.push(await startGateway({ config }))
  gateways.push(
    await startGateway({ config: `${config}guards: { personal: { kind: pii, action: redact } }\n` }),
  )
})
afterAll(async () => {
  for (const gateway of gateways) await gateway.stop()
  for (const provider of [...Object.values(providers), second]) await provider.close()
})

let used = 0
let moved = 0
async function ask(gateway: Gatehouse, front: Dialect, model: string, isStreaming: boolean) {
  const { path, headers } = doorOf[front](model, isStreaming)
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers(gateway.key) },
    body: JSON.stringify({ ...question[front]('Hi', isStreaming), ...(front !== 'gemini' && { model }) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    text,
    exchange: response.headers.get('x-gatehouse-exchange'),
  }
}

/** Each call has its own target, because a target that failed often is paused. */
const bare = (back: Dialect) => `${back}/x${(used += 1)}`

const saying = { text: 'Hello there' }
const labels = [
  'application/json',
  'text/event-stream',
  'application/octet-stream',
  'text/plain',
  '',
] as const
const served = (front: Dialect, text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('data: {') || line.startsWith('{'))
    .map((line) => line.replace(/^data: /, ''))
    .join('\n')
    .includes(front === 'openai-responses' ? '"Hello there"' : 'Hello')

describe.each(pairs)('%s at %s', (front, back) => {
  test.each(labels)(
    'a whole under the label %p is streamed to a client that asked for a stream',
    async (type) => {
      for (const gateway of gateways) {
        providers[back].next(behave.text(JSON.stringify(wholeOf(back, saying)), type))
        const heard = await ask(gateway, front, bare(back), true)
        expect([heard.status, heard.type.split(';')[0], heard.text]).toEqual([
          200,
          'text/event-stream',
          heard.text,
        ])
        expect(served(front, heard.text)).toBe(true)
        expect(await gateway.record(heard.exchange)).toMatchObject({
          outcome: 'ok',
          attempts: [{ costBasis: 'usage' }],
        })
      }
    },
  )

  test.each(labels)(
    'a stream under the label %p is a whole for a client that asked for one',
    async (type) => {
      for (const gateway of gateways) {
        providers[back].next(behave.text(streamOf(back, saying), type))
        const heard = await ask(gateway, front, bare(back), false)
        expect([heard.status, heard.type.split(';')[0], heard.text]).toEqual([
          200,
          'application/json',
          heard.text,
        ])
        expect(heard.text).toContain('Hello there')
        expect(() => JSON.parse(heard.text) as unknown).not.toThrow()
        expect(await gateway.record(heard.exchange)).toMatchObject({
          outcome: 'ok',
          attempts: [{ costBasis: 'usage' }],
        })
      }
    },
  )
})

const counted = { prompt_tokens: 9, completion_tokens: 6, total_tokens: 15 }
const chunk = (delta: object, finish: string | null = null) =>
  chat.event({
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })
const candidate = (parts: object[], finishReason?: string) => ({
  candidates: [{ content: { role: 'model', parts }, ...(finishReason && { finishReason }), index: 0 }],
  ...(finishReason && {
    usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 6, totalTokenCount: 15 },
  }),
})
const failed = responses.whole([], {
  status: 'failed',
  error: null,
  usage: { input_tokens: 9, output_tokens: 6, total_tokens: 15 },
} as never)
const message = (stop_reason: string | null, content: object[] = []) => ({
  ...anthropic.message([], {}),
  content,
  stop_reason,
  usage: { input_tokens: 9, output_tokens: 6 },
})

/** The failure and the output before it, whole and streamed. */
const failures: [back: Dialect, what: string, whole: Behavior, stream: Behavior][] = [
  ...[
    'error',
    'abort',
    'insufficient_system_resource',
    'network_error',
    'function_call_filter: MALFORMED_FUNCTION_CALL',
  ].map((finish): [Dialect, string, Behavior, Behavior] => [
    'openai-chat',
    `a finish of "${finish}"`,
    behave.json({
      ...chat.completion(''),
      choices: [{ index: 0, message: { role: 'assistant', content: null }, finish_reason: finish }],
      usage: counted,
    }),
    behave.sse(
      `${chunk({ role: 'assistant' })}${chunk({}, finish)}${chat.event({ choices: [], usage: counted })}data: [DONE]\n\n`,
    ),
  ]),
  [
    'openai-chat',
    'no choices',
    behave.json({ ...chat.completion(''), choices: [] }),
    behave.sse(`${chat.event({ choices: [] })}data: [DONE]\n\n`),
  ],
  ['openai-chat', 'nothing', behave.text('', 'application/json'), behave.sse('data: [DONE]\n\n')],
  [
    'openai-chat',
    'a role and no more',
    behave.json({
      ...chat.completion(''),
      choices: [{ index: 0, message: { role: 'assistant', content: null } }],
    }),
    behave.sse(`${chunk({ role: 'assistant', content: '' })}data: [DONE]\n\n`),
  ],
  ...['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'MALFORMED_RESPONSE', 'TOO_MANY_TOOL_CALLS'].map(
    (finish): [Dialect, string, Behavior, Behavior] => [
      'gemini',
      `a finish of ${finish}`,
      behave.json(candidate([], finish)),
      behave.sse(chat.event(candidate([], finish))),
    ],
  ),
  [
    'gemini',
    'no candidates',
    behave.json({ usageMetadata: { promptTokenCount: 9, totalTokenCount: 9 } }),
    behave.sse(chat.event({ usageMetadata: { promptTokenCount: 9 } })),
  ],
  [
    'openai-responses',
    'the status failed without an error',
    behave.json(failed),
    behave.sse(
      `event: response.failed\ndata: ${JSON.stringify({ type: 'response.failed', sequence_number: 1, response: failed })}\n\n`,
    ),
  ],
  ['openai-responses', 'nothing', behave.text('{}', 'application/json'), behave.sse('data: [DONE]\n\n')],
  [
    'anthropic-messages',
    'an end without a beginning',
    behave.text('{}', 'application/json'),
    behave.sse('event: message_stop\ndata: {"type":"message_stop"}\n\n'),
  ],
  [
    'anthropic-messages',
    'a stop reason of error',
    behave.json(message('error')),
    behave.sse(
      [
        { type: 'message_start', message: message(null) },
        { type: 'message_delta', delta: { stop_reason: 'error' }, usage: { output_tokens: 6 } },
        { type: 'message_stop' },
      ]
        .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
        .join(''),
    ),
  ],
]

const shownAsError: Readonly<Record<Dialect, RegExp>> = {
  'openai-chat': /"error":\s*\{/,
  'openai-responses': /"error":\s*\{|"status":\s*"failed"/,
  'anthropic-messages': /"type":\s*"error"/,
  gemini: /"error":\s*\{|"finishReason":\s*"(?:MALFORMED|UNEXPECTED|TOO_MANY)/,
}

describe.each(failures)('%s: %s', (back, _what, whole, stream) => {
  for (const front of generateDialects)
    for (const isStreaming of [false, true]) {
      const behavior = isStreaming ? stream : whole
      test(`moves on for a client of ${front}, ${isStreaming ? 'streamed' : 'whole'}`, async () => {
        for (const gateway of gateways) {
          providers[back].next(behavior)
          second.next(says('openai-chat', saying))
          const model = `${back}-${(moved += 1) % 160}`
          const heard = await ask(gateway, front, model, isStreaming)
          expect(served(front, heard.text)).toBe(true)
          expect(heard.text).not.toMatch(shownAsError[front])
          const record = await gateway.record(heard.exchange)
          expect(record).toMatchObject({
            outcome: 'ok',
            attempts: [{ outcome: 'failed' }, { outcome: 'ok' }],
          })
        }
      })

      test(`without another target is an error for a client of ${front}, ${isStreaming ? 'streamed' : 'whole'}`, async () => {
        for (const gateway of gateways) {
          providers[back].next(behavior)
          const heard = await ask(gateway, front, bare(back), isStreaming)
          expect(heard.text).toMatch(shownAsError[front])
          expect(heard.text).not.toMatch(
            /"finish_reason":\s*"stop"|"end_turn"|response\.completed|"finishReason":\s*"STOP"/,
          )
          const record = await gateway.record(heard.exchange)
          expect(record.outcome).toBe('failed')
          expect(record.attempts).toMatchObject([{ outcome: 'failed' }])
        }
      })
    }
})

const late: [back: Dialect, stream: Behavior][] = [
  [
    'openai-chat',
    behave.sse(
      `${chunk({ role: 'assistant', content: 'Hello' })}${chunk({}, 'error')}${chat.event({ choices: [], usage: counted })}data: [DONE]\n\n`,
    ),
  ],
  [
    'gemini',
    behave.sse(
      `${chat.event(candidate([{ text: 'Hello' }]))}${chat.event(candidate([], 'MALFORMED_FUNCTION_CALL'))}`,
    ),
  ],
]
describe.each(late)('%s: a failed finish after some words', (back, stream) => {
  test.each(generateDialects)(
    'is an error at the end for a client of %s, and its tokens are counted',
    async (front) => {
      for (const gateway of gateways) {
        providers[back].next(stream)
        const heard = await ask(gateway, front, bare(back), true)
        expect(heard.text).toContain('Hello')
        expect(heard.text).toMatch(shownAsError[front])
        expect(heard.text).not.toMatch(
          /"finish_reason":\s*"stop"|"end_turn"|response\.completed|"finishReason":\s*"STOP"/,
        )
        expect(await gateway.record(heard.exchange)).toMatchObject({
          outcome: 'failed',
          attempts: [{ usage: { inputTokens: 9, outputTokens: 6 } }],
        })
      }
    },
  )
})

test('an empty list of vectors moves on, in both dialects of embeddings', async () => {
  const [gateway] = gateways
  if (!gateway) throw new Error('no gateway')
  for (const [back, body] of [
    ['openai-chat', { object: 'list', data: [], model: 'm', usage: { prompt_tokens: 1, total_tokens: 1 } }],
    ['gemini', { embeddings: [] }],
  ] as const) {
    providers[back].next(behave.json(body))
    second.next(
      behave.json({
        object: 'list',
        data: [{ object: 'embedding', index: 0, embedding: [0.5] }],
        model: 'm',
        usage: { prompt_tokens: 1, total_tokens: 1 },
      }),
    )
    const response = await fetch(`${gateway.url}/v1/embeddings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${gateway.key}` },
      body: JSON.stringify({ model: `${back}-159`, input: 'Hi' }),
    })
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('0.5')])
  }
})
