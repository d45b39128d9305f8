// Values of a request stay within the limits of the target dialect's field. One row per field and pair. The
// limits and their sources are the tables in src/traffic/llm/dialects/*/request/limits.ts.

import { describe, expect, test } from 'bun:test'
import { codec as anthropic } from '../../src/traffic/llm/dialects/anthropic-messages/index.ts'
import { codec as gemini } from '../../src/traffic/llm/dialects/gemini/index.ts'
import { codec as chat } from '../../src/traffic/llm/dialects/openai-chat/index.ts'
import { codec as responses } from '../../src/traffic/llm/dialects/openai-responses/index.ts'
import type { GenerateDialect as Dialect } from '../../src/traffic/llm/dialect.ts'
import type { GenerateRequest } from '../../src/traffic/llm/canonical/index.ts'
import { notesOf } from './kit.ts'
import { type Sent, sender, type Target } from './sender.ts'

const send = sender()

/** A request in each dialect, with further members. */
const asked: Readonly<Record<Dialect, object>> = {
  'openai-chat': { messages: [{ role: 'user', content: 'Hi' }] },
  'openai-responses': { input: 'Hi' },
  'anthropic-messages': { messages: [{ role: 'user', content: 'Hi' }] },
  gemini: { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
}
const config = (generationConfig: object) => ({ generationConfig })
const long = 'x'.repeat(300)
const claudeCode = JSON.stringify({
  device_id: 'a1'.repeat(32),
  account_uuid: '',
  session_id: '00000000-0000-4000-8000-000000000000',
})
const digest = /^[0-9a-f]{64}$/
const pairs = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_none, index) => [`k${index}`, 'v']))

const thinking = (budget_tokens: number) => ({
  max_tokens: 100_000,
  thinking: { type: 'enabled', budget_tokens },
})
const thinkingConfig = (thinkingBudget: number) => config({ thinkingConfig: { thinkingBudget } })
const json = config({ responseMimeType: 'application/json' })

interface Row {
  front: Dialect
  to: `${Target}/${string}`
  body: object
  /** The request that the provider must receive, as `toMatchObject` reads it. */
  sent: object
  lost?: string
  /** A setting that must not be sent. */
  lacks?: string
}

