// Responses and requests as vendors and their clients really write them, where they differ from the dialect's
// documentation: their content must arrive. Modeled on recorded exchanges (`npm run replay`).

import { describe, expect, test } from 'bun:test'
import type { GenerateDialect as Dialect } from '../../src/traffic/llm/dialect.ts'
import { readResponse } from '../../src/traffic/llm/wire/response.ts'
import { responseDialect as dialect } from '../../src/traffic/llm/dialects/openai-responses/response/view.ts'
import { codec } from '../../src/traffic/llm/dialects/openai-chat/index.ts'
import { LossNotes } from '../../src/traffic/llm/losses/index.ts'
import type { Departures } from '../../src/traffic/llm/provider.ts'
import { vendors } from '../../src/traffic/llm/providers/vendors.ts'
import { factsOf } from '../replay/facts/index.ts'
import { provider } from '../chunking/answer.ts'
import { wholeOf } from './kit.ts'
import { type Answer, translate } from './pairs.ts'

const asked: Readonly<Record<Dialect, object>> = {
  'openai-chat': { model: 'm', messages: [{ role: 'user', content: 'Hi' }] },
  'openai-responses': { model: 'm', input: 'Hi' },
  'anthropic-messages': { model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] },
  gemini: { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
}

/** What a client of `front` receives of a response; streamed if the response is text. */
async function heard(front: Dialect, back: Dialect, body: Answer['body']) {
  const isStreaming = typeof body === 'string'
  const wish = front === 'openai-chat' && isStreaming ? { stream_options: { include_usage: true } } : {}
  const { reply, told } = await translate(
    front,
    back,
    { ...asked[front], ...wish, ...(isStreaming && { stream: true }) },
    { answer: { body }, isStreaming },
  )
  const text = isStreaming
    ? (reply as unknown[]).map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
    : JSON.stringify(reply)
  const { choices, tokens } = factsOf(front, text, isStreaming)
  return { ...choices[0], others: choices.length - 1, tokens, told }
}

/** What a provider of `back` receives. */
async function sent(
  front: Dialect,
  back: Dialect,
  body: object,
  received: Answer,
): Promise<Record<string, unknown>> {
  return (await translate(front, back, { ...asked[front], ...body }, { answer: received })).upstream
    .body as Record<string, unknown>
}

const events = (...values: object[]) => values.map((value) => `data: ${JSON.stringify(value)}\n\n`).join('')
const chat = (choice: object, more: object = {}) => ({
  id: 'c1',
  object: 'chat.completion',
  created: 1_790_000_000,
  model: 'm',
  choices: [{ index: 0, ...choice }],
  usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
  ...more,
})
const chunk = (delta: object, finish: string | null = null) => ({
  id: 'c1',
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason: finish }],
})

describe('chat responses of compatible vendors', () => {
  const perplexity = {
    whole: chat({
      message: { role: 'assistant', content: 'Ruby is a language.' },
      delta: { role: 'assistant', content: '' },
      finish_reason: 'stop',
    }),
    stream: `${events(
      {
        ...chunk({ role: 'assistant', content: 'Ruby is' }),
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: 'Ruby is' },
            delta: { content: 'Ruby is' },
            finish_reason: null,
          },
        ],
      },
      {
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: 'Ruby is a language.' },
            delta: { content: ' a language.' },
            finish_reason: 'stop',
          },
        ],
      },
    )}data: [DONE]\n\n`,
  }

  test.each(['whole', 'stream'] as const)(
    'a message next to an empty or a partial delta is written once (Perplexity, %s)',
    async (form) => {
      for (const front of ['openai-responses', 'anthropic-messages', 'gemini'] as const)
        expect((await heard(front, 'openai-chat', perplexity[form])).text).toBe('Ruby is a language.')
    },
  )

  const snowflake = (message: object) =>
    chat({
      finish_reason: '',
      message: {
        role: 'assistant',
        annotations: null,
        audio: { data: '', expires_at: 0, id: '', transcript: '' },
        function_call: { arguments: '', name: '' },
        refusal: '',
        content: '',
        ...message,
      },
    })

  test('a whole response is complete without a finish reason, and empty members are ignored (Snowflake)', async () => {
    for (const front of ['openai-responses', 'anthropic-messages', 'gemini'] as const) {
      expect(await heard(front, 'openai-chat', snowflake({ content: '4', tool_calls: null }))).toMatchObject({
        text: '4',
        calls: [],
        told: { losses: [] },
      })
      const call = {
        custom: { input: '', name: '' },
        function: { name: 'weather', arguments: '{"city":"Oslo"}' },
        id: 'toolu_1',
        type: 'function',
      }
      expect((await heard(front, 'openai-chat', snowflake({ tool_calls: [call] }))).calls).toEqual([
        { id: 'toolu_1', name: 'weather', input: '{"city":"Oslo"}' },
      ])
    }
  })

  test('a `function_call` in pieces is one call, although only its first piece names it', async () => {
    const stream = `${events(
      chunk({ role: 'assistant', content: null, function_call: { name: 'weather', arguments: '' } }),
      chunk({ function_call: { arguments: '{"city":' } }),
      chunk({ function_call: { arguments: '"Oslo"}' } }),
      chunk({}, 'function_call'),
    )}data: [DONE]\n\n`
    const { calls } = await heard('anthropic-messages', 'openai-chat', stream)
    expect(calls).toEqual([{ id: 'call_weather', name: 'weather', input: '{"city":"Oslo"}' }])
  })

  test('tokens that were written to a cache and read from it at once are not counted twice (OpenRouter)', async () => {
    const usage = {
      prompt_tokens: 2168,
      completion_tokens: 100,
      total_tokens: 2268,
      prompt_tokens_details: { cached_tokens: 2161, cache_write_tokens: 2161 },
    }
    const body = chat({ message: { content: 'Yes.' }, finish_reason: 'stop' }, { usage })
    expect((await heard('anthropic-messages', 'openai-chat', body)).tokens).toMatchObject({
      input: 2168,
      output: 100,
      cacheRead: 2161,
    })
  })

  test('choices that were not requested are not mixed into the first one', async () => {
    const body = {
      ...chat({}),
      choices: ['One.', 'Two.'].map((content, index) => ({
        index,
        message: { role: 'assistant', content },
        finish_reason: 'stop',
      })),
    }
    for (const front of ['openai-responses', 'anthropic-messages'] as const)
      expect(await heard(front, 'openai-chat', body)).toMatchObject({
        text: 'One.',
        others: 0,
        told: { losses: [{ field: 'choice', side: 'response' }] },
      })
  })
})

