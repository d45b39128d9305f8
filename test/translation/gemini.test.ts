// Whatever both sides can express survives: a canonical request or response, written in Google's dialect and
// decoded again, is unchanged.

import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type {
  AssistantTurn,
  EncodeContext,
  GenerateRequest,
  ResponseEvent,
  Turn,
} from '../../src/traffic/llm/canonical/index.ts'
import { codec as anthropic } from '../../src/traffic/llm/dialects/anthropic-messages/index.ts'
import { codec } from '../../src/traffic/llm/dialects/gemini/index.ts'
import { accepted, blocksOf, notesOf, readAll, replyContext, streamOf, wholeOf } from './kit.ts'

const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const text = fc.string({ minLength: 1, unit: 'binary' })
const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,12}$/)
const json = fc.json({ maxDepth: 2 }).map((source) => JSON.parse(source))
const input = fc.dictionary(name, json, { maxKeys: 3 }).map((value) => JSON.stringify(value))
const schema = fc.record({
  type: fc.constant('object'),
  properties: fc.dictionary(
    name,
    fc.record({ type: fc.constantFrom('string', 'integer'), description: text }),
    { maxKeys: 3 },
  ),
})
const textBlock = text.map((said) => ({ kind: 'text', text: said }) as const)
const proof = fc.base64String({ minLength: 4 }).map((value) => ({ dialect: 'gemini', value }) as const)
const media = fc.oneof(
  fc.record({
    kind: fc.constant('media' as const),
    media: fc.constant('image' as const),
    mediaType: fc.constant('image/png'),
    source: fc.record({ kind: fc.constant('data' as const), base64: fc.base64String({ minLength: 4 }) }),
  }),
  fc.record({
    kind: fc.constant('media' as const),
    media: fc.constant('file' as const),
    mediaType: fc.constant('application/pdf'),
    source: fc.oneof(
      fc.record({ kind: fc.constant('url' as const), url: fc.webUrl() }),
      fc.record({
        kind: fc.constant('id' as const),
        dialect: fc.constant('gemini' as const),
        id: name.map((id) => `files/${id}`),
      }),
    ),
  }),
)
const user = fc.record({
  role: fc.constant('user' as const),
  blocks: fc.array(fc.oneof(textBlock, media), { minLength: 1, maxLength: 4 }),
})

const call = fc.record({
  kind: fc.constant('tool-call' as const),
  name,
  tool: fc.constant('function' as const),
  input,
})
const exchange = fc
  .record({
    thought: some(
      fc.record({
        kind: fc.constant('reasoning' as const),
        text,
        isSummary: fc.constant(true),
        signature: proof,
      }),
    ),
    said: some(
      fc.record(
        { kind: fc.constant('text' as const), text, signature: proof },
        { requiredKeys: ['kind', 'text'] },
      ),
    ),
    calls: fc.array(fc.tuple(call, some(proof), text, fc.boolean(), fc.array(media, { maxLength: 1 })), {
      maxLength: 3,
    }),
  })
  .filter(({ thought, said, calls }) => thought !== undefined || said !== undefined || calls.length > 0)