const rows: Readonly<Record<string, readonly Row[]>> = {
  'ids of users': [
    {
      front: 'anthropic-messages',
      to: 'chat/m',
      body: { metadata: { user_id: claudeCode } },
      sent: { safety_identifier: expect.stringMatching(digest) },
    },
    {
      front: 'anthropic-messages',
      to: 'rsp/m',
      body: { metadata: { user_id: claudeCode } },
      sent: { safety_identifier: expect.stringMatching(digest) },
    },
    {
      front: 'anthropic-messages',
      to: 'rsp/m',
      body: { metadata: { user_id: 'short-id' } },
      sent: { safety_identifier: 'short-id' },
    },
    {
      front: 'openai-chat',
      to: 'rsp/m',
      body: { user: long },
      sent: { safety_identifier: expect.stringMatching(digest) },
    },
    {
      front: 'openai-responses',
      to: 'chat/m',
      body: { safety_identifier: long },
      sent: { safety_identifier: expect.stringMatching(digest) },
    },
    {
      front: 'openai-chat',
      to: 'ant/m',
      body: { user: long },
      sent: { metadata: { user_id: expect.stringMatching(digest) } },
    },
    // Anthropic refuses values that identify a person
    {
      front: 'openai-chat',
      to: 'ant/m',
      body: { user: 'anna@example.com' },
      sent: { metadata: { user_id: expect.stringMatching(digest) } },
    },
    {
      front: 'openai-responses',
      to: 'ant/m',
      body: { user: '+49 151 1234567' },
      sent: { metadata: { user_id: expect.stringMatching(digest) } },
    },
    {
      front: 'openai-chat',
      to: 'ant/m',
      body: { user: 'user-17' },
      sent: { metadata: { user_id: 'user-17' } },
    },
  ],
  'cache keys': [
    {
      front: 'openai-chat',
      to: 'rsp/m',
      body: { prompt_cache_key: long },
      sent: { prompt_cache_key: expect.stringMatching(/^x{47}_[0-9a-f]{16}$/) },
    },
    {
      front: 'openai-responses',
      to: 'chat/m',
      body: { prompt_cache_key: long },
      sent: { prompt_cache_key: expect.stringMatching(/^.{64}$/) },
    },
    {
      front: 'openai-responses',
      to: 'chat/m',
      body: { prompt_cache_key: 'k' },
      sent: { prompt_cache_key: 'k' },
    },
  ],
  'names of schemas': [
    {
      front: 'openai-chat',
      to: 'rsp/m',
      body: {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'Weather of a city '.repeat(5), schema: { type: 'object' } },
        },
      },
      sent: { text: { format: { name: expect.stringMatching(/^[\w-]{1,64}$/) } } },
    },
  ],
  metadata: [
    {
      front: 'openai-chat',
      to: 'rsp/m',
      body: { metadata: pairs(20) },
      sent: { metadata: pairs(16) },
      lost: 'metadata',
    },
    {
      front: 'openai-responses',
      to: 'chat/m',
      body: { metadata: { a: 'x'.repeat(513), b: 'v', ['n'.repeat(65)]: 'v' } },
      sent: { metadata: { b: 'v' } },
      lost: 'metadata',
    },
  ],
  temperatures: [
    {
      front: 'openai-chat',
      to: 'ant/claude-3-5-haiku-latest',
      body: { temperature: 1.7 },
      sent: { temperature: 1 },
      lost: 'temperature',
    },
    {
      front: 'openai-responses',
      to: 'ant/claude-3-5-haiku-latest',
      body: { temperature: 2 },
      sent: { temperature: 1 },
      lost: 'temperature',
    },
    {
      front: 'gemini',
      to: 'ant/claude-3-5-haiku-latest',
      body: config({ temperature: 1.2 }),
      sent: { temperature: 1 },
      lost: 'generationConfig.temperature',
    },
    {
      front: 'openai-chat',
      to: 'gem/gemini-2.5-flash',
      body: { temperature: 3 },
      sent: config({ temperature: 2 }),
      lost: 'temperature',
    },
    {
      front: 'anthropic-messages',
      to: 'mistral/mistral-large-latest',
      body: { temperature: 1 },
      sent: { temperature: 1 },
    },
    {
      front: 'gemini',
      to: 'mistral/mistral-large-latest',
      body: config({ temperature: 1.9 }),
      sent: { temperature: 1.5 },
      lost: 'generationConfig.temperature',
    },
    {
      front: 'gemini',
      to: 'kimi/moonshot-v1-8k',
      body: config({ temperature: 1.9 }),
      sent: { temperature: 1 },
      lost: 'generationConfig.temperature',
    },
  ],
  'other sampling': [
    {
      front: 'openai-chat',
      to: 'gem/gemini-2.5-flash',
      body: { top_p: 1.5 },
      sent: config({ topP: 1 }),
      lost: 'top_p',
    },
    {
      front: 'anthropic-messages',
      to: 'gem/gemini-2.5-flash',
      body: { top_k: 0 },
      sent: config({ topK: 1 }),
      lost: 'top_k',
    },
    {
      front: 'gemini',
      to: 'chat/m',
      body: config({ frequencyPenalty: 3, presencePenalty: -3 }),
      sent: { frequency_penalty: 2, presence_penalty: -2 },
    },
    {
      front: 'openai-chat',
      to: 'gem/gemini-2.5-flash',
      body: { logprobs: true, top_logprobs: 40 },
      sent: config({ logprobs: 20 }),
      lost: 'logprobs',
    },
    {
      front: 'gemini',
      to: 'rsp/m',
      body: config({ responseLogprobs: true, logprobs: 40 }),
      sent: { top_logprobs: 20 },
    },
  ],
  seeds: [
    // int32 at Google; the same seed always gives the same value
    {
      front: 'openai-chat',
      to: 'gem/gemini-2.5-flash',
      body: { seed: 2 ** 32 + 7 },
      sent: config({ seed: 7 }),
    },
    {
      front: 'openai-chat',
      to: 'gem/gemini-2.5-flash',
      body: { seed: -2_147_483_649 },
      sent: config({ seed: 2_147_483_647 }),
    },
    {
      front: 'gemini',
      to: 'mistral/mistral-large-latest',
      body: config({ seed: -1 }),
      sent: { random_seed: 2_147_483_647 },
    },
    { front: 'gemini', to: 'chat/m', body: config({ seed: -1 }), sent: { seed: -1 } },
  ],
  'limits on the output': [
    {
      front: 'anthropic-messages',
      to: 'rsp/m',
      body: { max_tokens: 1 },
      sent: { max_output_tokens: 16 },
      lost: 'max_tokens',
    },
    {
      front: 'openai-chat',
      to: 'rsp/m',
      body: { max_tokens: 5 },
      sent: { max_output_tokens: 16 },
      lost: 'max_completion_tokens',
    },
    {
      front: 'gemini',
      to: 'rsp/m',
      body: config({ maxOutputTokens: 15 }),
      sent: { max_output_tokens: 16 },
      lost: 'generationConfig.maxOutputTokens',
    },
    {
      front: 'anthropic-messages',
      to: 'chat/m',
      body: { max_tokens: 1 },
      sent: { max_completion_tokens: 1 },
    },
    {
      front: 'openai-responses',
      to: 'ant/claude-sonnet-4-5',
      body: { max_output_tokens: 500_000 },
      sent: { max_tokens: 64_000 },
      lost: 'max_output_tokens',
    },
  ],
  'budgets to think with': [
    {
      front: 'anthropic-messages',
      to: 'gem/gemini-3-pro-preview',
      body: thinking(90_000),
      sent: thinkingConfig(32_768),
      lost: 'thinking.budget_tokens',
    },
    {
      front: 'anthropic-messages',
      to: 'gem/gemini-2.5-flash',
      body: thinking(90_000),
      sent: thinkingConfig(24_576),
      lost: 'thinking.budget_tokens',
    },
    {
      front: 'anthropic-messages',
      to: 'gem/gemini-3-pro-preview',
      body: thinking(2048),
      sent: thinkingConfig(2048),
    },
    {
      front: 'gemini',
      to: 'ant/claude-sonnet-4-5',
      body: thinkingConfig(100),
      sent: { thinking: { budget_tokens: 1024 } },
    },
  ],
  'output that is JSON': [
    {
      front: 'gemini',
      to: 'chat/m',
      body: json,
      sent: { messages: [{ role: 'system', content: 'Respond in JSON.' }, { role: 'user' }] },
    },
    { front: 'gemini', to: 'rsp/m', body: json, sent: { instructions: 'Respond in JSON.' } },
    // a conversation that mentions JSON is unchanged
    {
      front: 'gemini',
      to: 'chat/m',
      body: { ...json, contents: [{ role: 'user', parts: [{ text: 'Write json.' }] }] },
      sent: { messages: [{ role: 'user' }] },
    },
  ],
  'empty ids': [
    {
      front: 'anthropic-messages',
      to: 'chat/m',
      body: { metadata: { user_id: '' } },
      sent: {},
      lacks: 'safety_identifier',
    },
    { front: 'openai-chat', to: 'ant/m', body: { user: '' }, sent: {}, lacks: 'metadata' },
  ],
  'service tiers': [
    {
      front: 'gemini',
      to: 'chat/m',
      body: { serviceTier: 'SERVICE_TIER_FLEX' },
      sent: { service_tier: 'flex' },
    },
    {
      front: 'openai-chat',
      to: 'rsp/m',
      body: { service_tier: 'on_demand' },
      sent: {},
      lost: 'service_tier',
      lacks: 'service_tier',
    },
    { front: 'openai-chat', to: 'rsp/m', body: { service_tier: 'flex' }, sent: { service_tier: 'flex' } },
  ],
}