describe('Responses of other servers', () => {
  const item = (index: number, text: string, partIndex = 0) => [
    {
      type: 'response.output_item.added',
      output_index: index,
      item: { type: 'message', role: 'assistant', content: [] },
    },
    { type: 'response.output_text.delta', output_index: index, content_index: partIndex, delta: text },
  ]
  const message = (text: string) => ({
    type: 'message',
    role: 'assistant',
    content: [{ type: 'output_text', text, annotations: [] }],
  })
  const done = (index: number, text: string) => ({
    type: 'response.output_item.done',
    output_index: index,
    item: message(text),
  })
  const completed = (...output: object[]) => ({
    type: 'response.completed',
    response: {
      id: 'r1',
      model: 'm',
      status: 'completed',
      output,
      usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 },
    },
  })

  test.each([
    [
      'a part that is numbered otherwise in the whole (Bedrock)',
      [...item(0, 'One, two.', 1), done(0, 'One, two.'), completed(message('One, two.'))],
      'One, two.',
    ],
    [
      'an item that the last event leaves out',
      [...item(0, 'A'), done(0, 'A'), ...item(2, 'B'), done(2, 'B'), completed(message('A'), message('B'))],
      'AB',
    ],
    [
      'deltas that leave the rest to the whole',
      [...item(0, 'Here are'), done(0, 'Here are some.'), completed(message('Here are some.'))],
      'Here are some.',
    ],
    ['wholes only', [completed(message('All at once.'))], 'All at once.'],
  ])('%s is said once', async (_name, said, text) => {
    for (const front of ['openai-chat', 'anthropic-messages', 'gemini'] as const)
      expect((await heard(front, 'openai-responses', events(...(said as object[])))).text).toBe(text)
  })

  const custom = { type: 'custom_tool_call', call_id: 'call_1', name: 'sql', input: 'SELECT "a" FROM b' }

  test('a custom tool call is one member of an object in dialects that only have functions', async () => {
    const pieces = [custom.input.slice(0, 9), custom.input.slice(9)]
    const stream = events(
      { type: 'response.output_item.added', output_index: 0, item: { ...custom, input: '' } },
      ...pieces.map((delta) => ({ type: 'response.custom_tool_call_input.delta', output_index: 0, delta })),
      { type: 'response.output_item.done', output_index: 0, item: custom },
      completed(custom),
    )
    for (const front of ['anthropic-messages', 'gemini'] as const)
      for (const body of [stream, { id: 'r1', status: 'completed', output: [custom] }])
        expect((await heard(front, 'openai-responses', body)).calls).toEqual([
          { id: 'call_1', name: 'sql', input: '{"input":"SELECT \\"a\\" FROM b"}' },
        ])
  })
})

