import { describe, expect, test } from 'bun:test'
import { GatewayError } from '../../../../contract/errors.ts'
import type { Operation } from '../../../../contract/operation.ts'
import type { Attempt } from '../../../../contract/attempt.ts'
import type { Departures, Provider, ProviderCall } from '../../provider.ts'
import { chatOperation } from './operation.ts'

const message = { role: 'user', content: 'hello' }

describe('a body that cannot be read is refused', () => {
  test.each([
    ['', 'the body is empty; it must be a JSON object', undefined],
    ['{"model":', 'the body is not valid JSON: ends where a value should be at byte 9', undefined],
    ['[]', 'the body must be a JSON object, not array', undefined],
    ['{"messages":[]}', '"model" is missing; it must be a string', 'model'],
    ['{"model":"m"}', '"messages" is missing; it must be an array', 'messages'],
    ['{"model":7,"messages":[]}', '"model" must be a string, not a number', 'model'],
    [
      '{"model":"a","messages":[],"mod\\u0065l":"b"}',
      'the body is not valid JSON: duplicate key "model" at byte 27',
      undefined,
    ],
    ['{"model":"m","messages":"hi"}', '"messages" must be an array, not a string', 'messages'],
    ['{"model":"m","messages":[],"stream":"yes"}', '"stream" must be a boolean, not a string', 'stream'],
    [
      '{"model":"m","messages":[],"max_tokens":1.5}',
      '"max_tokens" must be a whole number from 0 up',
      'max_tokens',
    ],
    ['{"model":"m","messages":[],"n":-1}', '"n" must be a whole number from 0 up', 'n'],
    [
      '{"model":"m","messages":[],"stream_options":[]}',
      '"stream_options" must be an object, not an array',
      'stream_options',
    ],
    [
      '{"model":"m","messages":[],"stream_options":{"include_usage":1}}',
      '"stream_options.include_usage" must be a boolean, not a number',
      'stream_options.include_usage',
    ],
    [
      `{"model":"m","messages":${'['.repeat(40)}${']'.repeat(40)}}`,
      'the body is not valid JSON: nested deeper than 32 levels at byte 55',
      undefined,
    ],
  ])('%s', (body, words, param) => {
    const error = refusalOf(() => operation(body))
    expect(error).toMatchObject({ code: 'bad-request', message: words })
    expect(error.details.param).toBe(param as string)
  })

  test('when it is not UTF-8', () => {
    const body = Buffer.concat([
      Buffer.from('{"model":"m","messages":[],"x":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}'),
    ])
    expect(
      refusalOf(() => chatOperation(body, { maxDepth: 32, providerFor: () => providerWith({}, () => {}) }))
        .message,
    ).toBe('the body is not valid UTF-8')
  })

  test.each([
    [{ messages: ['hi'] }, 'messages[0]'],
    [{ messages: [{ role: 1, content: '' }] }, 'messages[0].role'],
    [{ messages: [{ role: 'user', content: 5 }] }, 'messages[0].content'],
    [{ messages: [{ role: 'user', content: [{ type: 'text', text: {} }] }] }, 'messages[0].content[0].text'],
    [{ messages: [message], tools: [{ type: 'function', function: [] }] }, 'tools[0].function'],
  ])('when a part that guards must read has a wrong type: %j', (body, param) => {
    expect(refusalOf(() => operation({ model: 'm', ...body }).content()).details.param).toBe(param)
  })

  test('when an object that guards must read has a key twice', () => {
    const body = '{"model":"m","messages":[{"role":"user","content":"a","content":"b"}]}'
    expect(refusalOf(() => operation(body).content()).message).toContain(
      '"messages[0]" has a duplicate key "content"',
    )
  })
})

