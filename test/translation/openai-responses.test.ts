// Whatever both sides can express survives: a canonical request or response, written in OpenAI's Responses
// dialect and decoded again, is unchanged.

import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Finish } from '../../src/contract/usage.ts'
import type {
  AssistantTurn,
  GenerateRequest,
  ResponseEvent,
  Turn,
} from '../../src/traffic/llm/canonical/index.ts'
import { codec as chat } from '../../src/traffic/llm/dialects/openai-chat/index.ts'
import { codec } from '../../src/traffic/llm/dialects/openai-responses/index.ts'
import { responses } from '../upstreams/responses.ts'
import { accepted, blocksOf, notesOf, readAll, replyContext, streamOf, wholeOf } from './kit.ts'

const own = () => notesOf(codec, codec)
const departures = { usageInStream: true, unbilledErrors: 'none' } as const

const text = fc.string({ minLength: 1, unit: 'binary' })
const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,12}$/)
const json = fc.json({ maxDepth: 2 }).map((source) => JSON.parse(source))
const schema = fc.dictionary(name, json, { maxKeys: 3 })
/** Vendors require arguments to be an object. */
const parameters = schema.map((members) => ({ ...members, type: 'object' }))
const textBlock = text.map((said) => ({ kind: 'text', text: said }) as const)

const image = fc.record(
  {
    kind: fc.constant('media' as const),
    media: fc.constant('image' as const),
    source: fc.record({ kind: fc.constant('url' as const), url: fc.webUrl() }),
    detail: fc.constantFrom('low', 'high', 'auto'),
  },
  { requiredKeys: ['kind', 'media', 'source'] },
)
const file = fc.record({
  kind: fc.constant('media' as const),
  media: fc.constant('file' as const),
  source: fc.record({ kind: fc.constant('data' as const), base64: fc.base64String({ minLength: 4 }) }),
  mediaType: fc.constantFrom('application/pdf', 'text/plain'),
  // OpenAI uses the file extension
  name: name.map((one) => `${one}.pdf`),
})
const stored = fc.record({
  kind: fc.constant('media' as const),
  media: fc.constantFrom('image' as const, 'file' as const),
  source: fc.record({
    kind: fc.constant('id' as const),
    dialect: fc.constant('openai-responses' as const),
    id: name,
  }),
})
const user = fc.record({
  role: fc.constant('user' as const),
  blocks: fc.array(fc.oneof(textBlock, image, file, stored), { minLength: 1, maxLength: 4 }),
})

const call = fc.record({
  name,
  input: schema.map((value) => JSON.stringify(value)),
  tool: fc.constantFrom('function' as const, 'custom' as const),
})
const thought = fc.record({ text, id: name, cipher: name }).map(({ text: said, id, cipher }) => ({
  kind: 'reasoning' as const,
  text: said,
  isSummary: true,
  signature: { dialect: 'openai-responses' as const, value: { id, encrypted_content: cipher } },
}))
const exchange = fc
  .record({
    thoughts: fc.array(thought, { maxLength: 2 }),
    said: fc.array(
      fc.oneof(
        textBlock,
        text.map((refused) => ({ kind: 'refusal', text: refused }) as const),
      ),
      { maxLength: 2 },
    ),
    calls: fc.array(call, { maxLength: 3 }),
    result: fc.array(fc.oneof(textBlock, image), { minLength: 1, maxLength: 2 }),
  })
  .filter(({ thoughts, said, calls }) => thoughts.length + said.length + calls.length > 0)

type Exchange = typeof exchange extends fc.Arbitrary<infer T> ? T : never

function turnsOf(asked: Turn, { thoughts, said, calls, result }: Exchange, turn: number): Turn[] {
  const made = calls.map(
    (each, index) => ({ kind: 'tool-call', id: `call_${turn}_${index}`, ...each }) as const,
  )
  const received: AssistantTurn = { role: 'assistant', blocks: [...thoughts, ...said, ...made] }
  if (made.length === 0) return [asked, received]
  const blocks = made.map(
    ({ id, name: tool }) => ({ kind: 'tool-result', callId: id, name: tool, blocks: result }) as const,
  )
  return [asked, received, { role: 'tool', blocks }]
}