const request: fc.Arbitrary<GenerateRequest> = fc
  .record(
    {
      model: fc.constant('gemini-3.1-pro-preview'),
      isStreaming: fc.boolean(),
      system: fc.constantFrom(
        [],
        [{ role: 'system' as const, blocks: [{ kind: 'text' as const, text: 'Be brief.' }] }],
      ),
      conversation: fc.array(fc.tuple(user, exchange), { maxLength: 3 }),
      last: user,
      tools: fc.uniqueArray(
        fc.record(
          { kind: fc.constant('function' as const), name, description: text, parameters: schema },
          { requiredKeys: ['kind', 'name'] },
        ),
        { selector: (tool) => tool.name, minLength: 1, maxLength: 3 },
      ),
      toolChoice: fc.oneof(
        fc.record({ kind: fc.constantFrom('auto' as const, 'none' as const, 'required' as const) }),
        fc.record({ kind: fc.constant('tool' as const), name }),
        fc.record({
          kind: fc.constant('allowed' as const),
          names: fc.array(name, { minLength: 2, maxLength: 3 }),
          isRequired: fc.boolean(),
        }),
      ),
      output: fc.oneof(
        fc.record({ kind: fc.constantFrom('text' as const, 'json' as const) }),
        fc.record({
          kind: fc.constant('schema' as const),
          schema,
          isStrict: fc.constant('possible' as const),
        }),
      ),
      sampling: fc.record({
        temperature: fc.double({ min: 0, max: 2, noNaN: true }).map(Math.abs),
        topP: fc.constant(0.5),
        topK: fc.integer({ min: 1, max: 100 }),
        seed: fc.integer(),
        frequencyPenalty: fc.constant(-1.5),
        presencePenalty: fc.constant(1.5),
      }),
      maxOutputTokens: fc.integer({ min: 1, max: 100_000 }),
      stop: fc.array(text, { minLength: 1, maxLength: 5 }),
      reasoning: fc.oneof(
        fc.record({
          effort: fc.constantFrom('low' as const, 'medium' as const, 'high' as const),
          summary: fc.constantFrom('auto' as const, 'none' as const),
        }),
        fc.record({
          budgetTokens: fc.oneof(fc.integer({ min: 128, max: 24_000 }), fc.constant('dynamic' as const)),
        }),
      ),
      count: fc.integer({ min: 1, max: 8 }),
      logprobs: fc.record({ top: fc.nat(20) }),
      modalities: fc.constantFrom(['text' as const], ['text' as const, 'image' as const]),
      speech: fc.record({ voice: name }),
      serviceTier: fc.constantFrom('default', 'flex', 'priority'),
    },
    { requiredKeys: ['model', 'isStreaming', 'system', 'conversation', 'last'] },
  )
  .map(({ conversation, last, ...rest }) =>
    accepted({ ...rest, turns: [...conversation.flatMap(turnsOf), last] }, false),
  )

type Exchange = typeof exchange extends fc.Arbitrary<infer T> ? T : never

function turnsOf([asked, { thought, said, calls }]: [Turn, Exchange], turn: number): Turn[] {
  const made = calls.map(([each, signature], index) => ({
    ...each,
    id: `c_${turn}_${index}`,
    ...(signature && { signature }),
  }))
  const responses: AssistantTurn = {
    role: 'assistant',
    blocks: [...(thought ? [thought] : []), ...(said ? [said] : []), ...made],
  }
  if (made.length === 0) return [asked, responses]
  const blocks = calls.map(([each, _proof, result, isError, pictures], index) => ({
    kind: 'tool-result' as const,
    callId: `c_${turn}_${index}`,
    name: each.name,
    blocks: [{ kind: 'text' as const, text: result }, ...pictures],
    ...(isError ? { isError } : {}),
  }))
  return [asked, responses, { role: 'tool', blocks }]
}

const contextOf = (model: string, notes = notesOf(codec, codec)): EncodeContext => ({
  notes,
  departures: { usageInStream: true, unbilledErrors: 'none' },
  target: { model },
})

test('a Gemini request survives encoding and decoding without loss', () => {
  fc.assert(
    fc.property(request, (asked) => {
      const context = contextOf(asked.model)
      const { body, path } = codec.encodeRequest(asked, context)
      const again = codec.decodeRequest(
        { path, body, headers: [], isStreaming: asked.isStreaming },
        context.notes,
      )
      expect(again.request).toEqual(asked)
      expect(context.notes.losses).toEqual([])
    }),
    { numRuns: 300 },
  )
})

const bare = (more: Partial<GenerateRequest>): GenerateRequest => ({
  model: 'm',
  isStreaming: false,
  system: [],
  turns: [{ role: 'user', blocks: [{ kind: 'text', text: 'Hi' }] }],
  ...more,
})

