// The Anthropic codec alone: requests and responses in both directions, losses and refusals, and invalid
// input.

import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { GatewayError } from '../../src/contract/errors.ts'
import type { GenerateRequest, ResponseEvent, Turn } from '../../src/traffic/llm/canonical/index.ts'
import { LossNotes } from '../../src/traffic/llm/losses/index.ts'
import { codec } from '../../src/traffic/llm/dialects/anthropic-messages/index.ts'
import { sealProof } from '../../src/traffic/llm/wire/sealed-proof.ts'
import { answer } from '../chunking/answer.ts'

const dialect = 'anthropic-messages'
const newNotes = () =>
  new LossNotes({ front: codec.table, back: codec.table, backDialect: dialect, target: 'claude/model' })
const lostBy = (notes: LossNotes) => notes.losses.map(({ field }) => field)

function decode(body: object | string, notes = newNotes()): GenerateRequest {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return codec.decodeRequest({ path: '/v1/messages', body: text, headers: [], isStreaming: false }, notes)
    .request
}

// biome-ignore lint/suspicious/noExplicitAny: bodies of any shape
function encode(request: GenerateRequest, notes = newNotes(), maxOutputTokens?: number): any {
  const target = { model: request.model, ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }) }
  const encoded = codec.encodeRequest(request, {
    notes,
    departures: { usageInStream: true, unbilledErrors: 'none' },
    target,
  })
  expect(encoded.path).toBe('/v1/messages')
  return JSON.parse(encoded.body)
}

const asked = (more: object = {}) => ({
  model: 'claude-sonnet-4-5',
  max_tokens: 5000,
  messages: [{ role: 'user', content: 'Hi' }],
  ...more,
})
const plain = (more: Partial<GenerateRequest> = {}): GenerateRequest => ({
  model: 'claude-sonnet-4-5',
  isStreaming: false,
  system: [],
  turns: [{ role: 'user', blocks: [{ kind: 'text', text: 'Hi' }] }],
  maxOutputTokens: 5000,
  ...more,
})

const native = (value: string) => ({ dialect, value }) as const

/** A conversation with every feature, and its meaning. */
const rich = {
  body: asked({
    system: [{ type: 'text', text: 'Be kind.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw==' } },
          { type: 'image', source: { type: 'url', url: 'https://pictures.example/a.png' } },
          {
            type: 'document',
            source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
            title: 'Rules',
            context: 'Old ones',
            citations: { enabled: true },
          },
          { type: 'document', source: { type: 'file', file_id: 'file_1' } },
          { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Plain.' } },
          {
            type: 'search_result',
            source: 'https://a.example',
            title: 'A',
            content: [{ type: 'text', text: 'b' }],
          },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
          { type: 'redacted_thinking', data: 'RW1w' },
          { type: 'text', text: 'I see.' },
          {
            type: 'tool_use',
            id: 'toolu_1',
            name: 'find',
            input: { what: 'café', __proto__x: [1, { deep: null }] },
          },
          { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'q' } },
        ],
      },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 'toolu_1',
            content: [
              { type: 'text', text: 'Here' },
              { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: '/9j/' } },
            ],
            is_error: true,
          },
          { type: 'text', text: 'And?', cache_control: { type: 'ephemeral' } },
        ],
      },
    ],
    tools: [
      {
        name: 'find',
        description: 'Finds',
        input_schema: {
          type: 'object',
          properties: { what: { type: 'string' } },
          additionalProperties: false,
        },
        strict: true,
      },
      { type: 'web_search_20250305', name: 'web_search', max_uses: 2 },
    ],
    tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    thinking: { type: 'enabled', budget_tokens: 2048 },
    output_config: {
      format: { type: 'json_schema', schema: { type: 'object', additionalProperties: false } },
    },
    stop_sequences: ['END'],
    metadata: { user_id: 'u1' },
    service_tier: 'standard_only',
  }),
}