describe('Anthropic Messages responses of other servers', () => {
  const start = {
    type: 'message_start',
    message: { id: 'msg_1', role: 'assistant', content: [], usage: { input_tokens: 3, output_tokens: 1 } },
  }
  const rest = [
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello.' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 4 } },
    { type: 'message_stop' },
  ]

  test('a message that starts twice with the same id is one message', async () => {
    expect(await heard('openai-chat', 'anthropic-messages', events(start, start, ...rest))).toMatchObject({
      text: 'Hello.',
      tokens: { input: 3, output: 4 },
    })
  })

  test('another message inside of one is a broken stream', async () => {
    const other = { ...start, message: { ...start.message, id: 'msg_2' } }
    expect(heard('openai-chat', 'anthropic-messages', events(start, other, ...rest))).rejects.toThrow(
      'two "message_start"',
    )
  })
})

describe('Gemini responses of Google', () => {
  const ended = (finishReason: string, parts: object[]) => ({
    candidates: [{ content: { role: 'model', parts }, finishReason }],
    usageMetadata: {
      promptTokenCount: 22,
      candidatesTokenCount: 3,
      thoughtsTokenCount: 142,
      totalTokenCount: 167,
    },
  })

  test('a call of an undeclared function is a call', async () => {
    const body = ended('UNEXPECTED_TOOL_CALL', [{ functionCall: { name: 'list_files', args: {} } }])
    expect(await heard('openai-chat', 'gemini', body)).toMatchObject({
      finish: 'tool_calls',
      calls: [{ name: 'list_files' }],
    })
    expect(await heard('openai-responses', 'gemini', body)).toMatchObject({
      finish: 'completed',
      calls: [{ name: 'list_files' }],
    })
  })

  test('a response that the model made invalid has failed, and its tokens are counted', async () => {
    const { reply, told } = await translate('openai-responses', 'gemini', asked['openai-responses'], {
      answer: { body: ended('MALFORMED_FUNCTION_CALL', []) },
    })
    expect(reply).toMatchObject({ status: 'failed' })
    const read = await readResponse(
      { ...wholeOf(JSON.stringify(reply)), sideFacts: told },
      { dialect, provider, depth: 'meter', isStreaming: false, swallowsUsage: false },
    )
    const piece = await read.next()
    expect(read.status).toBe(502)
    expect(piece).toMatchObject({
      fault: { kind: 'server', code: 'MALFORMED_FUNCTION_CALL', isUnbilled: false },
      usage: { outputTokens: 145 },
    })
  })

  test('an error inside a stream keeps the provider’s message', async () => {
    const stream = events(
      { candidates: [{ content: { parts: [{ text: 'We' }] } }] },
      { error: { code: 429, message: 'Token limit reached', status: 'RESOURCE_EXHAUSTED' } },
    )
    for (const depth of ['meter', 'content'] as const) {
      const { responseDialect: gemini } = await import(
        '../../src/traffic/llm/dialects/gemini/response/view.ts'
      )
      const bytes = [Buffer.from(stream)]
      const response = {
        status: 200,
        headers: new Headers({ 'content-type': 'text/event-stream' }),
        body: { next: async () => bytes.shift(), cancel: async () => {} },
        bytes: async () => Buffer.from(stream),
      }
      const reply = await readResponse(response, {
        dialect: gemini,
        provider,
        depth,
        isStreaming: true,
        swallowsUsage: false,
      })
      let text = ''
      for (let piece = await reply.next(); piece; piece = await reply.next())
        text += Buffer.from(piece.bytes).toString()
      // once as an event, and once as the JSON for which Google's own SDKs raise an error
      expect(text.match(/Token limit reached/g)).toHaveLength(2)
    }
  })
})

const says: Readonly<Record<Dialect, Answer>> = {
  'openai-chat': { body: chat({ message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }) },
  'openai-responses': { body: { id: 'r1', status: 'completed', output: [] } },
  'anthropic-messages': {
    body: {
      id: 'm1',
      type: 'message',
      role: 'assistant',
      content: [],
      stop_reason: 'end_turn',
      usage: { input_tokens: 1, output_tokens: 1 },
    },
  },
  gemini: { body: { candidates: [{ content: { parts: [{ text: 'Hello.' }] }, finishReason: 'STOP' }] } },
}

