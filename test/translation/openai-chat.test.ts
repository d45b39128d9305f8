// Whatever both sides can express survives: a canonical request or response, written in OpenAI's chat dialect
// and decoded again, is unchanged.

import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Finish } from '../../src/contract/usage.ts'
import type {
  AssistantTurn,
  GenerateRequest,
  ResponseEvent,
  Turn,
} from '../../src/traffic/llm/canonical/index.ts'
import { codec } from '../../src/traffic/llm/dialects/openai-chat/index.ts'
import { accepted, blocksOf, notesOf, readAll, replyContext, streamOf, wholeOf } from './kit.ts'

const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const text = fc.string({ minLength: 1, unit: 'binary' })
const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,12}$/)
const json = fc.json({ maxDepth: 2 }).map((source) => JSON.parse(source))
const schema = fc.dictionary(name, json, { maxKeys: 3 })
/** Vendors require arguments to be an object. */
const parameters = schema.map((members) => ({ ...members, type: 'object' }))
const textBlock = text.map((said) => ({ kind: 'text', text: said }) as const)
const base64 = fc.base64String({ minLength: 4 })

const image = fc.record(
  {
    kind: fc.constant('media' as const),
    media: fc.constant('image' as const),
    source: fc.record({ kind: fc.constant('url' as const), url: fc.webUrl() }),
    detail: fc.constantFrom('low', 'high', 'auto'),
  },
  { requiredKeys: ['kind', 'media', 'source'] },
)
const inline = fc.record({
  kind: fc.constant('media' as const),
  media: fc.constantFrom('image' as const, 'audio' as const),
  source: fc.record({ kind: fc.constant('data' as const), base64 }),
})
const withType = inline.map((block) => ({
  ...block,
  mediaType: block.media === 'audio' ? 'audio/wav' : 'image/png',
}))
const file = fc
  .record({
    kind: fc.constant('media' as const),
    media: fc.constant('file' as const),
    source: fc.oneof(
      fc
        .record({ kind: fc.constant('data' as const), base64 })
        .map((source) => ({ source, mediaType: 'application/pdf' })),
      fc
        .record({ kind: fc.constant('id' as const), dialect: fc.constant('openai-chat' as const), id: name })
        .map((source) => ({ source })),
    ),
    name,
  })
  .map(({ source, name: known, ...rest }) => ({
    ...rest,
    ...source,
    ...('mediaType' in source ? { name: `${known}.pdf` } : {}),
  }))

const user = fc.record({
  role: fc.constant('user' as const),
  blocks: fc.array(fc.oneof(textBlock, image, withType, file), { minLength: 1, maxLength: 4 }),
})

const call = fc.record({
  name,
  input: schema.map((value) => JSON.stringify(value)),
  tool: fc.constant('function' as const),
})
const exchange = fc
  .record({
    reasoning: some(text),
    said: fc.array(textBlock, { maxLength: 2 }),
    calls: fc.array(call, { maxLength: 3 }),
    results: fc.array(text, { minLength: 3, maxLength: 3 }),
  })
  .filter(({ reasoning, said, calls }) => reasoning !== undefined || said.length > 0 || calls.length > 0)

