// A guard finds a card that a provider splits over a final end, or over blocks, items, parts, calls and
// choices, in each kind of text.

import { describe, expect, test } from 'bun:test'
import type { GuardRule } from '../../src/contract/snapshot.ts'
import { question } from '../doors/doors.ts'
import { room } from '../doors/room.ts'

type Dialect = keyof typeof question

const guard = (action: GuardRule['action']): GuardRule => ({
  name: 'cards',
  kind: 'pii',
  on: ['response'],
  action,
  onError: 'closed',
  timeoutMs: 1000,
  options: {},
})

// ── a text and its end in each dialect

const chat = (...choices: object[]) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices,
})
const chatText = (content: string, index = 0) => chat({ index, delta: { content }, finish_reason: null })
const chatDelta = (delta: object) => chat({ index: 0, delta, finish_reason: null })
const chatEnd = (index = 0) => chat({ index, delta: {}, finish_reason: 'stop' })
const chatCall = (index: number, args: string) =>
  chatDelta({
    tool_calls: [{ index, id: `c${index}`, type: 'function', function: { name: 'f', arguments: args } }],
  })

const block = (index: number, content_block: object) => ({
  type: 'content_block_start',
  index,
  content_block,
})
const delta = (index: number, piece: object) => ({ type: 'content_block_delta', index, delta: piece })
const stop = (index: number) => ({ type: 'content_block_stop', index })
const textBlock = (index: number, text = '') => block(index, { type: 'text', text })
const textDelta = (index: number, text: string) => delta(index, { type: 'text_delta', text })

const google = (parts: object[], more: object = {}, index = 0) => ({
  candidates: [{ index, content: { role: 'model', parts }, ...more }],
})
const googleEnd = { finishReason: 'STOP' }
const partial = (stringValue: string, willContinue: boolean) =>
  google([
    {
      functionCall: { partialArgs: [{ jsonPath: '$.card', stringValue, willContinue }], willContinue: true },
    },
  ])

let sequence = 0
const item = (type: string, output_index: number, more: object) => ({
  type: `response.${type}`,
  sequence_number: sequence++,
  item_id: `i${output_index}`,
  output_index,
  ...more,
})
const outText = (text: string, output = 0, content_index = 0) =>
  item('output_text.delta', output, { content_index, delta: text })
const outDone = (text: string, output = 0, content_index = 0) =>
  item('output_text.done', output, { content_index, text })
const message = (text: string) => ({
  type: 'message',
  id: 'm',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
})

const half = '41111111'
const rest = '11111111'
const card = half + rest