describe('content', () => {
  test('has each text on a separate channel, with its kind', () => {
    const { pieces } = operation({
      model: 'm',
      messages: [
        { role: 'developer', content: 'be kind' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'look: é' },
            { type: 'image_url', image_url: { url: 'https://x.example/a.png' } },
            'bare',
          ],
        },
        {
          role: 'assistant',
          content: null,
          refusal: 'no',
          reasoning_content: 'hm',
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 'f', arguments: '{"a":"b"}' } },
            { id: 'b', type: 'custom', custom: { name: 'g', input: 'ls' } },
          ],
        },
        { role: 'tool', tool_call_id: 'a', content: '42' },
        {
          role: 'assistant',
          content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'deep' }] }],
          function_call: { name: 'f', arguments: '{}' },
        },
      ],
      tools: [
        { type: 'function', function: { name: 'f', description: 'does f', strict: true, parameters: {} } },
        { type: 'custom', custom: { name: 'g' } },
      ],
      functions: [{ name: 'old', description: 'does old' }],
      prediction: { type: 'content', content: 'likely' },
    }).content()
    expect(pieces.map(({ channel, kind, text, escaping }) => [channel, kind, text, escaping])).toEqual([
      ['messages/0/content', 'instruction', 'be kind', 'none'],
      ['messages/1/content/0', 'text', 'look: é', 'none'],
      ['messages/1/content/2', 'text', 'bare', 'none'],
      ['messages/2/refusal', 'refusal', 'no', 'none'],
      ['messages/2/reasoning_content', 'reasoning', 'hm', 'none'],
      ['messages/2/tool_calls/0/function/arguments', 'tool-arguments', '{"a":"b"}', 'json-text'],
      ['messages/2/tool_calls/1/custom/input', 'tool-arguments', 'ls', 'none'],
      ['messages/3/content', 'tool-result', '42', 'none'],
      ['messages/4/content/0/thinking/0', 'reasoning', 'deep', 'none'],
      ['messages/4/function_call/arguments', 'tool-arguments', '{}', 'json-text'],
      ['tools/0', 'tool-definition', 'does f', 'none'],
      ['functions/0', 'tool-definition', 'does old', 'none'],
      ['prediction/content', 'text', 'likely', 'none'],
      ['fields', 'text', 'https://x.example/a.png', 'none'],
      ['identifiers', 'text', ['m', 'a', 'f', 'b', 'g', 'a', 'f', 'f', 'g', 'old'].join('\n¶\n'), 'none'],
    ])
  })

  test('includes everything that an author can write: labels, schemas, keys, long numbers, unknown fields', () => {
    const { pieces } = operation({
      model: 'm',
      messages: [{ role: 'user', name: 'Ann', content: [{ type: 'input_text', text: 'typed' }] }],
      response_format: {
        type: 'json_schema',
        json_schema: { name: 's', schema: { type: 'object', properties: { born: { enum: ['1980'] } } } },
      },
      x_new: { 'a key': [4111111111111111, 7, true, null, { deep: 'est' }] },
      temperature: 0.25,
    }).content()
    expect(pieces.filter(({ channel }) => channel === 'definitions').map(({ text }) => text)).toEqual([
      'born\n¶\n1980',
    ])
    expect(pieces.filter(({ channel }) => channel === 'fields').map(({ text }) => text)).toEqual([
      ['Ann', 'typed', 'x_new', 'a key', '4111111111111111', 'deep', 'est'].join('\n¶\n'),
    ])
  })

  test('names media by kind and source', () => {
    const { media } = operation({
      model: 'm',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: 'https://x.example/a.png' } },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
            { type: 'input_audio', input_audio: { data: 'AAAAAAAA', format: 'wav' } },
            { type: 'file', file: { file_id: 'file-1' } },
            { type: 'document_url', document_url: 'https://x.example/a.pdf' },
          ],
        },
      ],
    }).content()
    expect(media.map(({ kind, source }) => `${kind} ${source}`)).toEqual([
      'image remote',
      'image inline',
      'audio inline',
      'file stored',
      'file remote',
    ])
  })

  test('facts report limits, tools and media for policies', () => {
    const tools = [
      { type: 'function', function: { name: 'f' } },
      { type: 'web_search' },
      { type: 'custom', custom: { name: 'g' } },
    ]
    const { facts } = operation({
      model: 'm',
      max_tokens: 50,
      max_completion_tokens: 40,
      messages: [message],
      tools,
    })
    expect(facts).toEqual({ maxOutputTokens: 50, tools: ['f', 'web_search', 'g'], media: [] })
  })
})

describe('edit', () => {
  test('changes the span and no other byte, also in nested JSON', async () => {
    const body =
      '{ "model":"m", "x_future": 1.0,\n "messages":[{"role":"user","content":"mail \\u0061nn@example.com now"},{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\\"to\\": \\"ann@example.com\\"}"}}]}] }'
    const edit = (asked: Operation) =>
      asked.edit(
        asked.content().pieces.flatMap(({ channel, text }) => {
          const start = text.indexOf('ann@')
          return start < 0 ? [] : [{ channel, start, end: start + 15, replacement: '[email]' }]
        }),
      )
    expect(
      edit(operation(body))
        .content()
        .pieces.map(({ text }) => text),
    ).toEqual(['mail [email] now', '{"to": "[email]"}', 'x_future', 'm\n¶\na\n¶\nf'])
    const expected = body
      .replace('\\u0061nn@example.com', '[email]')
      .replace('ann@example.com', '[email]')
      .replace('"m"', '"gpt-5"')
    expect(bodyOf(await sent(body, { edit }))).toBe(expected)
  })

  test('fails without a leak when the channel does not exist', () => {
    expect(() =>
      operation({ model: 'm', messages: [message] }).edit([
        { channel: 'messages/9', start: 0, end: 1, replacement: '' },
      ]),
    ).toThrow('messages/9')
  })
})