describe('requests of clients', () => {
  const tools = [
    { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } },
  ]

  test.each([
    ['Mistral’s "any"', 'any', { type: 'any' }],
    [
      'a function without its type (Hugging Face)',
      { function: { name: 'weather' } },
      { type: 'tool', name: 'weather' },
    ],
  ])('chat: a choice of tools as %s', async (_name, tool_choice, expected) => {
    const body = await sent(
      'openai-chat',
      'anthropic-messages',
      { tools, tool_choice },
      says['anthropic-messages'],
    )
    expect(body['tool_choice']).toEqual(expected)
  })

  test('chat: Groq’s effort "default" has no effect', async () => {
    expect(
      await sent(
        'openai-chat',
        'openai-responses',
        { reasoning_effort: 'default' },
        says['openai-responses'],
      ),
    ).not.toHaveProperty('reasoning')
  })

  test('chat: Mistral’s parts, thinking and documents, are decoded', async () => {
    const messages = [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Read.' },
          { type: 'document_url', document_url: 'https://example.com/a.pdf' },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
          { type: 'text', text: 'Read it.' },
        ],
      },
      { role: 'user', content: 'And?' },
    ]
    const made = await translate(
      'openai-chat',
      'anthropic-messages',
      { model: 'm', messages },
      { answer: says['anthropic-messages'] },
    )
    expect(made.upstream.body).toMatchObject({
      messages: [
        {
          content: [
            { type: 'text', text: 'Read.' },
            { type: 'document', source: { type: 'url', url: 'https://example.com/a.pdf' } },
          ],
        },
        { role: 'assistant' },
        { role: 'user' },
      ],
    })
    expect(made.losses.map(({ field }) => field)).toEqual(['messages[].reasoning_content'])
  })

  test('Gemini: the signature of a thought whose text was left out is a hint', async () => {
    const contents = [
      { role: 'user', parts: [{ text: 'Hi' }] },
      { role: 'model', parts: [{ thought: true, thoughtSignature: 'ErcG' }, { text: 'Hello.' }] },
      { role: 'user', parts: [{ text: 'And?' }] },
    ]
    const body = await sent('gemini', 'openai-chat', { contents }, says['openai-chat'])
    expect(body['messages']).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello.' },
      { role: 'user', content: 'And?' },
    ])
  })

  test('Gemini: a recording by URL is refused, not left out, if the provider does not fetch it', async () => {
    const contents = [
      {
        role: 'user',
        parts: [
          { text: 'What is said?' },
          { fileData: { mimeType: 'audio/wav', fileUri: 'https://example.com/a.wav' } },
        ],
      },
    ]
    for (const back of ['openai-chat', 'openai-responses', 'anthropic-messages'] as const)
      expect(sent('gemini', back, { contents }, says[back])).rejects.toThrow(
        '"contents[].parts[].fileData" cannot be carried',
      )
  })

  test('Anthropic: the id of a completed call may be reused, that of an open one may not', async () => {
    const use = (id: string) => ({
      role: 'assistant',
      content: [{ type: 'tool_use', id, name: 'weather', input: {} }],
    })
    const result = (id: string) => ({
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: id, content: 'Cold.' }],
    })
    const ask = { role: 'user', content: 'Weather?' }
    const again = await sent(
      'anthropic-messages',
      'openai-chat',
      { messages: [ask, use('t1'), result('t1'), use('t1'), result('t1')] },
      says['openai-chat'],
    )
    expect(again['messages']).toHaveLength(5)
    const open = sent(
      'anthropic-messages',
      'openai-chat',
      { messages: [ask, use('t1'), use('t1'), result('t1')] },
      says['openai-chat'],
    )
    expect(open).rejects.toThrow('ids must differ')
  })

  test('Anthropic: tools that a system message adds are refused by name', async () => {
    const messages = [
      { role: 'user', content: 'Hi' },
      { role: 'system', content: [{ type: 'tool_addition', tool: { type: 'tool_reference', name: 'a' } }] },
    ]
    expect(sent('anthropic-messages', 'gemini', { messages }, says.gemini)).rejects.toThrow(
      '"messages[1].content[0]" cannot be carried',
    )
  })
})

test('Perplexity requires user and assistant to alternate, so neighboring turns are joined', () => {
  const departures = {
    usageInStream: false,
    unbilledErrors: 'none',
    ...vendors.find(({ vendor }) => vendor === 'perplexity')?.departures,
  } as const
  const said = (role: 'user' | 'assistant', text: string) => ({
    role,
    blocks: [{ kind: 'text', text } as const],
  })
  const turns = [
    said('user', 'a'),
    said('user', 'b'),
    said('assistant', 'c'),
    said('assistant', 'd'),
    said('user', 'e'),
  ]
  const messagesFor = (to: Departures) => {
    const notes = new LossNotes({
      front: codec.table,
      back: codec.table,
      backDialect: 'openai-chat',
      target: 'p/m',
    })
    const request = { model: 'm', isStreaming: false, system: [], turns }
    return JSON.parse(codec.encodeRequest(request, { notes, departures: to, target: { model: 'm' } }).body)
      .messages
  }
  const part = (text: string) => ({ type: 'text', text })
  expect(messagesFor(departures)).toEqual([
    { role: 'user', content: [part('a'), part('b')] },
    { role: 'assistant', content: [part('c'), part('d')] },
    { role: 'user', content: 'e' },
  ])
  expect(messagesFor({ usageInStream: true, unbilledErrors: 'none' })).toHaveLength(5)
})