const cases: Record<Dialect, Record<string, object[]>> = {
  'openai-chat': {
    'a finish': [chatText(half), chatEnd(), chatText(rest)],
    'two finishes': [chatText('4111'), chatEnd(), chatText('11111111'), chatEnd(), chatText('1111')],
    'a finish in the same event': [
      chat({ index: 0, delta: { content: half }, finish_reason: 'stop' }),
      chatText(rest),
    ],
    'two choices': [chatText(half), chatEnd(), chatText(rest, 1), chatEnd(1)],
    'two choices of one event': [
      chat({ index: 0, delta: { content: half } }, { index: 1, delta: { content: rest } }),
    ],
    'two calls': [chatCall(0, `{"a":"${half}`), chatCall(1, `${rest}"}`)],
    'the same call after the finish': [chatCall(0, `{"a":"${half}`), chatEnd(), chatCall(0, `${rest}"}`)],
    reasoning: [chatDelta({ reasoning_content: half }), chatEnd(), chatDelta({ reasoning_content: rest })],
    refusals: [chatDelta({ refusal: half }), chatEnd(), chatDelta({ refusal: rest })],
  },
  'anthropic-messages': {
    'the end of a block': [textBlock(0), textDelta(0, half), stop(0), textDelta(0, rest)],
    'the same block again': [
      textBlock(0),
      textDelta(0, half),
      stop(0),
      textBlock(0),
      textDelta(0, rest),
      stop(0),
    ],
    'the same block, begun with text': [
      textBlock(0),
      textDelta(0, half),
      stop(0),
      textBlock(0, rest),
      stop(0),
    ],
    'two blocks': [textBlock(0), textDelta(0, half), stop(0), textBlock(1), textDelta(1, rest), stop(1)],
    'three blocks': [
      textBlock(0),
      textDelta(0, '4111'),
      stop(0),
      textBlock(1),
      textDelta(1, '11111111'),
      stop(1),
      textBlock(2),
      textDelta(2, '1111'),
      stop(2),
    ],
    'two blocks without an end': [textBlock(0, half), textBlock(1, rest)],
    'a block of another kind': [
      textBlock(0),
      textDelta(0, half),
      stop(0),
      block(1, { type: 'tool_use', id: 't', name: 'f', input: {} }),
      stop(1),
      textBlock(2),
      textDelta(2, rest),
      stop(2),
    ],
    'two calls': [0, 1].flatMap((index) => [
      block(index, { type: 'tool_use', id: `t${index}`, name: 'f', input: {} }),
      delta(index, { type: 'input_json_delta', partial_json: index === 0 ? `{"a":"${half}` : `${rest}"}` }),
      stop(index),
    ]),
    reasoning: [0, 1].flatMap((index) => [
      block(index, { type: 'thinking', thinking: '', signature: '' }),
      delta(index, { type: 'thinking_delta', thinking: index === 0 ? half : rest }),
      stop(index),
    ]),
  },
  gemini: {
    'a finish': [google([{ text: half }], googleEnd), google([{ text: rest }], googleEnd)],
    'two candidates': [google([{ text: half }], googleEnd), google([{ text: rest }], googleEnd, 1)],
    'two parts': [google([{ text: half }, { text: rest }], googleEnd)],
    'parts of arguments': [partial(half, true), partial(rest, false), google([], googleEnd)],
    'parts of arguments that had ended': [partial(half, false), partial(rest, false), google([], googleEnd)],
    reasoning: [
      google([{ text: half, thought: true }], googleEnd),
      google([{ text: rest, thought: true }], googleEnd),
    ],
  },
  'openai-responses': {
    'the end of a text': [outText(half), outDone(half), outText(rest)],
    'the end of a text that had no deltas': [outDone(half), outText(rest)],
    'two parts': [outText(half), outDone(half), outText(rest, 0, 1), outDone(rest, 0, 1)],
    'two items': [outText(half), outDone(half), outText(rest, 1), outDone(rest, 1)],
    'two whole items': [
      item('output_item.done', 0, { item: message(half) }),
      item('output_item.done', 1, { item: message(rest) }),
    ],
    'two calls': [0, 1].map((index) =>
      item('function_call_arguments.delta', index, { delta: index === 0 ? `{"a":"${half}` : `${rest}"}` }),
    ),
    reasoning: [
      item('reasoning_summary_text.delta', 0, { summary_index: 0, delta: half }),
      item('reasoning_summary_text.done', 0, { summary_index: 0, text: half }),
      item('reasoning_summary_text.delta', 0, { summary_index: 1, delta: rest }),
    ],
  },
}

const ends: Record<Dialect, string> = {
  'openai-chat': 'data: [DONE]\n\n',
  'anthropic-messages': 'event: message_stop\ndata: {"type":"message_stop"}\n\n',
  gemini: '',
  'openai-responses':
    'data: {"type":"response.completed","response":{"id":"r","status":"completed","output":[]}}\n\n',
}

const begins: Partial<Record<Dialect, object[]>> = {
  'anthropic-messages': [
    {
      type: 'message_start',
      message: {
        id: 'm',
        type: 'message',
        role: 'assistant',
        model: 'm',
        content: [],
        usage: { input_tokens: 1, output_tokens: 1 },
      },
    },
  ],
  'openai-responses': [
    { type: 'response.created', response: { id: 'r', status: 'in_progress', output: [] } },
  ],
}

const finishes: Partial<Record<Dialect, object[]>> = {
  'anthropic-messages': [
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
  ],
  'openai-chat': [chatEnd()],
}

const eventOf = (event: object) =>
  ('type' in event ? `event: ${String(event.type)}\n` : '') + `data: ${JSON.stringify(event)}\n\n`