describe('a request', () => {
  test('an Anthropic request with every feature is decoded with its meaning', () => {
    const notes = newNotes()
    const request = decode(rich.body, notes)
    expect(lostBy(notes)).toEqual([])
    expect(request).toMatchObject({
      system: [{ role: 'system', blocks: [{ kind: 'text', text: 'Be kind.', cache: { ttl: '1h' } }] }],
      parallelToolCalls: false,
      toolChoice: { kind: 'auto' },
      reasoning: { budgetTokens: 2048 },
      output: { kind: 'schema', isStrict: 'possible' },
      stop: ['END'],
      user: 'u1',
      serviceTier: 'default',
    })
    expect(request.turns.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'user'])
    const [user, assistant, tool] = request.turns
    expect(user?.blocks.map(({ kind }) => kind)).toEqual([
      'text',
      'media',
      'media',
      'media',
      'media',
      'media',
      'native',
    ])
    expect(assistant?.blocks).toMatchObject([
      { kind: 'reasoning', text: 'Hm.', signature: native('c2ln') },
      { kind: 'reasoning', signature: { value: { type: 'redacted_thinking', data: 'RW1w' } } },
      { kind: 'text' },
      { kind: 'tool-call', id: 'toolu_1', input: '{"what":"café","__proto__x":[1,{"deep":null}]}' },
      { kind: 'native' },
    ])
    expect(tool?.blocks).toMatchObject([
      {
        callId: 'toolu_1',
        name: 'find',
        isError: true,
        blocks: [{ kind: 'text' }, { kind: 'media', media: 'image' }],
      },
    ])
  })

  test('an Anthropic request is encoded as it was decoded', () => {
    const notes = newNotes()
    expect(encode(decode(rich.body, notes), notes)).toEqual(rich.body)
    expect(lostBy(notes)).toEqual([])
  })

  test('an Anthropic request that both sides can express survives a round trip, with any content', () => {
    fc.assert(
      fc.property(requests, (request) => {
        // if there are more marks, the first ones are left out
        fc.pre((JSON.stringify(request).match(/"cache":\{/g) ?? []).length <= 4)
        const notes = newNotes()
        expect(decode(encode(request, notes), notes)).toEqual(request)
        expect(lostBy(notes)).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  test('an Anthropic request gets the output limit that it requires: the caller’s, the target’s, or a small default', () => {
    const { maxOutputTokens: _none, ...open } = plain()
    expect(encode(plain()).max_tokens).toBe(5000)
    expect(encode(open, newNotes(), 64_000).max_tokens).toBe(64_000)
    expect(encode(open).max_tokens).toBe(4096)
  })

  test.each<[string, Partial<GenerateRequest>, object, string[]]>([
    [
      'claude-sonnet-4-5',
      { reasoning: { effort: 'low' } },
      { thinking: { type: 'enabled', budget_tokens: 1024 } },
      [],
    ],
    [
      'claude-sonnet-4-5',
      { reasoning: { effort: 'high' } },
      { thinking: { type: 'enabled', budget_tokens: 3750 } },
      [],
    ],
    ['claude-sonnet-4-5', { reasoning: { effort: 'none' } }, { thinking: { type: 'disabled' } }, []],
    [
      'claude-sonnet-4-5',
      { reasoning: { effort: 'low' }, maxOutputTokens: 1000 },
      {},
      ['output_config.effort'],
    ],
    [
      'claude-sonnet-4-5',
      { reasoning: { effort: 'low' }, sampling: { temperature: 0.2 } },
      { thinking: {} },
      ['temperature'],
    ],
    [
      'claude-opus-4-6',
      { reasoning: { effort: 'xhigh' } },
      { thinking: { type: 'adaptive' }, output_config: { effort: 'xhigh' } },
      [],
    ],
    [
      'claude-opus-4-6',
      { reasoning: { budgetTokens: 9000 } },
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
      ['thinking.budget_tokens'],
    ],
    ['claude-opus-4-6', { sampling: { temperature: 0.2 } }, { temperature: 0.2 }, []],
    [
      'claude-opus-4-8',
      { sampling: { temperature: 0.2, topP: 0.5, topK: 3 } },
      {},
      ['temperature', 'top_p', 'top_k'],
    ],
    [
      'claude-opus-5-20260101',
      { reasoning: { effort: 'minimal' } },
      { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } },
      [],
    ],
    [
      'claude-3-5-haiku-20241022',
      { sampling: { temperature: 1.7, topP: 0.9 } },
      { temperature: 1 },
      ['temperature', 'top_p'],
    ],
    [
      'claude-opus-4-5',
      { reasoning: { budgetTokens: 2000, effort: 'high' } },
      { thinking: { budget_tokens: 2000 } },
      ['output_config.effort'],
    ],
    ['claude-3-5-haiku-20241022', { reasoning: { effort: 'high' } }, {}, ['output_config.effort']],
    ['claude-3-haiku-20240307', { reasoning: { effort: 'none' } }, {}, []],
    ['claude-opus-4-6', { reasoning: { effort: 'none' } }, {}, []],
    ['claude-haiku-5-5', { reasoning: { effort: 'none' } }, { thinking: { type: 'disabled' } }, []],
    [
      'claude-opus-5-5',
      { reasoning: { budgetTokens: 0 } },
      { output_config: { effort: 'low' } },
      ['output_config.effort'],
    ],
    ['claude-opus-4-6', { reasoning: { summary: 'auto' } }, {}, ['thinking.display']],
    [
      'claude-opus-4-6',
      { reasoning: { effort: 'low', summary: 'none' } },
      { thinking: { type: 'adaptive', display: 'omitted' }, output_config: {} },
      [],
    ],
    [
      'kimi-k2',
      { reasoning: { budgetTokens: 'dynamic' }, maxOutputTokens: 100_000 },
      { thinking: { type: 'enabled', budget_tokens: 8192 } },
      [],
    ],
  ])('thinks and samples as %s can: %p', (model, more, body, losses) => {
    const notes = newNotes()
    const {
      messages: _messages,
      max_tokens: _limit,
      model: _model,
      ...rest
    } = encode(plain({ ...more, model }), notes)
    expect(rest).toMatchObject(body)
    expect(Object.keys(rest)).toEqual(Object.keys(body))
    expect(lostBy(notes)).toEqual(losses)
  })

  test('an Anthropic request disables thinking in the middle of calls that another vendor reasoned about', () => {
    const turns: Turn[] = [
      {
        role: 'assistant',
        blocks: [{ kind: 'tool-call', id: 'call:1', name: 'find', tool: 'function', input: '' }],
      },
      { role: 'tool', blocks: [{ kind: 'tool-result', callId: 'call:1', blocks: [] }] },
    ]
    const notes = newNotes()
    const body = encode(plain({ turns, reasoning: { effort: 'high' } }), notes)
    expect(body.thinking).toBeUndefined()
    expect(lostBy(notes)).toEqual(['messages[].role', 'output_config.effort'])
    // ids of other vendors in Anthropic's characters, and calls without arguments
    expect(body.messages.slice(1)).toEqual([
      { role: 'assistant', content: [{ type: 'tool_use', id: 'call_3a1', name: 'find', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_3a1' }] },
    ])
  })

  test('an Anthropic request reports what it leaves out', () => {
    const notes = newNotes()
    const body = encode(
      plain({
        turns: [
          {
            role: 'user',
            blocks: [
              { kind: 'text', text: '' },
              { kind: 'text', text: 'Hi' },
            ],
            name: 'ann',
          },
          { role: 'developer', blocks: [{ kind: 'text', text: 'Be brief.' }] },
          {
            role: 'assistant',
            blocks: [
              { kind: 'reasoning', text: 'unsigned' },
              { kind: 'refusal', text: 'No.' },
            ],
          },
        ],
        sampling: { seed: 1 },
        serviceTier: 'flex',
        store: false,
      }),
      notes,
    )
    expect(body).toMatchObject({
      system: 'Be brief.',
      messages: [{ content: [{ text: 'Hi' }] }, { content: [{ text: 'No.' }] }],
    })
    expect(lostBy(notes).sort()).toEqual([
      'developer',
      'messages[].content[].thinking',
      'messages[].role',
      'participant-name',
      'refusal',
      'seed',
      'service_tier',
      'store',
    ])
  })

  test.each<[Partial<GenerateRequest>, string]>([
    [{ count: 2 }, 'count'],
    [{ logprobs: { top: 1 } }, 'logprobs'],
    [{ output: { kind: 'json' } }, 'json-output'],
    [{ sampling: { logitBias: { '1': 5 } } }, 'logit-bias'],
    [{ tools: [{ kind: 'native', name: 'x', native: { dialect: 'gemini', value: {} } }] }, 'tools[]'],
    [
      {
        turns: [
          {
            role: 'user',
            blocks: [
              {
                kind: 'media',
                media: 'audio',
                source: { kind: 'data', base64: 'AA==' },
                mediaType: 'audio/wav',
              },
            ],
          },
        ],
      },
      'audio',
    ],
    [
      {
        turns: [
          {
            role: 'user',
            blocks: [
              {
                kind: 'media',
                media: 'file',
                source: { kind: 'data', base64: 'AA==' },
                mediaType: 'application/msword',
              },
            ],
          },
        ],
      },
      'messages[].content[].source',
    ],
  ])('is refused where its meaning would be lost: %p', (more, param) => {
    expect(refusalOf(() => encode(plain(more)))).toEqual(['unsupported', param])
  })

  test.each<[object | string, string | undefined]>([
    [asked({ messages: [{ role: 'user', content: 5 }] }), 'messages[0].content'],
    [asked({ messages: [{ role: 'robot', content: 'Hi' }] }), 'messages[0].role'],
    [asked({ messages: [{ role: 'user', content: [{ text: 'Hi' }] }] }), 'messages[0].content[0].type'],
    [
      asked({ messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_9' }] }] }),
      'messages[0].content[0].tool_use_id',
    ],
    [
      asked({
        messages: [
          {
            role: 'assistant',
            content: [0, 1].map(() => ({ type: 'tool_use', id: 't', name: 'f', input: {} })),
          },
        ],
      }),
      'messages[0].content[1].id',
    ],
    [
      asked({ messages: [{ role: 'user', content: [{ type: 'tool_use', id: 't', name: 'f', input: {} }] }] }),
      'messages[0]',
    ],
    [
      asked({
        messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'base64', data: 'AA==' } }] }],
      }),
      'messages[0].content[0].source.media_type',
    ],
    [asked({ thinking: { type: 'enabled' } }), 'thinking.budget_tokens'],
    [asked({ tool_choice: { type: 'tool' } }), 'tool_choice.name'],
    [asked({ tools: [{ input_schema: {} }] }), 'tools[0].name'],
    [JSON.stringify(asked({ temperature: 7 })).replace(':7', ':1e999'), 'temperature'],
    ['{"model":"m","messages":[],"system":{"__proto__":1}}', 'system'],
    ['[]', undefined],
  ])('that nobody should send is named: %p', (body, param) => {
    expect(refusalOf(() => decode(body))).toEqual(['bad-request', param])
  })

  test('an Anthropic request keeps lone surrogates and keys named __proto__', () => {
    const body =
      '{"model":"m","messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{"__proto__":"\\ud800"}}]}]}'
    const { messages } = encode(decode(body))
    expect(JSON.stringify(messages[1].content[0].input)).toBe('{"__proto__":"\\ud800"}')
  })

  test.each(['{"a":', '[1]', '5', 'find it'])(
    'an Anthropic request wraps the arguments %p, which are not a JSON object, in one',
    (input) => {
      const turns: Turn[] = [
        {
          role: 'assistant',
          blocks: [{ kind: 'tool-call', id: 'a', name: 'find', tool: 'function', input }],
        },
      ]
      expect(encode(plain({ turns })).messages[1].content[0].input).toEqual({ INVALID_JSON: input })
    },
  )

  test.each(['inference_geo', 'container', 'mcp_servers'])('with "%s" is refused elsewhere', (name) => {
    expect(refusalOf(() => decode(asked({ [name]: 'x' })))).toEqual(['unsupported', name])
  })

  test('an Anthropic request reports lost unknown members by name', () => {
    const notes = newNotes()
    decode(
      asked({
        brand_new: 1,
        user_profile_id: 'x',
        context_management: {},
        'odd key': 1,
        tools: [{ name: 'f', input_schema: {}, defer_loading: true }],
      }),
      notes,
    )
    expect(lostBy(notes)).toEqual([
      'brand_new',
      'user_profile_id',
      'context_management',
      '*',
      'tools[].defer_loading',
    ])
  })
})

describe('a response', () => {
  const tool = (id: string, name: string): ResponseEvent => ({
    kind: 'tool-call-start',
    choice: 0,
    id,
    callId: `call_${id}`,
    name,
    tool: 'function',
  })
  const part = (id: string, text: string): ResponseEvent => ({ kind: 'tool-call-delta', choice: 0, id, text })
  const done = (id: string): ResponseEvent => ({ kind: 'tool-call-end', choice: 0, id })
  const text = (id: string, ...parts: string[]): ResponseEvent[] => [
    { kind: 'text-start', choice: 0, id },
    ...parts.map((each): ResponseEvent => ({ kind: 'text-delta', choice: 0, id, text: each })),
  ]
  const closing: ResponseEvent[] = [
    { kind: 'usage', usage: { inputTokens: 10, outputTokens: 5, cacheReadTokens: 4 } },
    { kind: 'finish', choice: 0, finish: { unified: 'stop', raw: 'STOP' } },
    { kind: 'end' },
  ]

  test('interleaved calls of a response are written block after block for Anthropic, without loss', async () => {
    const events: ResponseEvent[] = [
      { kind: 'start', id: 'x', model: 'm' },
      ...text('t', 'Let me '),
      tool('a', 'one'),
      part('a', '{"n":'),
      tool('b', 'two'),
      part('b', '{}'),
      { kind: 'text-delta', choice: 0, id: 't', text: 'look.' },
      part('a', '1}'),
      done('a'),
      done('b'),
      { kind: 'text-end', choice: 0, id: 't' },
      ...closing,
    ]
    const { stream, message, decoded } = await written(events)
    const indexes = [...stream.matchAll(/"type":"content_block_(start|stop)","index":(\d)/g)].map(
      ([, kind, index]) => `${kind} ${index}`,
    )
    expect(indexes).toEqual([
      'start 0',
      'stop 0',
      'start 1',
      'stop 1',
      'start 2',
      'stop 2',
      'start 3',
      'stop 3',
    ])
    expect(decoded.content).toEqual([
      { type: 'text', text: 'Let me ' },
      { type: 'tool_use', id: 'call_a', name: 'one', input: { n: 1 } },
      { type: 'tool_use', id: 'call_b', name: 'two', input: {} },
      { type: 'text', text: 'look.' },
    ])
    // "stop" after a call: clients would not run it
    expect([message.stop_reason, decoded.stop_reason]).toEqual(['tool_use', 'tool_use'])
    expect(message.content.slice(1)).toEqual(decoded.content.slice(1, 3))
    expect(message.usage).toMatchObject({ input_tokens: 6, cache_read_input_tokens: 4, output_tokens: 5 })
  })

  test('clients that add the counts of Anthropic’s first and last event do not count the output twice', async () => {
    const { stream } = await written([
      { kind: 'start', usage: { inputTokens: 9, outputTokens: 3 } },
      ...text('t', 'Hi'),
      ...closing,
    ])
    const counts = [...stream.matchAll(/"output_tokens":(\d+)/g)].map(([, count]) => Number(count))
    expect(counts).toEqual([0, 5])
  })

  test('an Anthropic response shows thinking, seals other vendors’ signatures and keeps its own', async () => {
    const thought = (
      id: string,
      signature: { dialect: 'gemini' | typeof dialect; value: string },
    ): ResponseEvent[] => [
      { kind: 'reasoning-start', choice: 0, id },
      { kind: 'reasoning-delta', choice: 0, id, text: 'Hm.' },
      { kind: 'reasoning-end', choice: 0, id, signature },
    ]
    const { message, decoded, losses } = await written([
      { kind: 'start' },
      ...thought('a', { dialect: 'gemini', value: 'g' }),
      ...thought('b', native('mine')),
      ...text('t', 'Hi'),
      ...closing,
    ])
    const content = [
      { type: 'thinking', thinking: 'Hm.', signature: sealProof({ dialect: 'gemini', value: 'g' }) },
      { type: 'thinking', thinking: 'Hm.', signature: 'mine' },
      { type: 'text', text: 'Hi' },
    ]
    expect([message.content, decoded.content]).toEqual([content, content])
    expect(losses).toEqual([])
  })

  test.each<[Partial<Extract<ResponseEvent, { kind: 'finish' }>>, string]>([
    [{ finish: { unified: 'length', raw: 'MAX_TOKENS' } }, 'max_tokens'],
    [{ finish: { unified: 'content-filter', raw: 'SAFETY' } }, 'refusal'],
    [{ finish: { unified: 'other', raw: 'pause_turn' } }, 'pause_turn'],
    [
      { finish: { unified: 'length', raw: 'model_context_window_exceeded' } },
      'model_context_window_exceeded',
    ],
    [{ stopSequence: 'END' }, 'stop_sequence'],
  ])('that ends with %p says %s', async (more, reason) => {
    const finish = {
      kind: 'finish' as const,
      choice: 0,
      finish: { unified: 'stop' as const, raw: 'stop' },
      ...more,
    }
    const { message, decoded } = await written([
      { kind: 'start' },
      ...text('t', 'Hi'),
      finish,
      { kind: 'end' },
    ])
    expect([message.stop_reason, decoded.stop_reason]).toEqual([reason, reason])
  })

  test('arguments that are not JSON reach Anthropic clients, which expect an object', async () => {
    const { message } = await written(
      [{ kind: 'start' }, tool('a', 'one'), part('a', '{"n":'), done('a'), ...closing],
      false,
    )
    expect(message.content[0].input).toEqual({ INVALID_JSON: '{"n":' })
  })

  test('an Anthropic response keeps the digits of numbers in arguments', async () => {
    const body =
      '{"type":"message","content":[{"type":"tool_use","id":"t","name":"f","input":{"n":12345678901234567890}}],"stop_reason":"tool_use","usage":{}}'
    const events = await read(body, 'application/json')
    expect(events.find((event) => event.kind === 'tool-call-delta')?.text).toBe('{"n":12345678901234567890}')
  })

  test('an Anthropic response of any content has the same meaning whole and streamed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.constantFrom('text', 'tool', 'thinking'),
            fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 }),
          ),
          { maxLength: 5 },
        ),
        async (blocks) => {
          const events = blocks.flatMap(([kind, parts], index): ResponseEvent[] => {
            const id = `b${index}`
            if (kind === 'text') return [...text(id, ...parts), { kind: 'text-end', choice: 0, id }]
            if (kind === 'tool') return [tool(id, 'f'), part(id, JSON.stringify({ parts })), done(id)]
            const deltas = parts.map(
              (each): ResponseEvent => ({ kind: 'reasoning-delta', choice: 0, id, text: each }),
            )
            return [
              { kind: 'reasoning-start', choice: 0, id },
              ...deltas,
              { kind: 'reasoning-end', choice: 0, id, signature: native('s') },
            ]
          })
          const { message, decoded } = await written([
            { kind: 'start', id: 'x', model: 'm' },
            ...events,
            ...closing,
          ])
          expect(decoded).toEqual(message)
        },
      ),
      { numRuns: 200 },
    )
  })

  test.each([
    ['overloaded_error', 'overloaded', 529],
    ['rate_limit_error', 'rate-limit', 429],
    ['api_error', 'server', 500],
  ])('that is an error (%s) is one, also under status 200', async (type, kind, status) => {
    const body = JSON.stringify({ type: 'error', error: { type, message: 'No.' } })
    for (const sent of [
      await read(body, 'application/json'),
      await read(`event: error\ndata: ${body}\n\n`, 'text/event-stream'),
    ])
      expect(sent).toMatchObject([
        { kind: 'error', error: { message: 'No.', fault: { kind, status, isUnbilled: false } } },
      ])
    const error = codec.decodeError(
      { status, headers: new Headers({ 'retry-after': '2' }), bytes: Buffer.from(body) },
      { usageInStream: true, unbilledErrors: 'none' },
    )
    expect(error).toMatchObject({ message: 'No.', fault: { kind, status, retryAfterMs: 2000 } })
    expect(JSON.parse(codec.encodeError(error).body)).toEqual(JSON.parse(body))
  })

  test('a response of another dialect is invalid as an Anthropic response', () => {
    expect(read('{"choices":[]}', 'application/json')).rejects.toMatchObject({ code: 'upstream-garbage' })
    expect(read('data: {"type":\n\n', 'text/event-stream')).rejects.toMatchObject({
      code: 'upstream-garbage',
    })
  })
})