describe('demand', () => {
  test('bounds input by the bytes of the request and output by its limit, for each choice', () => {
    const demand = operation({
      model: 'm',
      max_completion_tokens: 100,
      n: 3,
      messages: [{ role: 'user', content: 'é'.repeat(100) }],
    }).demand('p/m')
    expect(demand.inputTokens).toBeGreaterThan(200)
    expect(demand).toMatchObject({
      outputTokens: 300,
      choices: 3,
      hasUnboundedFees: false,
      mayHoldAudio: false,
    })
  })

  test.each([
    [{}, { outputTokens: undefined }],
    [{ web_search_options: {} }, { hasUnboundedFees: true }],
    [{ tools: [{ type: 'openrouter:web_search' }] }, { hasUnboundedFees: true }],
    [{ tools: [{ type: 'web_search', web_search: { enable: true } }] }, { hasUnboundedFees: true }],
    [{ search_parameters: { mode: 'on' } }, { hasUnboundedFees: true }],
    [{ enable_search: true }, { hasUnboundedFees: true }],
    [{ enable_search: false }, { hasUnboundedFees: false }],
    [{ provider: { order: ['dear'] } }, { hasUnboundedFees: true }],
    [{ options: { num_predict: 100_000 } }, { hasUnboundedFees: true }],
    [{ n_predict: 100_000 }, { hasUnboundedFees: true }],
    [
      { max_tokens: 10, best_of: 7 },
      { hasUnboundedFees: false, choices: 7, outputTokens: 70 },
    ],
    [{ service_tier: 'priority' }, { hasUnboundedFees: false, terms: ['priority'] }],
    [{ service_tier: 'fast' }, { hasUnboundedFees: false, terms: ['fast'] }],
    [{ service_tier: 'flex' }, { hasUnboundedFees: false, terms: ['flex'] }],
    // a server obeys only the limit that it knows
    [{ max_tokens: 1, max_completion_tokens: 1000 }, { outputTokens: 1000 }],
    [{ max_tokens: 1000, max_completion_tokens: 1 }, { outputTokens: 1000 }],
    [{ max_tokens: 10, prediction: { type: 'content', content: 'x'.repeat(469) } }, { outputTokens: 510 }],
    [
      { messages: [{ role: 'user', content: [{ image_url: 'https://x.example/a.png' }] }] },
      { inputTokens: undefined },
    ],
    [
      {
        messages: [
          { role: 'user', content: [{ type: 'text', text: '', image_url: { url: 'https://x.example/a' } }] },
        ],
      },
      { inputTokens: undefined },
    ],
    [
      {
        messages: [
          { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x.example/a.png' } }] },
        ],
      },
      { inputTokens: undefined },
    ],
    [
      { messages: [{ role: 'assistant', audio: { id: 'audio_1' } }] },
      { inputTokens: undefined, mayHoldAudio: true },
    ],
    [{ modalities: ['text', 'audio'] }, { mayHoldAudio: true }],
  ])('has no bound when the vendor does not bill by bytes: %j', (fields, expected) => {
    expect(operation({ model: 'm', messages: [message], ...fields }).demand('p/m')).toMatchObject(expected)
  })

  test.each(['models', 'preset', 'fallbacks'])(
    'other models in %s are refused, because they are not authorized',
    (field) => {
      expect(() => operation({ model: 'm', messages: [message], [field]: ['p/dear'] })).toThrow(
        `"${field}" names models`,
      )
    },
  )

  test('detects an image with an escaped key', () => {
    const body =
      '{"model":"m","messages":[{"role":"user","cont\\u0065nt":[{"type":"image_url","image_url":{"url":"https://x.example/a"}}]}]}'
    expect(operation(body).demand('p/m').inputTokens).toBeUndefined()
  })

  test('does not count an inline image as text that a model reads', () => {
    const url = `data:image/png;base64,${'A'.repeat(400_000)}`
    const demand = operation({
      model: 'm',
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }],
    }).demand('p/m')
    expect(demand.typicalTokens).toBeLessThan(2000)
  })
})