describe.each(Object.entries(rows))('%s', (_kind, all) => {
  test.each(all)('$front → $to (%#)', async ({ front, to, body, sent, lost, lacks }) => {
    const made = await send(front, to, { ...asked[front], ...body })
    expect([made.status, made.response]).toMatchObject([200, {}])
    expect(made.body).toMatchObject(sent)
    if (lost !== undefined) expect(made.losses).toContain(lost)
    if (lacks !== undefined) expect(made.body).not.toHaveProperty(lacks)
  })
})

const tools = (count: number) =>
  Array.from({ length: count }, (_none, index) => ({ name: `t${index}`, input_schema: { type: 'object' } }))
const functions = (count: number) =>
  tools(count).map(({ name }) => ({ type: 'function', function: { name, parameters: { type: 'object' } } }))
const stops = (count: number) => Array.from({ length: count }, (_none, index) => `END${index}`)
const png = Buffer.from('\x89PNG\r\n\x1a\n0000', 'latin1').toString('base64')
const gif = Buffer.from('GIF89a0000').toString('base64')
const picture = (mediaType: string, data = png) => ({
  messages: [
    {
      role: 'user',
      content: [{ type: 'image_url', image_url: { url: `data:${mediaType};base64,${data}` } }],
    },
  ],
})
const linked = (url: string) => ({
  messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }],
})
const blob = (mimeType: string) => ({
  contents: [{ role: 'user', parts: [{ inlineData: { mimeType, data: 'AAAA' } }] }],
})