test.each<[string, GenerateRequest['reasoning'], object | undefined, string[]]>([
  ['gemini-2.5-flash', { effort: 'none' }, { thinkingBudget: 0 }, []],
  [
    'gemini-2.5-pro',
    { effort: 'none' },
    { thinkingBudget: 128 },
    ['generationConfig.thinkingConfig.thinkingLevel'],
  ],
  [
    'gemini-2.5-flash',
    { effort: 'medium', summary: 'detailed' },
    { thinkingBudget: 8192, includeThoughts: true },
    [],
  ],
  [
    'gemini-2.5-flash-lite',
    { budgetTokens: 5 },
    { thinkingBudget: 512 },
    ['generationConfig.thinkingConfig.thinkingBudget'],
  ],
  ['gemini-3-flash-preview', { effort: 'minimal' }, { thinkingLevel: 'MINIMAL' }, []],
  [
    'gemini-3.8-flash',
    { effort: 'minimal' },
    { thinkingLevel: 'LOW' },
    ['generationConfig.thinkingConfig.thinkingLevel'],
  ],
  [
    'gemini-3-pro-preview',
    { effort: 'none' },
    { thinkingLevel: 'LOW' },
    ['generationConfig.thinkingConfig.thinkingLevel'],
  ],
  [
    'gemini-3-pro-preview',
    { effort: 'medium' },
    { thinkingLevel: 'HIGH' },
    ['generationConfig.thinkingConfig.thinkingLevel'],
  ],
  ['gemini-3.1-pro-preview', { effort: 'medium' }, { thinkingLevel: 'MEDIUM' }, []],
  [
    'gemini-3-pro-preview',
    { effort: 'max' },
    { thinkingLevel: 'HIGH' },
    ['generationConfig.thinkingConfig.thinkingLevel'],
  ],
  [
    'gemini-3-pro-preview',
    { budgetTokens: 0 },
    { thinkingLevel: 'LOW' },
    ['generationConfig.thinkingConfig.thinkingBudget'],
  ],
  ['gemini-2.0-flash', { effort: 'high' }, undefined, ['generationConfig.thinkingConfig.thinkingLevel']],
])('%s is asked to think %j as %j', (model, reasoning, thinkingConfig, losses) => {
  const context = contextOf(model)
  const { body } = codec.encodeRequest(bare({ model, ...(reasoning && { reasoning }) }), context)
  expect(JSON.parse(body).generationConfig?.thinkingConfig).toEqual(thinkingConfig)
  expect(context.notes.losses.map(({ field }) => field)).toEqual(losses)
})

test('a picture in a Gemini function result is placed next to the results for models that accept none inside', () => {
  const picture = {
    kind: 'media',
    media: 'image',
    mediaType: 'image/png',
    source: { kind: 'data', base64: 'AAAA' },
  } as const
  const turns: Turn[] = [
    { role: 'user', blocks: [{ kind: 'text', text: 'Look' }] },
    {
      role: 'assistant',
      blocks: [{ kind: 'tool-call', id: 'a', name: 'see', tool: 'function', input: '{}' }],
    },
    { role: 'tool', blocks: [{ kind: 'tool-result', callId: 'a', blocks: [picture] }] },
  ]
  const partsFor = (model: string) =>
    JSON.parse(codec.encodeRequest(bare({ model, turns }), contextOf(model)).body).contents[2].parts
  const inlineData = { mimeType: 'image/png', data: 'AAAA' }
  expect(partsFor('gemini-3-pro-preview')).toEqual([
    { functionResponse: { id: 'a', name: 'see', response: {}, parts: [{ inlineData }] } },
  ])
  expect(partsFor('gemini-2.5-flash')).toEqual([
    { functionResponse: { id: 'a', name: 'see', response: {} } },
    { text: 'What "see" (a) gave beside its text:' },
    { inlineData },
  ])
})