const request: fc.Arbitrary<GenerateRequest> = fc
  .record(
    {
      model: name.map((one) => `my-${one}`),
      isStreaming: fc.boolean(),
      system: fc.array(
        fc.record({
          role: fc.constantFrom('system' as const, 'developer' as const),
          blocks: fc.array(textBlock, { minLength: 1, maxLength: 2 }),
        }),
        { maxLength: 2 },
      ),
      conversation: fc.array(fc.tuple(user, exchange), { minLength: 1, maxLength: 3 }),
      last: user,
      tools: fc.uniqueArray(
        fc.oneof(
          fc.record(
            {
              kind: fc.constant('function' as const),
              name,
              description: text,
              parameters,
              isStrict: fc.boolean(),
            },
            { requiredKeys: ['kind', 'name', 'parameters', 'isStrict'] },
          ),
          fc.record({
            kind: fc.constant('custom' as const),
            name,
            grammar: fc.record({
              syntax: fc.constantFrom('lark' as const, 'regex' as const),
              definition: text,
            }),
          }),
        ),
        { selector: (tool) => tool.name, minLength: 1, maxLength: 3 },
      ),
      toolChoice: fc.oneof(
        fc.record({ kind: fc.constantFrom('auto' as const, 'none' as const, 'required' as const) }),
        fc.record({ kind: fc.constant('tool' as const), name }),
        fc.record({
          kind: fc.constant('allowed' as const),
          names: fc.array(name, { minLength: 1, maxLength: 2 }),
          isRequired: fc.boolean(),
        }),
      ),
      parallelToolCalls: fc.boolean(),
      output: fc.oneof(
        fc.record({ kind: fc.constantFrom('text' as const, 'json' as const) }),
        fc.record({
          kind: fc.constant('schema' as const),
          schema,
          name,
          description: text,
          isStrict: fc.boolean(),
        }),
      ),
      sampling: fc.record({
        temperature: fc.double({ min: 0, max: 2, noNaN: true }).map(Math.abs),
        topP: fc.constant(0.5),
      }),
      maxOutputTokens: fc.integer({ min: 16, max: 100_000 }),
      reasoning: fc.record({
        effort: fc.constantFrom('none' as const, 'minimal' as const, 'high' as const),
        summary: fc.constantFrom('auto' as const, 'detailed' as const),
      }),
      verbosity: fc.constantFrom('low' as const, 'high' as const),
      logprobs: fc.record({ top: fc.nat(20) }),
      serviceTier: fc.constantFrom('auto', 'flex'),
      user: name,
      metadata: fc.dictionary(name, text, { maxKeys: 3 }),
      cacheKey: name,
      store: fc.boolean(),
    },
    { requiredKeys: ['model', 'isStreaming', 'system', 'conversation', 'last', 'store'] },
  )
  .map(({ conversation, last, ...rest }) =>
    accepted({
      ...rest,
      turns: [...conversation.flatMap(([asked, answer], turn) => turnsOf(asked, answer, turn)), last],
    }),
  )

test('a Responses request survives encoding and decoding without loss', () => {
  fc.assert(
    fc.property(request, (asked) => {
      const notes = own()
      const { body, path } = codec.encodeRequest(asked, { notes, departures, target: { model: asked.model } })
      const again = codec.decodeRequest({ path, body, headers: [], isStreaming: asked.isStreaming }, notes)
      // only client and gateway decide whether a response is kept
      const { store: _store, ...told } = asked
      expect(again.request).toEqual(told)
      expect(notes.losses).toEqual([])
    }),
    { numRuns: 300 },
  )
})

const spoken = fc.record({
  kind: fc.constantFrom('text' as const, 'reasoning' as const, 'refusal' as const),
  parts: fc.array(text, { minLength: 1, maxLength: 3 }),
})
const called = fc.record({
  kind: fc.constant('tool' as const),
  name,
  tool: fc.constantFrom('function' as const, 'custom' as const),
  parts: fc.array(text, { minLength: 1, maxLength: 3 }),
})
const received = fc.record({
  blocks: fc.array(fc.oneof(spoken, called), { maxLength: 5 }),
  isCut: fc.boolean(),
  usage: fc.record({
    inputTokens: fc.nat(),
    outputTokens: fc.nat(),
    cacheReadTokens: fc.constant(0),
    cacheWriteTokens: fc.constant(0),
    reasoningTokens: fc.nat(5),
  }),
})

function eventsOf({
  blocks,
  isCut,
  usage,
}: typeof received extends fc.Arbitrary<infer T> ? T : never): ResponseEvent[] {
  const events: ResponseEvent[] = [{ kind: 'start', id: 'resp_1', model: 'm', createdAt: 7 }]
  blocks.forEach((block, index) => {
    const at = { choice: 0, id: `b${index}` }
    if (block.kind === 'tool') {
      events.push({
        kind: 'tool-call-start',
        ...at,
        callId: `call_${index}`,
        name: block.name,
        tool: block.tool,
      })
      for (const part of block.parts) events.push({ kind: 'tool-call-delta', ...at, text: part })
      events.push({ kind: 'tool-call-end', ...at })
      return
    }
    events.push({
      kind: `${block.kind}-start`,
      ...at,
      ...(block.kind === 'reasoning' ? { isSummary: true } : {}),
    })
    for (const part of block.parts) events.push({ kind: `${block.kind}-delta`, ...at, text: part })
    const signature = { dialect: 'gemini', value: `proof ${index}` } as const
    events.push({ kind: `${block.kind}-end`, ...at, ...(block.kind === 'reasoning' ? { signature } : {}) })
  })
  const ended: Finish = isCut
    ? { unified: 'length', raw: 'max_output_tokens' }
    : { unified: blocks.some(({ kind }) => kind === 'tool') ? 'tool-calls' : 'stop', raw: 'completed' }
  return [...events, { kind: 'usage', usage }, { kind: 'finish', choice: 0, finish: ended }, { kind: 'end' }]
}