describe('values beyond a limit are refused by name before the target is called', () => {
  test.each<[Dialect, `${Target}/${string}`, string, object]>([
    ['anthropic-messages', 'chat/m', 'tools', { tools: tools(129) }],
    ['anthropic-messages', 'rsp/m', 'tools', { tools: tools(129) }],
    ['openai-chat', 'gem/gemini-2.5-flash', 'tools', { tools: functions(513) }],
    ['anthropic-messages', 'chat/m', 'stop_sequences', { stop_sequences: stops(5) }],
    ['anthropic-messages', 'gem/gemini-2.5-flash', 'stop_sequences', { stop_sequences: stops(6) }],
    ['openai-chat', 'ant/m', 'stop', { stop: ['\n\n'] }],
    ['openai-chat', 'ant/m', 'stop', { stop: ' ' }],
    ['gemini', 'ant/m', 'generationConfig.stopSequences', config({ stopSequences: ['END', '\t'] })],
    ['gemini', 'chat/m', 'generationConfig.candidateCount', config({ candidateCount: 200 })],
    ['openai-chat', 'gem/gemini-2.5-flash', 'n', { n: 9 }],
    ['openai-chat', 'gem/gemini-2.5-flash', 'messages[].content[].image_url', picture('image/gif', gif)],
    ['openai-chat', 'ant/m', 'messages[].content[].image_url', picture('image/bmp')],
    ['openai-chat', 'ant/m', 'messages[].content[].image_url', linked('http://pictures.example/a.png')],
    ['gemini', 'rsp/m', 'contents[].parts[].inlineData', blob('image/heic')],
    ['gemini', 'chat/m', 'contents[].parts[].inlineData', blob('audio/ogg')],
    ['openai-responses', 'gem/gemini-2.5-flash', 'input[].content[].file_data', file('application/msword')],
  ])('%s → %s: %s', async (front, to, param, body) => {
    const made = await send(front, to, { ...asked[front], ...body })
    expect(made.body).toBeUndefined()
    expect(made.status).toBe(400)
    expect(JSON.stringify(made.response)).toContain(param)
  })

  test('a self-hosted server that accepts the value gets it', async () => {
    expect(
      (await send('anthropic-messages', 'vllm/m', { ...asked['anthropic-messages'], tools: tools(129) })).body
        .tools,
    ).toHaveLength(129)
    expect((await send('gemini', 'vllm/m', blob('image/bmp'))).status).toBe(200)
  })
})

function file(mediaType: string) {
  return {
    input: [
      {
        role: 'user',
        content: [{ type: 'input_file', filename: 'a', file_data: `data:${mediaType};base64,AAAA` }],
      },
    ],
  }
}