describe('the forwarded request', () => {
  test('has exactly the bytes of the caller when nothing must change', async () => {
    const body = Buffer.from('{"model":"gpt-5","messages":[],"n":1.0 }')
    expect((await sent(body)).body).toBe(body)
  })

  test.each([
    ['{"model":"fast","messages":[]}', '{"model":"gpt-5","messages":[]}'],
    ['{"mod\\u0065l" : "f\\u0061st","messages":[]}', '{"mod\\u0065l" : "gpt-5","messages":[]}'],
    [
      '{"model":"fast","messages":[],"stream":false,"stream_options":null}',
      '{"model":"gpt-5","messages":[],"stream":false,"stream_options":null}',
    ],
    [
      '{"model":"fast","messages":[],"stream":true}',
      '{"stream_options":{"include_usage":true},"model":"gpt-5","messages":[],"stream":true}',
    ],
    [
      '{"model":"fast","stream":true,"stream_options":null,"messages":[]}',
      '{"model":"gpt-5","stream":true,"stream_options":{"include_usage":true},"messages":[]}',
    ],
    [
      '{"model":"fast","stream":true,"stream_options":{},"messages":[]}',
      '{"model":"gpt-5","stream":true,"stream_options":{"include_usage":true},"messages":[]}',
    ],
    [
      '{"model":"fast","stream":true,"stream_options":{"include_obfuscation":false},"messages":[]}',
      '{"model":"gpt-5","stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false},"messages":[]}',
    ],
    [
      '{"model":"fast","stream":true,"stream_options":{"include_usage": false},"messages":[]}',
      '{"model":"gpt-5","stream":true,"stream_options":{"include_usage": true},"messages":[]}',
    ],
    [
      '{"model":"fast","stream":true,"stream_options":{"include_usage":true},"messages":[]}',
      '{"model":"gpt-5","stream":true,"stream_options":{"include_usage":true},"messages":[]}',
    ],
  ])('%s becomes %s', async (body, expected) => {
    expect(bodyOf(await sent(body))).toBe(expected)
  })

  test('keeps stream_options as they are for a provider that does not know them', async () => {
    const call = await sent('{"model":"gpt-5","messages":[],"stream":true}', {
      departures: { usageInStream: false },
    })
    expect(bodyOf(call)).toBe('{"model":"gpt-5","messages":[],"stream":true}')
    expect(call).toMatchObject({ path: '/chat/completions', isStreaming: true, dialect: 'openai-chat' })
  })

  test.each([
    ['{"model":"gpt-5","messages":[]}', '{"max_completion_tokens":100,"model":"gpt-5","messages":[]}'],
    [
      '{"model":"gpt-5","messages":[],"max_completion_tokens":null}',
      '{"model":"gpt-5","messages":[],"max_completion_tokens":100}',
    ],
    ['{"model":"gpt-5","messages":[],"max_tokens":500}', '{"model":"gpt-5","messages":[],"max_tokens":100}'],
    ['{"model":"gpt-5","messages":[],"max_tokens":50}', '{"model":"gpt-5","messages":[],"max_tokens":50}'],
    [
      '{"model":"gpt-5","messages":[],"max_tokens":500,"n":2}',
      '{"model":"gpt-5","messages":[],"max_tokens":100,"n":2}',
    ],
  ])('has its output limit lowered to the budget: %s', async (body, expected) => {
    expect(bodyOf(await sent(body, { outputCap: 100 }))).toBe(expected)
  })

  test.each<[string, number | undefined, string]>([
    ['{"model":"gpt-5","messages":[]}', undefined, '{"model":"gpt-5","messages":[]}'],
    ['{"model":"gpt-5","messages":[]}', 100, '{"max_tokens":100,"model":"gpt-5","messages":[]}'],
    [
      '{"model":"gpt-5","max_completion_tokens":50,"messages":[]}',
      undefined,
      '{"model":"gpt-5","max_tokens":50,"messages":[]}',
    ],
    [
      '{"model":"gpt-5","max_completion_tokens" : 500,"messages":[]}',
      100,
      '{"model":"gpt-5","max_tokens" : 100,"messages":[]}',
    ],
    [
      '{"max_completion_tokens":500,"max_tokens":50,"model":"gpt-5","messages":[]}',
      100,
      '{"max_completion_tokens":100,"max_tokens":50,"model":"gpt-5","messages":[]}',
    ],
    [
      '{"model":"gpt-5","max_tokens":null,"max_completion_tokens":50,"messages":[]}',
      undefined,
      '{"model":"gpt-5","max_tokens":50,"max_completion_tokens":50,"messages":[]}',
    ],
    // an escaped key stays unchanged and means the same
    [
      '{"model":"gpt-5","max\\u005fcompletion_tokens":50,"messages":[]}',
      undefined,
      '{"max_tokens":50,"model":"gpt-5","max\\u005fcompletion_tokens":50,"messages":[]}',
    ],
    [
      '{"model":"gpt-5","max\\u005fcompletion_tokens":5,"messages":["\\"max_completion_tokens\\":"]}',
      100,
      '{"max_tokens":5,"model":"gpt-5","max\\u005fcompletion_tokens":5,"messages":["\\"max_completion_tokens\\":"]}',
    ],
  ])(
    'has its output limit under the name that the provider knows: %s, %p',
    async (body, outputCap, expected) => {
      const options = {
        departures: { outputLimitField: 'max_tokens' },
        ...(outputCap === undefined ? {} : { outputCap }),
      } as const
      expect(bodyOf(await sent(body, options))).toBe(expected)
    },
  )
})