test('Google’s own schema format is JSON Schema for other vendors', () => {
  const parameters = {
    type: 'OBJECT',
    properties: {
      type: { type: 'STRING', format: 'enum', enum: ['a'], nullable: true },
      list: { type: 'ARRAY', items: { type: 'NUMBER' }, minItems: '2', maxItems: 'many' },
    },
    required: ['type'],
  }
  const body = JSON.stringify({
    contents: [{ parts: [{ text: 'x' }] }],
    tools: [{ function_declarations: [{ name: 'f', parameters }] }],
  })
  const { request: read } = codec.decodeRequest(
    { path: '/v1beta/models/m:generateContent', body, headers: [], isStreaming: false },
    notesOf(codec),
  )
  expect(read.tools).toEqual([
    {
      kind: 'function',
      name: 'f',
      parameters: {
        type: 'object',
        properties: {
          type: { type: ['string', 'null'], enum: ['a', null] },
          list: { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 'many' },
        },
        required: ['type'],
      },
    },
  ])
})

test('another vendor’s signature passes through Google’s client and comes back to that vendor', async () => {
  const signature = { dialect: 'anthropic-messages', value: { type: 'thinking', signature: 'c2ln' } } as const
  const events: ResponseEvent[] = [
    { kind: 'start' },
    { kind: 'reasoning-start', choice: 0, id: 'r' },
    { kind: 'reasoning-delta', choice: 0, id: 'r', text: 'Well, ' },
    { kind: 'reasoning-delta', choice: 0, id: 'r', text: 'yes.' },
    { kind: 'reasoning-end', choice: 0, id: 'r', signature },
    { kind: 'finish', choice: 0, finish: { unified: 'stop', raw: 'end_turn' } },
    { kind: 'end' },
  ]
  const path = '/v1beta/models/m:streamGenerateContent'
  const decode = (body: string) =>
    codec.decodeRequest({ path, body, headers: [], isStreaming: true }, notesOf(codec, anthropic))
  const writing = codec.encoder(decode('{"contents":[]}').responseSeed, replyContext())
  const stream = events.map((event) => writing.write(event)).join('')
  // Google's SDK keeps the parts of all chunks as they arrived.
  const parts = [...stream.matchAll(/^data: (.*)$/gm)].flatMap(
    ([, data = '']) => JSON.parse(data).candidates[0].content.parts,
  )
  const { request: next } = decode(
    JSON.stringify({
      contents: [
        { role: 'model', parts },
        { role: 'user', parts: [{ text: 'And?' }] },
      ],
    }),
  )
  expect(next.turns[0]?.blocks).toEqual([
    { kind: 'reasoning', text: 'Well, yes.', isSummary: true, signature },
  ])
})

test.each(['stream', 'whole'] as const)(
  'positions of citations survive in a Gemini response with several texts, as a %s',
  async (form) => {
    const url = (path: string) => ({ kind: 'url', url: `https://example.com/${path}` }) as const
    const cite = (block: string, path: string, start: number, end: number): ResponseEvent => ({
      kind: 'citation',
      choice: 0,
      block,
      citation: { source: url(path), title: path, span: { start, end } },
    })
    const events: ResponseEvent[] = [
      { kind: 'start' },
      { kind: 'text-start', choice: 0, id: '0-0' },
      { kind: 'text-delta', choice: 0, id: '0-0', text: 'Grüße, 🏔!' },
      cite('0-0', 'a', 7, 9),
      { kind: 'text-end', choice: 0, id: '0-0' },
      { kind: 'tool-call-start', choice: 0, id: '0-1', callId: 'c', name: 'f', tool: 'function' },
      { kind: 'tool-call-end', choice: 0, id: '0-1' },
      { kind: 'text-start', choice: 0, id: '0-2' },
      { kind: 'text-delta', choice: 0, id: '0-2', text: 'Öfter.' },
      cite('0-2', 'b', 1, 5),
      { kind: 'text-end', choice: 0, id: '0-2' },
      { kind: 'finish', choice: 0, finish: { unified: 'stop', raw: 'STOP' } },
      { kind: 'end' },
    ]
    const call = {
      path: '/v1beta/models/m:generateContent',
      body: '{"contents":[]}',
      headers: [],
      isStreaming: form === 'stream',
    }
    const writing = codec.encoder(codec.decodeRequest(call, notesOf(codec)).responseSeed, replyContext())
    const bytes = events.map((event) => writing.write(event)).join('')
    const again = await readAll(
      codec.decodeResponse(form === 'stream' ? streamOf([bytes]) : wholeOf(bytes), replyContext()),
    )
    const cited = (list: readonly ResponseEvent[]) => list.filter(({ kind }) => kind === 'citation')
    expect(cited(again)).toEqual(cited(events))
  },
)