const request: fc.Arbitrary<GenerateRequest> = fc
  .record(
    {
      // OpenAI's own model names accept less
      model: name.map((one) => `my-${one}`),
      isStreaming: fc.boolean(),
      system: fc.array(
        fc.record({
          role: fc.constantFrom('system' as const, 'developer' as const),
          blocks: fc.array(textBlock, { minLength: 1, maxLength: 2 }),
        }),
        {
          maxLength: 2,
        },
      ),
      conversation: fc.array(fc.tuple(user, exchange), { minLength: 1, maxLength: 3 }),
      last: user,
      tools: fc.uniqueArray(
        fc.record(
          {
            kind: fc.constant('function' as const),
            name,
            description: text,
            parameters,
            isStrict: fc.boolean(),
          },
          { requiredKeys: ['kind', 'name'] },
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
        fc.record({ kind: fc.constant('schema' as const), schema, name, isStrict: fc.boolean() }),
      ),
      sampling: fc.record({
        temperature: fc.double({ min: 0, max: 2, noNaN: true }).map(Math.abs),
        topP: fc.constant(0.5),
        seed: fc.integer(),
        frequencyPenalty: fc.constant(-1.5),
      }),
      maxOutputTokens: fc.integer({ min: 1, max: 100_000 }),
      stop: fc.array(text, { minLength: 1, maxLength: 4 }),
      reasoning: fc.record({
        effort: fc.constantFrom('none' as const, 'minimal' as const, 'low' as const, 'high' as const),
      }),
      verbosity: fc.constantFrom('low' as const, 'high' as const),
      count: fc.integer({ min: 1, max: 5 }),
      logprobs: fc.record({ top: fc.nat(20) }),
      serviceTier: fc.constantFrom('auto', 'flex'),
      user: name,
      metadata: fc.dictionary(name, text, { maxKeys: 3 }),
      cacheKey: name,
      store: fc.boolean(),
    },
    { requiredKeys: ['model', 'isStreaming', 'system', 'conversation', 'last'] },
  )
  .map(({ conversation, last, ...rest }) =>
    accepted({ ...rest, turns: [...conversation.flatMap(turnsOf), last] }),
  )

function turnsOf(
  [asked, { reasoning, said, calls, results }]: [
    Turn,
    {
      reasoning?: string | undefined
      said: readonly { kind: 'text'; text: string }[]
      calls: readonly { name: string; input: string; tool: 'function' }[]
      results: readonly string[]
    },
  ],
  turn: number,
): Turn[] {
  const made = calls.map(
    (each, index) => ({ kind: 'tool-call', id: `call_${turn}_${index}`, ...each }) as const,
  )
  const responses: AssistantTurn = {
    role: 'assistant',
    blocks: [
      ...(reasoning === undefined ? [] : [{ kind: 'reasoning', text: reasoning } as const]),
      ...said,
      ...made,
    ],
  }
  if (made.length === 0) return [asked, responses]
  const blocks = made.map(
    ({ id, name: tool }, index) =>
      ({
        kind: 'tool-result',
        callId: id,
        name: tool,
        blocks: [{ kind: 'text', text: results[index] ?? '' }],
      }) as const,
  )
  return [asked, responses, { role: 'tool', blocks }]
}

test('a chat request survives encoding and decoding without loss', () => {
  fc.assert(
    fc.property(request, (asked) => {
      const notes = notesOf()
      const { body, path } = codec.encodeRequest(asked, {
        notes,
        departures: { usageInStream: true, unbilledErrors: 'none' },
        target: { model: asked.model },
      })
      const again = codec.decodeRequest({ path, body, headers: [], isStreaming: asked.isStreaming }, notes)
      expect(again.request).toEqual(asked)
      expect(notes.losses).toEqual([])
    }),
    { numRuns: 300 },
  )
})

const finish: fc.Arbitrary<Finish> = fc.constantFrom(
  { unified: 'stop', raw: 'stop' } as const,
  { unified: 'length', raw: 'length' } as const,
  { unified: 'tool-calls', raw: 'tool_calls' } as const,
  { unified: 'content-filter', raw: 'content_filter' } as const,
)
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
/**
 * The dialect separates blocks of a kind only by the blocks between them; a whole response does not even do
 * that.
 */
const responses = fc.record({
  blocks: fc.uniqueArray(fc.oneof(spoken, called), {
    selector: (block) => (block.kind === 'tool' ? block : block.kind),
    maxLength: 4,
  }),
  finish,
  usage: fc.record({
    inputTokens: fc.nat(),
    outputTokens: fc.nat(),
    cacheReadTokens: fc.constant(0),
    reasoningTokens: fc.constant(0),
    inputAudioTokens: fc.constant(0),
    outputAudioTokens: fc.constant(0),
  }),
})

function eventsOf({
  blocks,
  finish: end,
  usage,
}: typeof responses extends fc.Arbitrary<infer T> ? T : never): ResponseEvent[] {
  const events: ResponseEvent[] = [{ kind: 'start', id: 'chatcmpl-1', model: 'm', createdAt: 7 }]
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
    events.push({ kind: `${block.kind}-start`, ...at })
    for (const part of block.parts) events.push({ kind: `${block.kind}-delta`, ...at, text: part })
    events.push({ kind: `${block.kind}-end`, ...at })
  })
  return [...events, { kind: 'finish', choice: 0, finish: end }, { kind: 'usage', usage }, { kind: 'end' }]
}

describe.each(['stream', 'whole'] as const)('an answer as a %s', (form) => {
  test('a chat response survives encoding and decoding, cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(responses, fc.nat(), async (said, cut) => {
        const events = eventsOf(said)
        const body = JSON.stringify({
          model: 'm',
          messages: [{ role: 'user', content: 'x' }],
          stream: form === 'stream',
          stream_options: { include_usage: true },
        })
        const { responseSeed } = codec.decodeRequest(
          { path: '', body, headers: [], isStreaming: form === 'stream' },
          notesOf(),
        )
        const writing = codec.encoder(responseSeed, replyContext())
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