const streamOf = (dialect: Dialect, events: object[]) =>
  [...(begins[dialect] ?? []), ...events, ...(finishes[dialect] ?? [])].map(eventOf).join('') + ends[dialect]

/** All text that a client may show, joined. */
const shown = (stream: string) =>
  [
    ...stream.matchAll(
      /"(?:text|content|delta|partial_json|arguments|thinking|reasoning_content|refusal|stringValue)":"((?:[^"\\]|\\.)*)"/g,
    ),
  ]
    .map(([, text]) => text)
    .join('')

const rows = Object.entries(cases).flatMap(([dialect, byName]) =>
  Object.entries(byName).map(([name, events]) => [dialect as Dialect, name, events] as const),
)

describe('in a stream', () => {
  test.each(rows)('%s: a guard finds a card that is split over %s', async (dialect, _, events) => {
    const stream = streamOf(dialect, events)
    expect(shown(stream)).toMatch(/41111111.*11111111|4111.*11111111.*1111/)
    for (const action of ['block', 'redact'] as const) {
      for (const chunks of [[stream], stream.split(/(?<=\n\n)/)]) {
        const there = room({ answer: () => ({ chunks, isStream: true }), guards: [guard(action)] })
        const responses = await there.call(dialect, dialect, question[dialect]('Hi', true), true)
        expect(responses.thrown?.code).toBe(action === 'block' ? 'guard-blocked' : undefined)
        expect(shown(responses.text).replaceAll(/\D/g, '')).not.toContain(card)
        expect(responses.text.match(/1{4,}/g)?.join('').length ?? 0).toBeLessThan(
          half.length + rest.length - 1,
        )
        if (action === 'redact') expect(responses.text).toContain('[card]')
      }
    }
  })
})

const wholes: readonly (readonly [Dialect, string, object])[] = [
  [
    'anthropic-messages',
    'two blocks',
    {
      id: 'm',
      type: 'message',
      role: 'assistant',
      model: 'm',
      stop_reason: 'end_turn',
      content: [
        { type: 'text', text: half },
        { type: 'text', text: rest },
      ],
      usage: { input_tokens: 1, output_tokens: 1 },
    },
  ],
  [
    'openai-responses',
    'two items',
    { id: 'r', object: 'response', status: 'completed', output: [message(half), message(rest)] },
  ],
  [
    'gemini',
    'two candidates',
    {
      candidates: [half, rest].map((text, index) => ({
        index,
        content: { role: 'model', parts: [{ text }] },
        finishReason: 'STOP',
      })),
    },
  ],
  [
    'openai-chat',
    'two choices',
    {
      id: 'c',
      object: 'chat.completion',
      model: 'm',
      choices: [half, rest].map((content, index) => ({
        index,
        message: { role: 'assistant', content },
        finish_reason: 'stop',
      })),
    },
  ],
]

describe('in a whole response', () => {
  test.each(wholes)('%s: a guard finds a card that is split over %s', async (dialect, _, body) => {
    for (const action of ['block', 'redact'] as const) {
      const there = room({
        answer: () => ({ chunks: [JSON.stringify(body)], isStream: false }),
        guards: [guard(action)],
      })
      const responses = await there.call(dialect, dialect, question[dialect]('Hi'))
      expect(responses.thrown?.code).toBe(action === 'block' ? 'guard-blocked' : undefined)
      if (action === 'redact') expect(responses.text).toContain('[card]')
      expect(responses.text).not.toContain(`"${rest}"`)
    }
  })
})

test('adjacent texts that do not form a card are not changed', async () => {
  const events = [
    textBlock(0),
    textDelta(0, 'Order 4111, '),
    stop(0),
    textBlock(1),
    textDelta(1, '1111 pieces.'),
    stop(1),
  ]
  const stream = streamOf('anthropic-messages', events)
  const there = room({ answer: () => ({ chunks: [stream], isStream: true }), guards: [guard('redact')] })
  const responses = await there.call(
    'anthropic-messages',
    'anthropic-messages',
    question['anthropic-messages']('Hi', true),
    true,
  )
  expect(responses.text).toBe(stream)
})