describe('media types', () => {
  const source = ({ body }: Sent) => body.messages[0].content[0].source

  test.each([
    ['image/jpg', 'image/jpeg'],
    ['IMAGE/PNG', 'image/png'],
    ['image/png;charset=utf-8', 'image/png'],
    // the media type is read from the first bytes
    ['application/octet-stream', 'image/png'],
    ['', 'image/png'],
  ])('%p is said in the spelling that vendors know: %s', async (given, known) => {
    expect(source(await send('openai-chat', 'ant/m', picture(given)))).toMatchObject({ media_type: known })
    const { body } = await send('openai-chat', 'gem/gemini-2.5-flash', picture(given))
    expect(body.contents[0].parts[0].inlineData.mimeType).toBe(known)
  })

  test('audio formats are accepted by their usual names', async () => {
    for (const type of ['audio/mp3', 'audio/mpeg'])
      expect(
        (await send('gemini', 'chat/m', blob(type))).body.messages[0].content[0].input_audio.format,
      ).toBe('mp3')
    for (const type of ['audio/x-wav', 'audio/wave'])
      expect(
        (await send('gemini', 'chat/m', blob(type))).body.messages[0].content[0].input_audio.format,
      ).toBe('wav')
  })
})

describe('names of files', () => {
  const document = (title: string) => ({
    messages: [
      {
        role: 'user',
        content: [
          {
            type: 'document',
            title,
            source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
          },
        ],
      },
    ],
  })
  test.each([
    ['Rules of the house', 'Rules of the house.pdf'],
    ['rules.pdf', 'rules.pdf'],
    ['', 'document.pdf'],
  ])('%p ends as its type does: %p', async (title, name) => {
    const chatted = await send('anthropic-messages', 'chat/m', document(title))
    expect(chatted.body.messages[0].content[0].file.filename).toBe(name)
    const responded = await send('anthropic-messages', 'rsp/m', document(title))
    expect(responded.body.input[0].content[0].filename).toBe(name)
  })
})