function refusalOf(act: () => unknown): [string, string | undefined] {
  try {
    act()
  } catch (thrown) {
    if (thrown instanceof GatewayError) return [thrown.code, thrown.details.param]
    throw thrown
  }
  throw new Error('it was expected to be refused and was not')
}

async function read(body: string, type: string): Promise<ResponseEvent[]> {
  const reader = codec.decodeResponse(answer([Buffer.from(body)], 200, { 'content-type': type }), {
    newId: (prefix) => prefix,
  })
  const events: ResponseEvent[] = []
  for (let batch = await reader.next(); batch; batch = await reader.next()) events.push(...batch)
  return events
}

/** The events as a stream, as a whole message, and the stream decoded and written as a whole. */
async function written(events: readonly ResponseEvent[], isValid = true) {
  const notes = newNotes()
  const context = { notes, createdAt: 1, newId: (prefix: string) => `${prefix}1` }
  const encoderFor = (isStreaming: boolean) =>
    codec.encoder(
      codec.decodeRequest(
        { path: '/v1/messages', body: JSON.stringify(asked()), headers: [], isStreaming },
        newNotes(),
      ).responseSeed,
      context,
    )
  const all = (source: readonly ResponseEvent[], isStreaming: boolean) => {
    const encoder = encoderFor(isStreaming)
    return source.map((event) => encoder.write(event)).join('')
  }
  const stream = all(events, true)
  const decoded = isValid ? JSON.parse(all(await read(stream, 'text/event-stream'), false)) : undefined
  return { stream, message: JSON.parse(all(events, false)), decoded, losses: [...new Set(lostBy(notes))] }
}