describe('call ids', () => {
  const call = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })
  const conversation = (...ids: string[]) => ({
    model: 'gpt-5',
    messages: [
      { role: 'user', content: 'say "tool_calls"' },
      { role: 'assistant', content: null, tool_calls: ids.map(call) },
      ...ids.map((id) => ({ role: 'tool', tool_call_id: id, content: 'x' })),
    ],
  })
  const limit = { kind: 'id', longest: 9, allowed: /^[A-Za-z0-9]{9}$/, source: 'a page' } as const
  const departures = { limits: { 'call-id': limit } }
  const idsOf = (text: string) => {
    const { messages } = JSON.parse(text) as ReturnType<typeof conversation>
    return messages.flatMap((each) =>
      'tool_call_id' in each
        ? [each.tool_call_id]
        : 'tool_calls' in each
          ? each.tool_calls.map(({ id }) => id)
          : [],
    )
  }

  test('are replaced when the provider refuses them, and results still match', async () => {
    const given = JSON.stringify(conversation('call_0123456789abcdefghij', 'AbCdEf123'))
    const ids = idsOf(bodyOf(await sent(given, { departures })))
    expect(ids[0]).toMatch(/^[A-Za-z0-9]{9}$/)
    expect(ids).toEqual([ids[0] ?? '', 'AbCdEf123', ids[0] ?? '', 'AbCdEf123'])
  })

  test('stay unchanged for any other provider', async () => {
    const given = JSON.stringify(conversation('call_0123456789abcdefghij'))
    expect(bodyOf(await sent(given))).toBe(given)
  })
})

function operation(body: unknown): Operation {
  return chatOperation(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), {
    maxDepth: 32,
    providerFor: () => providerWith({}, () => {}),
  })
}

function refusalOf(run: () => unknown): GatewayError {
  try {
    run()
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown
    throw thrown
  }
  throw new Error('not refused')
}

function providerWith(departures: Partial<Departures>, receive: (call: ProviderCall) => void): Provider {
  return {
    name: 'p',
    dialects: ['openai-chat'],
    departures: { usageInStream: true, unbilledErrors: 'none', ...departures },
    async send(call) {
      receive(call)
      throw new GatewayError('upstream-unreachable', 'no network in this test')
    },
  }
}

interface Sending {
  departures?: Partial<Departures>
  outputCap?: number
  edit?: (operation: Operation) => Operation
}

/** What the provider receives for an attempt at `p/gpt-5`. */
async function sent(
  body: string | Buffer,
  { departures = {}, outputCap, edit = (asked) => asked }: Sending = {},
): Promise<ProviderCall> {
  const calls: ProviderCall[] = []
  const provider = providerWith(departures, (call) => calls.push(call))
  const attempt: Attempt = {
    exchange: 'ex',
    number: 1,
    target: { id: 'p/gpt-5', provider: 'p', model: 'gpt-5', traits: [], prices: [] },
    depth: 'meter',
    signal: new AbortController().signal,
    timeouts: { connectMs: 0, firstTokenMs: 0, idleMs: 0, totalMs: 0 },
    callerHeaders: new Headers(),
    subject: { key: 'k', team: 't', teamPath: ['t'], tags: {}, claims: {} },
    onSent() {},
    ...(outputCap === undefined ? {} : { outputCap }),
  }
  const asked = chatOperation(typeof body === 'string' ? Buffer.from(body) : body, {
    maxDepth: 32,
    providerFor: () => provider,
  })
  await edit(asked)
    .attempt(attempt)
    .catch(() => {})
  const [call] = calls
  if (!call) throw new Error('nothing was sent')
  return call
}

function bodyOf(call: ProviderCall): string {
  return Buffer.from(call.body).toString()
}