describe('call ids', () => {
  const history = (id: string) => ({
    messages: [
      { role: 'user', content: 'go' },
      { role: 'assistant', content: [{ type: 'tool_use', id, name: 'shell', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'A' }] },
    ],
  })
  const chatHistory = (id: string) => ({
    messages: [
      { role: 'user', content: 'go' },
      {
        role: 'assistant',
        tool_calls: [{ id, type: 'function', function: { name: 'shell', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: id, content: 'A' },
    ],
  })
  /** The ids of a call and of its result, as sent to the target. */
  const idsIn: Readonly<Record<string, (body: Sent['body']) => [string, string]>> = {
    chat: ({ messages }) => [messages[1].tool_calls[0].id, messages[2].tool_call_id],
    mistral: ({ messages }) => [messages[1].tool_calls[0].id, messages[2].tool_call_id],
    rsp: ({ input }) => [input[1].call_id, input[2].call_id],
    ant: ({ messages }) => [messages[1].content[0].id, messages[2].content[0].tool_use_id],
    gem: ({ contents }) => [contents[1].parts[0].functionCall.id, contents[2].parts[0].functionResponse.id],
  }
  const ids = [
    'call_1',
    'chatcmpl-tool-0123456789abcdef0123456789abcdef',
    `resp_${'a'.repeat(54)}:call_0`,
    'functions.shell:0',
    'ü',
    'c'.repeat(85),
  ]
  const forms: readonly (readonly [Target, RegExp])[] = [
    ['chat', /^.{1,40}$/],
    ['mistral', /^[A-Za-z0-9]{9}$/],
    ['rsp', /^.{1,64}$/],
    ['gem', /^.+$/],
    ['ant', /^[A-Za-z0-9_-]{1,64}$/],
  ]

  test.each(forms.flatMap(([target, form]) => ids.map((id) => [target, id, form] as const)))(
    'to %s: %s, the same call id in call and result',
    async (target, id, form) => {
      const front = target === 'ant' || target === 'gem' ? 'openai-chat' : 'anthropic-messages'
      const ask = async () =>
        idsIn[target]?.(
          (await send(front, `${target}/m`, front === 'openai-chat' ? chatHistory(id) : history(id))).body,
        ) ?? ['', '-']
      const [call, result] = await ask()
      expect(call).toMatch(form)
      expect(result).toBe(call)
      expect(await ask()).toEqual([call, result])
      if (form.test(id) && target !== 'mistral') expect(call).toBe(id)
    },
  )

  test('two long call ids with the same beginning stay different', async () => {
    const messages = [
      { role: 'user', content: 'go' },
      {
        role: 'assistant',
        content: [1, 2].map((end) => ({
          type: 'tool_use',
          id: `${'c'.repeat(80)}${end}`,
          name: 'shell',
          input: {},
        })),
      },
      {
        role: 'user',
        content: [2, 1].map((end) => ({
          type: 'tool_result',
          tool_use_id: `${'c'.repeat(80)}${end}`,
          content: String(end),
        })),
      },
    ]
    const { body } = await send('anthropic-messages', 'chat/m', { messages })
    const [one, two] = body.messages[1].tool_calls.map(({ id }: { id: string }) => id)
    expect(one).not.toBe(two)
    expect(body.messages.slice(2)).toEqual([
      { role: 'tool', tool_call_id: two, content: '2' },
      { role: 'tool', tool_call_id: one, content: '1' },
    ])
  })
})

describe('tools', () => {
  const described = {
    tools: [
      { name: 'shell', description: `Runs. ${'y'.repeat(3000)} The end.`, input_schema: { type: 'object' } },
    ],
  }

  test('a tool description that is too long for Azure continues in the instructions without loss', async () => {
    const { body, losses } = await send('anthropic-messages', 'azure/m', {
      ...asked['anthropic-messages'],
      ...described,
    })
    const { description } = body.tools[0].function
    expect(description.length).toBeLessThanOrEqual(1024)
    const [system] = body.messages
    expect(system.role).toBe('system')
    const kept =
      description.slice(0, description.indexOf(' … ')) + system.content.slice('Tool shell: … '.length)
    expect(kept).toBe(described.tools[0]?.description)
    expect(losses).toContain('tools[].description')
  })

  test('for other vendors a long tool description stays whole', async () => {
    const { body } = await send('anthropic-messages', 'chat/m', {
      ...asked['anthropic-messages'],
      ...described,
    })
    expect(body.tools[0].function.description).toBe(described.tools[0]?.description)
  })

  test('a repeated tool name is declared once: the latest definition at the first position', async () => {
    const tool = (name: string, description: string) => ({
      type: 'function',
      function: { name, description, parameters: { type: 'object' } },
    })
    const given = { ...asked['openai-chat'], tools: [tool('a', 'old'), tool('b', ''), tool('a', 'new')] }
    const { body } = await send('openai-chat', 'ant/m', given)
    expect(
      body.tools.map(({ name, description }: { name: string; description: string }) => [name, description]),
    ).toEqual([
      ['a', 'new'],
      ['b', ''],
    ])
    const google = await send('openai-chat', 'gem/gemini-2.5-flash', given)
    expect(google.body.tools[0].functionDeclarations).toHaveLength(2)
  })

  const alternatives = {
    type: 'object',
    properties: { id: { type: 'string' }, tags: { type: 'array' } },
    required: ['id'],
    anyOf: [
      { properties: { title: { type: 'string' } }, required: ['title', 'why'] },
      { properties: { text: { type: 'array', items: { type: 'array' } } }, required: ['text', 'why'] },
    ],
  }
  const flat = {
    type: 'object',
    properties: {
      title: { type: 'string' },
      text: { type: 'array', items: { type: 'array', items: {} } },
      id: { type: 'string' },
      tags: { type: 'array', items: {} },
    },
    required: ['id', 'why'],
  }

  test.each<[Dialect, `${Target}/${string}`]>([
    ['gemini', 'ant/m'],
    ['gemini', 'chat/m'],
    ['gemini', 'rsp/m'],
    ['openai-chat', 'ant/m'],
    ['openai-responses', 'ant/m'],
    ['anthropic-messages', 'chat/m'],
  ])(
    '%s → %s: top-level alternatives of a schema are listed in the description, and arrays have an item type',
    async (front, to) => {
      const offered: Readonly<Record<Dialect, object>> = {
        'openai-chat': { tools: [{ type: 'function', function: { name: 't', parameters: alternatives } }] },
        'openai-responses': {
          tools: [{ type: 'function', name: 't', parameters: alternatives, strict: false }],
        },
        'anthropic-messages': { tools: [{ name: 't', input_schema: alternatives }] },
        gemini: { tools: [{ functionDeclarations: [{ name: 't', parametersJsonSchema: alternatives }] }] },
      }
      const { body, losses } = await send(front, to, { ...asked[front], ...offered[front] })
      const tool = body.tools[0].function ?? body.tools[0]
      expect(tool.input_schema ?? tool.parameters).toEqual(flat)
      expect(tool.description).toBe(
        `The arguments must also match: ${JSON.stringify({ anyOf: alternatives.anyOf })}`,
      )
      expect(losses).toHaveLength(1)
    },
  )

  test('without tools, tool settings are left out', async () => {
    // Codex always sends them
    const settings = { tools: [], tool_choice: 'auto', parallel_tool_calls: false }
    for (const to of ['chat/m', 'ant/m', 'gem/gemini-2.5-flash'] as const) {
      const { body, losses } = await send('openai-responses', to, {
        ...asked['openai-responses'],
        ...settings,
      })
      expect(Object.keys(body).join()).not.toMatch(/tool/i)
      expect(losses).toEqual([])
    }
    const required = { toolConfig: { functionCallingConfig: { mode: 'ANY' } } }
    const { body, losses } = await send('gemini', 'chat/m', { ...asked.gemini, ...required })
    expect([body.tool_choice, losses]).toEqual([undefined, ['toolConfig.functionCallingConfig.mode']])
  })

  test('tool arguments are an object, whatever the client wrote', async () => {
    const offered = {
      tools: [{ functionDeclarations: [{ name: 't', parametersJsonSchema: { properties: { a: {} } } }] }],
    }
    for (const [to, read] of [
      ['chat/m', (body: Sent['body']) => body.tools[0].function.parameters],
      ['rsp/m', (body: Sent['body']) => body.tools[0].parameters],
      ['ant/m', (body: Sent['body']) => body.tools[0].input_schema],
    ] as const)
      expect(read((await send('gemini', to, { ...asked.gemini, ...offered })).body)).toEqual({
        properties: { a: {} },
        type: 'object',
      })
  })

  test('an argument name that Anthropic does not accept refuses the call by name', async () => {
    const parameters = { type: 'object', properties: { 'file path': { type: 'string' } } }
    const made = await send('openai-chat', 'ant/m', {
      ...asked['openai-chat'],
      tools: [{ type: 'function', function: { name: 't', parameters } }],
    })
    expect([made.status, made.body]).toEqual([400, undefined])
    expect(made.text).toContain('has an argument whose name does not match')
  })

  test.each(['chat/m', 'rsp/m'] as const)(
    'strict tools with an optional member are not strict at %s, and the loss is named',
    async (to) => {
      const schema = (required: string[]) => ({
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'string' } },
        required,
        additionalProperties: false,
      })
      const strict = async (required: string[]) => {
        const { body, losses } = await send('anthropic-messages', to, {
          ...asked['anthropic-messages'],
          tools: [{ name: 't', strict: true, input_schema: schema(required) }],
        })
        return [(body.tools[0].function ?? body.tools[0]).strict, losses]
      }
      expect(await strict(['a'])).toEqual([false, ['tools[].strict']])
      expect(await strict(['a', 'b'])).toEqual([true, []])
    },
  )
})

test('an output limit is never raised above the limit that a budget sets', () => {
  const notes = notesOf(chat, responses)
  const request: GenerateRequest = {
    model: 'm',
    isStreaming: false,
    system: [],
    turns: [{ role: 'user', blocks: [{ kind: 'text', text: 'Hi' }] }],
  }
  const encode = (maxOutputTokens: number, outputCap: number) =>
    JSON.parse(
      responses.encodeRequest(
        { ...request, maxOutputTokens },
        {
          notes,
          departures: { usageInStream: true, unbilledErrors: 'none' },
          target: { model: 'm', outputCap },
        },
      ).body,
    ).max_output_tokens
  expect(encode(5, 16)).toBe(16)
  expect(encode(15, 15_000)).toBe(16)
  expect(() => encode(5, 15)).toThrow('"max_completion_tokens" cannot be carried')
})

test('every limit names its source', () => {
  for (const { table } of [chat, responses, anthropic, gemini])
    for (const limit of Object.values(table.limits)) expect(limit?.source).toMatch(/^https:\/\//)
})