const encoderOf = (isStreaming: boolean, more: object = {}) =>
  codec.encoder(
    codec.decodeRequest(
      { path: '', body: JSON.stringify({ model: 'm', input: 'x', ...more }), headers: [], isStreaming },
      own(),
    ).responseSeed,
    replyContext(own()),
  )

describe.each(['stream', 'whole'] as const)('an answer as a %s', (form) => {
  test('a Responses response survives encoding and decoding, cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(received, fc.nat(), async (said, cut) => {
        const events = eventsOf(said)
        const writing = encoderOf(form === 'stream')
        const bytes = Buffer.from(events.map((event) => writing.write(event)).join(''))
        const response =
          form === 'stream'
            ? streamOf([bytes.subarray(0, cut % bytes.length), bytes.subarray(cut % bytes.length)])
            : wholeOf(bytes)
        const again = await readAll(codec.decodeResponse(response, replyContext()))
        expect(blocksOf(again, form)).toEqual(blocksOf(events, form))
      }),
      { numRuns: 200 },
    )
  })
})

test('the last event of a Responses stream is the whole response', () => {
  fc.assert(
    fc.property(received, (said) => {
      const [streaming, waiting] = [encoderOf(true), encoderOf(false)]
      const events = eventsOf(said)
      const stream = events.map((event) => streaming.write(event)).join('')
      const whole = JSON.parse(events.map((event) => waiting.write(event)).join(''))
      const last = stream.trimEnd().split('\n').at(-1) ?? ''
      expect(JSON.parse(last.slice('data: '.length)).response).toEqual(whole)
    }),
    { numRuns: 50 },
  )
})

test('interleaved Responses calls keep their own indices and texts', async () => {
  const start = (id: string) =>
    ({ kind: 'tool-call-start', choice: 0, id, callId: `call_${id}`, name: id, tool: 'function' }) as const
  const delta = (id: string, said: string) =>
    ({ kind: 'tool-call-delta', choice: 0, id, text: said }) as const
  const events: ResponseEvent[] = [
    { kind: 'start' },
    start('a'),
    start('b'),
    delta('b', '{"b":'),
    delta('a', '{"a":1'),
    delta('b', '2}'),
    delta('a', '}'),
    { kind: 'tool-call-end', choice: 0, id: 'b' },
    { kind: 'tool-call-end', choice: 0, id: 'a' },
    { kind: 'finish', choice: 0, finish: { unified: 'tool-calls', raw: 'tool_use' } },
    { kind: 'end' },
  ]
  const writing = encoderOf(true)
  const again = await readAll(
    codec.decodeResponse(streamOf([events.map((event) => writing.write(event)).join('')]), replyContext()),
  )
  expect(blocksOf(again, 'stream').blocks.map(({ name: made, text: said }) => [made, said])).toEqual([
    ['a', '{"a":1}'],
    ['b', '{"b":2}'],
  ])
})

test('another vendor’s signature is sent as encrypted content and comes back to its vendor', async () => {
  const writing = encoderOf(false)
  const events: ResponseEvent[] = [
    { kind: 'start' },
    { kind: 'reasoning-start', choice: 0, id: 'r' },
    {
      kind: 'reasoning-end',
      choice: 0,
      id: 'r',
      signature: { dialect: 'anthropic-messages', value: { redacted: 'x' } },
    },
    { kind: 'tool-call-start', choice: 0, id: 't', callId: 'c', name: 'f', tool: 'function' },
    { kind: 'tool-call-end', choice: 0, id: 't', signature: { dialect: 'gemini', value: 'thought' } },
    { kind: 'end' },
  ]
  const { output } = JSON.parse(events.map((event) => writing.write(event)).join(''))
  expect(output[1].arguments).toBe('{}')
  const { request: again } = codec.decodeRequest(
    {
      path: '',
      body: JSON.stringify({ model: 'm', input: [{ role: 'user', content: 'x' }, ...output] }),
      headers: [],
      isStreaming: false,
    },
    own(),
  )
  expect(again.turns[1]?.blocks).toEqual([
    { kind: 'reasoning', signature: { dialect: 'anthropic-messages', value: { redacted: 'x' } } },
    {
      kind: 'tool-call',
      id: 'c',
      name: 'f',
      tool: 'function',
      input: '{}',
      signature: { dialect: 'gemini', value: 'thought' },
    },
  ])
})