/** Anthropic refuses text that is only whitespace. */
const words = fc
  .string({ minLength: 1, maxLength: 12, unit: 'binary' })
  .filter((text) => /[^\s\p{Cc}]/u.test(text))
const cache = fc.option(fc.constantFrom({}, { ttl: '5m' as const }, { ttl: '1h' as const }), {
  nil: undefined,
})
const some = <T extends object>(value: T): T => JSON.parse(JSON.stringify(value))
const textBlocks = fc.record({ kind: fc.constant('text' as const), text: words, cache }).map(some)
const imageBlocks = fc.constant({
  kind: 'media' as const,
  media: 'image' as const,
  source: { kind: 'data' as const, base64: 'AA==' },
  mediaType: 'image/png',
})
const users = fc
  .array(fc.oneof(textBlocks, imageBlocks), { minLength: 1, maxLength: 3 })
  .map((blocks) => ({ role: 'user' as const, blocks }) as Turn)

/** A call and its result, with the text around them. */
const rounds = fc.tuple(users, words, fc.json(), fc.boolean()).chain(([user, said, value, isError]) =>
  fc.uuid().map((id): Turn[] => [
    user,
    {
      role: 'assistant',
      blocks: [
        { kind: 'reasoning', text: said, signature: native('s') },
        { kind: 'text', text: said },
        {
          kind: 'tool-call',
          id,
          name: 'find',
          tool: 'function',
          input: JSON.stringify({ value: JSON.parse(value) }),
        },
      ],
    },
    {
      role: 'tool',
      blocks: [
        { kind: 'tool-result', callId: id, name: 'find', blocks: [{ kind: 'text', text: said }], isError },
      ],
    },
  ]),
)

const requests = fc
  .record({
    model: fc.constant('claude-sonnet-4-5'),
    isStreaming: fc.constant(false),
    system: fc
      .array(textBlocks, { maxLength: 2 })
      .map((blocks) => (blocks.length === 0 ? [] : [{ role: 'system' as const, blocks }])),
    turns: fc.tuple(fc.array(rounds, { maxLength: 3 }), users).map(([all, last]) => [...all.flat(), last]),
    maxOutputTokens: fc.integer({ min: 3000, max: 100_000 }),
    tools: fc.option(
      fc.constant([
        { kind: 'function' as const, name: 'find', description: 'd', parameters: { type: 'object' } },
      ]),
      {
        nil: undefined,
      },
    ),
    stop: fc.option(fc.array(words, { minLength: 1 }), { nil: undefined }),
    // e-mail addresses and phone numbers are refused
    user: fc.option(fc.uuid(), { nil: undefined }),
    reasoning: fc.option(fc.record({ budgetTokens: fc.integer({ min: 1024, max: 2999 }) }), {
      nil: undefined,
    }),
    cache,
  })
  .map((request) => some(request) as GenerateRequest)