const responses = fc.record({
  blocks: fc.array(
    fc.oneof(
      fc.record({
        kind: fc.constantFrom('text' as const, 'reasoning' as const),
        parts: fc.array(text, { minLength: 1, maxLength: 3 }),
        signature: proof,
      }),
      fc.record({
        kind: fc.constant('tool-call' as const),
        parts: input.map((source) => [source]),
        signature: proof,
        name,
      }),
    ),
    { maxLength: 4 },
  ),
  finish: fc.constantFrom(
    { unified: 'length', raw: 'MAX_TOKENS' } as const,
    { unified: 'content-filter', raw: 'SAFETY' } as const,
  ),
  usage: fc
    .record({ inputTokens: fc.nat(9999), answered: fc.nat(9999), reasoningTokens: fc.nat(9999) })
    .map(({ inputTokens, answered: said, reasoningTokens }) => ({
      inputTokens,
      outputTokens: said + reasoningTokens,
      cacheReadTokens: Math.floor(inputTokens / 2),
      reasoningTokens,
    })),
})

function eventsOf({
  blocks,
  finish,
  usage,
}: typeof responses extends fc.Arbitrary<infer T> ? T : never): ResponseEvent[] {
  const events = blocks.flatMap((block, index): ResponseEvent[] => {
    const at = { choice: 0, id: `0-${index}` }
    const { kind, signature } = block
    const deltas = block.parts.map((part): ResponseEvent => ({ kind: `${kind}-delta`, ...at, text: part }))
    if (kind === 'tool-call') {
      return [
        { kind: 'tool-call-start', ...at, callId: `call_${index}`, name: block.name, tool: 'function' },
        ...deltas,
        { kind: 'tool-call-end', ...at, signature },
      ]
    }
    const begin: ResponseEvent =
      kind === 'text' ? { kind: 'text-start', ...at } : { kind: 'reasoning-start', ...at, isSummary: true }
    return [begin, ...deltas, { kind: `${kind}-end`, ...at, signature }]
  })
  return [
    { kind: 'start', id: 'resp', model: 'm' },
    ...events,
    { kind: 'usage', usage },
    { kind: 'finish', choice: 0, finish },
    { kind: 'end' },
  ]
}

describe.each(['stream', 'whole'] as const)('an answer as a %s', (form) => {
  test('a Gemini response survives encoding and decoding, cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(responses, fc.nat(), async (said, cut) => {
        const events = eventsOf(said)
        const path = '/v1beta/models/m:generateContent'
        const { responseSeed } = codec.decodeRequest(
          { path, body: '{"contents":[]}', headers: [], isStreaming: form === 'stream' },
          notesOf(codec),
        )
        const writing = codec.encoder(responseSeed, replyContext())
        const bytes = Buffer.from(events.map((event) => writing.write(event)).join(''))
        const at = cut % bytes.length
        const response =
          form === 'stream' ? streamOf([bytes.subarray(0, at), bytes.subarray(at)]) : wholeOf(bytes)
        const again = await readAll(codec.decodeResponse(response, replyContext()))
        expect(blocksOf(again, form)).toEqual(blocksOf(events, form))
      }),
      { numRuns: 200 },
    )
  })
})