describe('servers that send less than OpenAI', () => {
  const events = responses
    .stream([responses.reasoning('Hm.'), responses.message('Hello.'), responses.call('f', { a: 1 })])
    .split('\n\n')
  const without = (pattern: RegExp) => events.filter((event) => !pattern.test(event)).join('\n\n')
  const said = async (stream: string) =>
    blocksOf(await readAll(codec.decodeResponse(streamOf([stream]), replyContext())), 'stream')

  test.each([
    ['wholes only', /\.delta"/],
    ['deltas and the end only', /\.done"|_part\.added"/],
    ['nothing but the end', /output_index":/],
    ['no beginning', /response\.(?:created|in_progress)"/],
  ])('%s: the same answer', async (_what, pattern) => {
    expect((await said(without(pattern))).blocks).toEqual((await said(events.join('\n\n'))).blocks)
  })

  test('a Responses stream without an end event counts as cut', async () => {
    expect(await said(without(/response\.completed/)).catch((thrown: unknown) => thrown)).toMatchObject({
      code: 'upstream-cut',
    })
  })
})

test.each([
  [
    'an error event',
    responses.event({
      type: 'error',
      code: 'rate_limit_exceeded',
      message: 'Slow down.',
      param: null,
      sequence_number: 0,
    }),
    'Slow down.',
  ],
  [
    'a failed response',
    responses.event({
      type: 'response.failed',
      response: {
        ...responses.whole([]),
        status: 'failed',
        error: { code: 'server_error', message: 'Broke.' },
      },
    }),
    'Broke.',
  ],
])('%s is an error for every client', async (_what, stream, message) => {
  const [event] = await readAll(codec.decodeResponse(streamOf([stream]), replyContext()))
  expect(event).toMatchObject({ kind: 'error', error: { message } })
})

test('fields of Responses that chat does not support are named: lost hints, refused meaning', () => {
  const notes = notesOf(codec, chat)
  const ask = (more: object) => {
    const body = JSON.stringify({ model: 'm', input: 'x', ...more })
    const { request: asked } = codec.decodeRequest({ path: '', body, headers: [], isStreaming: false }, notes)
    return chat.encodeRequest(asked, { notes, departures, target: { model: 'm' } })
  }
  ask({
    truncation: 'auto',
    background: false,
    include: ['file_search_call.results'],
    reasoning: { summary: 'auto', mood: 1 },
    unheard_of: 1,
    tools: [{ type: 'function', name: 'f', defer_loading: true }],
  })
  expect(notes.losses.map(({ field }) => field).toSorted()).toEqual([
    'include',
    'reasoning.mood',
    'reasoning.summary',
    'tools[].defer_loading',
    'truncation',
    'unheard_of',
  ])
  expect(() => ask({ prompt: { id: 'pmpt_1' } })).toThrow(
    expect.objectContaining({ code: 'unsupported', details: { param: 'prompt' } }),
  )
  expect(() => ask({ tools: [{ type: 'web_search' }] })).toThrow(
    expect.objectContaining({ details: { param: 'tools[].type' } }),
  )
})

test.each([
  [{ input: 5 }, 'input'],
  [{ input: [{ role: 'nobody', content: 'x' }] }, 'input[0].role'],
  [{ input: [{ role: 'user', content: [{ type: 'input_image' }] }] }, 'input[0].content[0].image_url'],
  [{ input: [{ type: 'function_call', call_id: 'a', name: 'f', arguments: 3 }] }, 'input[0].arguments'],
  [
    { input: [1, 2].map(() => ({ type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' })) },
    'input[1].call_id',
  ],
  [{ tools: [{ type: 'function' }] }, 'tools[0].name'],
  [{ text: { format: { type: 'xml' } } }, 'text.format.type'],
  [{ reasoning: { effort: 'heroic' } }, 'reasoning.effort'],
  [{ metadata: { a: 1 } }, 'metadata'],
])('a wrong type is the caller’s mistake, named by its path: %j', (more, param) => {
  const body = JSON.stringify({ model: 'm', input: 'x', ...more })
  expect(() => codec.decodeRequest({ path: '', body, headers: [], isStreaming: false }, own())).toThrow(
    expect.objectContaining({ code: 'bad-request', details: { param } }),
  )
})
