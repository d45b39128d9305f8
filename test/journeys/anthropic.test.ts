// Anthropic's dialect for clients and providers: the same bytes if both sides use it, and both translations
// between it and OpenAI's.

import { beforeAll, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { anthropic } from '../upstreams/anthropic.ts'
import { behave, chat, type FakeProvider } from '../upstreams/index.ts'
import { type Scene, scenes, thrownBy } from './scene.ts'

const { provider: newProvider, start } = scenes('file')
let claude: FakeProvider
let open: FakeProvider
let { gatehouse, client }: Pick<Scene, 'gatehouse' | 'client'> = {} as Scene

beforeAll(async () => {
  claude = await newProvider()
  open = await newProvider()
  const config = `providers:
  claude: { kind: anthropic, url: "${claude.url.replace(/\/v1$/, '')}", key: sk-ant-upstream }
  open: { kind: openai-compatible, url: "${open.url}", key: sk-upstream }
models:
  sonnet: { targets: [ { target: claude/claude-sonnet-4-5, price: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75, cacheWriteLong: 6 } } ], retry: { attempts: 1 } }
  gpt: { targets: [ { target: open/fake-model, price: { input: 1, output: 2, cacheRead: 0.1 } } ], retry: { attempts: 1 } }
${failingModels.join('\n')}
guards:
  personal: { kind: pii, on: [request], action: restore, restoreIn: [arguments] }
`
  ;({ gatehouse, client } = await start({ config }))
})

function post(
  body: object,
  init: { path?: string; headers?: Record<string, string>; signal?: AbortSignal } = {},
) {
  return fetch(`${gatehouse.url}${init.path ?? '/v1/messages'}`, {
    method: 'POST',
    headers: {
      'x-api-key': gatehouse.key,
      'anthropic-version': '2023-06-01',
      'content-type': 'application/json',
      ...init.headers,
    },
    body: JSON.stringify(body),
    ...(init.signal ? { signal: init.signal } : {}),
  })
}

const asked = (text: string, more: object = {}) => ({
  model: 'sonnet',
  max_tokens: 100,
  messages: [{ role: 'user', content: text }],
  ...more,
})

/** A separate target for each failure, because a failed target is paused. */
let troubles = 0
const failing = (provider: 'claude' | 'open') => `${provider}-${++troubles}`
const failingModels = ['claude', 'open'].flatMap((provider) =>
  Array.from(
    { length: 9 },
    (_, index) =>
      `  ${provider}-${index + 1}: { targets: [ ${provider}/trouble-${index + 1} ], retry: { attempts: 1 } }`,
  ),
)

const sentTo = (provider: FakeProvider) => {
  const request = provider.requests.findLast(({ method }) => method === 'POST')
  return { request, body: request?.json() }
}

/** The data of a stream's events. */
// biome-ignore lint/suspicious/noExplicitAny: events of any shape
const eventsIn = (stream: string): any[] =>
  stream
    .split('\n\n')
    .filter((event) => event.includes('data: '))
    .map((event) => JSON.parse(event.slice(event.indexOf('data: ') + 6)))

/** What an official SDK returns for a stream. */
function accumulated(stream: string) {
  // biome-ignore lint/suspicious/noExplicitAny: a message of any shape
  let message: any
  const names = [...stream.matchAll(/^event: .*$/gm)].map(([name]) => name)
  const events = eventsIn(stream)
  expect(names).toEqual(events.map(({ type }) => `event: ${type}`))
  const inputs: string[] = []
  for (const event of events) {
    if (event.type === 'message_start') message = event.message
    else if (event.type === 'content_block_start') {
      expect(event.index).toBe(message.content.length)
      message.content.push({ ...event.content_block })
    } else if (event.type === 'content_block_delta') {
      const block = message.content[event.index]
      if (event.delta.type === 'text_delta') block.text += event.delta.text
      if (event.delta.type === 'thinking_delta') block.thinking += event.delta.thinking
      if (event.delta.type === 'signature_delta') block.signature = event.delta.signature
      if (event.delta.type === 'input_json_delta')
        inputs[event.index] = (inputs[event.index] ?? '') + event.delta.partial_json
    } else if (event.type === 'content_block_stop' && message.content[event.index].type === 'tool_use')
      message.content[event.index].input = JSON.parse(inputs[event.index] || '{}')
    else if (event.type === 'message_delta') {
      const { input_tokens: startInput, output_tokens: startOutput } = message.usage
      Object.assign(message, event.delta, { usage: { ...message.usage, ...event.usage } })
      message.summed = { input: startInput, output: startOutput + event.usage.output_tokens }
    }
  }
  expect(events.at(-1)?.type).toBe('message_stop')
  return message
}

describe('an Anthropic client and Anthropic', () => {
  test('Anthropic receives the client’s own bytes with another model name, and the client its response bytes', async () => {
    claude.next(behave.json(anthropic.message('Hello.'), { headers: { 'request-id': 'req_up' } }))
    const body = { ...asked('Hi'), some_new_field: { a: 1 } }
    const response = await post(body, { headers: { 'anthropic-beta': 'new-thing-2026-01-01' } })
    expect(await response.text()).toBe(JSON.stringify(anthropic.message('Hello.')))
    const { request } = sentTo(claude)
    expect(request?.path).toBe('/v1/messages')
    expect(request?.text()).toBe(JSON.stringify(body).replace('"sonnet"', '"claude-sonnet-4-5"'))
    const header = (name: string) => new Headers(request?.headers).get(name)
    expect([
      header('x-api-key'),
      header('authorization'),
      header('anthropic-version'),
      header('anthropic-beta'),
    ]).toEqual(['sk-ant-upstream', null, '2023-06-01', 'new-thing-2026-01-01'])
    const record = await gatehouse.record(response.headers.get('x-gatehouse-exchange'))
    expect(record).toMatchObject({
      dialect: 'anthropic-messages',
      usage: { inputTokens: 11, outputTokens: 7 },
    })
  })

  test('an Anthropic stream comes back byte for byte, and its last counts determine the cost', async () => {
    const usage = {
      input_tokens: 100,
      cache_read_input_tokens: 1000,
      cache_creation_input_tokens: 500,
      cache_creation: { ephemeral_5m_input_tokens: 300, ephemeral_1h_input_tokens: 200 },
      output_tokens: 40,
    }
    const stream = anthropic.stream(
      [
        { type: 'thinking', thinking: 'Well now', signature: 'c2ln' },
        { type: 'text', text: 'Hello there.' },
      ],
      { usage },
    )
    claude.next(behave.sse(stream, { cuts: { every: 37 } }))
    const response = await post(asked('Hi', { stream: true }), {
      headers: { authorization: `Bearer ${gatehouse.key}`, 'x-api-key': '' },
    })
    expect(await response.text()).toBe(stream)
    const record = await gatehouse.record(response.headers.get('x-gatehouse-exchange'))
    expect(record.usage).toEqual({
      inputTokens: 1600,
      outputTokens: 40,
      cacheReadTokens: 1000,
      cacheWriteTokens: 500,
      cacheWriteLongTokens: 200,
    })
    // 100 × $3 + 1000 × $0.30 + 300 × $3.75 + 200 × $6 + 40 × $15, per million
    expect(record.costNano).toBe(String(100 * 3000 + 1000 * 300 + 300 * 3750 + 200 * 6000 + 40 * 15_000))
  })

  test.each([true, false])(
    'Anthropic does not receive data that a guard hides, and the client gets it back (stream: %p)',
    async (stream) => {
      const content = [
        { type: 'thinking', thinking: 'They named <EMAIL_1>.', signature: 'c2ln' },
        { type: 'text', text: 'I wrote to <EMAIL_1>, done.' },
        { type: 'tool_use', id: 'toolu_1', name: 'mail', input: { to: '<EMAIL_1>', n: 1 } },
      ]
      const reported = { stop: 'tool_use' }
      claude.next(
        stream
          ? behave.sse(anthropic.stream(content, reported), { cuts: { every: 11 } })
          : behave.json(anthropic.message(content, reported)),
      )
      const messages = [
        { role: 'user', content: [{ type: 'text', text: 'Write to ann@example.com' }] },
        {
          role: 'assistant',
          content: [
            {
              type: 'tool_use',
              id: 'toolu_0',
              name: 'find',
              input: { deep: [{ mail: 'ann@example.com' }], n: 1 },
            },
          ],
        },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 'toolu_0',
              content: [{ type: 'text', text: 'It is ann@example.com' }],
            },
          ],
        },
      ]
      const response = await post({ ...asked(''), system: 'You serve ann@example.com', messages, stream })
      const text = await response.text()
      const sent = sentTo(claude).request?.text() ?? ''
      expect(sent).not.toContain('ann@example.com')
      expect(sent.split('<EMAIL_1>')).toHaveLength(5)
      const message = stream ? accumulated(text) : JSON.parse(text)
      expect(message.content).toEqual([
        { type: 'thinking', thinking: 'They named ann@example.com.', signature: 'c2ln' },
        { type: 'text', text: 'I wrote to ann@example.com, done.' },
        { type: 'tool_use', id: 'toolu_1', name: 'mail', input: { to: 'ann@example.com', n: 1 } },
      ])
    },
  )

  test('an Anthropic client gets Anthropic errors with their status, message and retry-after', async () => {
    const body = anthropic.error('rate_limit_error', 'Slow down.')
    claude.next(behave.json(body, { status: 429, headers: { 'retry-after': '7' } }))
    const response = await post(asked('Hi', { model: failing('claude') }))
    expect([response.status, response.headers.get('retry-after'), await response.json()]).toEqual([
      429,
      '7',
      body,
    ])
  })

  test('an error inside an Anthropic stream reaches the client unchanged and is on the record', async () => {
    const stream = anthropic.stream('Hello there.').split(/(?<=\n\n)/)
    const error = anthropic.event(anthropic.error('overloaded_error', 'Overloaded'))
    claude.next(behave.sse(stream.slice(0, 4).join('') + error))
    const response = await post(asked('Hi', { stream: true, model: failing('claude') }))
    expect(await response.text()).toBe(stream.slice(0, 4).join('') + error)
    const record = await gatehouse.record(response.headers.get('x-gatehouse-exchange'))
    expect(record.attempts.at(-1)).toMatchObject({
      fault: 'overloaded',
      status: 529,
      usage: { inputTokens: 11, isEstimated: true },
    })
  })

  test('an Anthropic stream that breaks off ends with an error event', async () => {
    const received = behave.manual()
    claude.next(received)
    const call = post(asked('Hi', { stream: true, model: failing('claude') }))
    await received.started
    received.head(200, { 'content-type': 'text/event-stream' })
    received.push(anthropic.stream('Hello there, you.').slice(0, 700))
    const response = await call
    received.cut()
    const last = eventsIn(await response.text()).at(-1)
    expect(last).toMatchObject({ type: 'error', error: { type: 'api_error', message: expect.any(String) } })
  })

  test('an Anthropic client that disconnects ends the call upstream', async () => {
    const received = behave.manual()
    claude.next(received)
    const stop = new AbortController()
    const call = post(asked('Hi', { stream: true }), { signal: stop.signal })
    await received.started
    received.head(200, { 'content-type': 'text/event-stream' })
    received.push(
      anthropic
        .stream('Hello there.')
        .split(/(?<=\n\n)/)
        .slice(0, 4)
        .join(''),
    )
    const reader = (await call).body?.getReader()
    await reader?.read()
    stop.abort()
    await received.closed
    const record = await gatehouse.find(({ code }) => code === 'client-gone')
    // for an aborted Anthropic stream, the counts of message_start are known and the output is estimated
    expect(record.usage).toMatchObject({ inputTokens: 11, isEstimated: true })
  })
})

describe('an Anthropic client and a provider that uses OpenAI’s dialect', () => {
  test.each([true, false])(
    'an Anthropic client gets text and usage from an OpenAI provider in the right fields (stream: %p)',
    async (stream) => {
      const usage = { prompt_tokens: 100, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 60 } }
      open.next(
        stream
          ? behave.sse(chat.stream(['Hel', 'lo'], { usage, withUsage: true }))
          : behave.json(chat.completion('Hello', { usage })),
      )
      const response = await post({
        ...asked('Hi'),
        model: 'gpt',
        system: [{ type: 'text', text: 'Be brief.' }],
        stop_sequences: ['END'],
        stream,
      })
      const text = await response.text()
      const message = stream ? accumulated(text) : JSON.parse(text)
      expect(message).toMatchObject({
        type: 'message',
        role: 'assistant',
        content: [{ type: 'text', text: 'Hello' }],
        stop_reason: 'end_turn',
        stop_sequence: null,
        usage: { input_tokens: 40, cache_read_input_tokens: 60, output_tokens: 7 },
      })
      // clients that add the counts of the first and the last event get the same sum
      if (stream) expect(message.summed.output).toBe(7)
      expect(sentTo(open).body).toMatchObject({
        model: 'fake-model',
        stop: ['END'],
        messages: [
          { role: 'system', content: expect.anything() },
          { role: 'user', content: expect.anything() },
        ],
      })
      const record = await gatehouse.record(response.headers.get('x-gatehouse-exchange'))
      expect(record.usage).toMatchObject({ inputTokens: 100, outputTokens: 7, cacheReadTokens: 60 })
      expect(record.costNano).toBe(String(40 * 1000 + 60 * 100 + 7 * 2000))
    },
  )

  test.each([true, false])(
    'an Anthropic client completes a round of parallel tools with an OpenAI provider (stream: %p)',
    async (stream) => {
      const calls = [
        { id: 'call_a', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
        { id: 'call_b', type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } },
      ]
      const delta = (value: object, finish: string | null = null) =>
        chat.event({
          id: 'c',
          object: 'chat.completion.chunk',
          created: 1,
          model: 'm',
          choices: [{ index: 0, delta: value, finish_reason: finish }],
        })
      const streamed = [
        delta({ role: 'assistant', content: 'Let me look.' }),
        ...calls.flatMap((call, index) => [
          delta({ tool_calls: [{ ...call, index, function: { ...call.function, arguments: '' } }] }),
          ...(call.function.arguments.match(/.{1,6}/g) ?? []).map((part) =>
            delta({ tool_calls: [{ index, function: { arguments: part } }] }),
          ),
        ]),
        delta({}, 'tool_calls'),
        'data: [DONE]\n\n',
      ].join('')
      const completion = chat.completion('Let me look.', { finish: 'tool_calls' })
      const whole = {
        ...completion,
        choices: [
          {
            ...completion.choices[0],
            message: { role: 'assistant', content: 'Let me look.', tool_calls: calls },
          },
        ],
      }
      open.next(stream ? behave.sse(streamed, { cuts: { every: 50 } }) : behave.json(whole))
      const tools = [
        {
          name: 'weather',
          description: 'Weather',
          input_schema: { type: 'object', properties: { city: { type: 'string' } } },
        },
      ]
      const first = await post({
        ...asked('Weather?'),
        model: 'gpt',
        tools,
        tool_choice: { type: 'any', disable_parallel_tool_use: false },
        stream,
      })
      const text = await first.text()
      const message = stream ? accumulated(text) : JSON.parse(text)
      expect(message.content).toEqual([
        { type: 'text', text: 'Let me look.' },
        { type: 'tool_use', id: 'call_a', name: 'weather', input: { city: 'Oslo' } },
        { type: 'tool_use', id: 'call_b', name: 'weather', input: { city: 'Rome' } },
      ])
      expect(message.stop_reason).toBe('tool_use')
      expect(sentTo(open).body).toMatchObject({
        tool_choice: 'required',
        parallel_tool_calls: true,
        tools: [{ function: { name: 'weather' } }],
      })

      open.next(behave.json(chat.completion('Cold and warm.')))
      const results = [
        { type: 'tool_result', tool_use_id: 'call_a', content: '3 °C' },
        { type: 'tool_result', tool_use_id: 'call_b', content: [{ type: 'text', text: '21 °C' }] },
        { type: 'text', text: 'And?' },
      ]
      const messages = [
        { role: 'user', content: 'Weather?' },
        { role: 'assistant', content: message.content },
        { role: 'user', content: results },
      ]
      const second = await post({ ...asked(''), model: 'gpt', tools, messages })
      expect((await second.json()).content).toEqual([{ type: 'text', text: 'Cold and warm.' }])
      expect(
        sentTo(open).body.messages.map(({ role, tool_call_id }: { role: string; tool_call_id?: string }) => [
          role,
          tool_call_id,
        ]),
      ).toEqual([
        ['user', undefined],
        ['assistant', undefined],
        ['tool', 'call_a'],
        ['tool', 'call_b'],
        ['user', undefined],
      ])
    },
  )

  test('an Anthropic client sends images to an OpenAI provider, and a loss is named', async () => {
    open.next(behave.json(chat.completion('A cat.')))
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } }
    const content = [{ type: 'text', text: 'What is it?' }, image]
    const response = await post({
      ...asked(''),
      model: 'gpt',
      messages: [{ role: 'user', content }],
      top_k: 5,
    })
    expect(response.status).toBe(200)
    expect(JSON.stringify(sentTo(open).body.messages)).toContain('data:image/png;base64,iVBORw0KGgo=')
    expect(response.headers.get('x-gatehouse-losses')).toContain('top_k')
  })

  test('a feature that only Anthropic has is refused in Anthropic’s format, and nothing is sent', async () => {
    const before = open.requests.length
    const response = await post({
      ...asked('Hi'),
      model: 'gpt',
      tools: [{ type: 'web_search_20250305', name: 'web_search' }],
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', message: expect.stringContaining('tools[]') },
    })
    expect(open.requests.length).toBe(before)
  })

  test('an Anthropic client gets errors of an OpenAI provider in Anthropic’s format, with retry-after', async () => {
    open.next(behave.error(429, { retryAfter: '3', message: 'Too many.' }))
    const limited = await post({ ...asked('Hi'), model: failing('open') })
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '3'])
    expect(await limited.json()).toMatchObject({
      type: 'error',
      error: { type: 'rate_limit_error', message: 'Too many.' },
    })
    open.next(behave.error(400, { code: 'context_length_exceeded', message: 'maximum context length is 10' }))
    const long = await post({ ...asked('Hi'), model: failing('open') })
    expect(long.status).toBe(400)
    expect((await long.json()).error.message).toStartWith('prompt is too long')
  })

  test('an error inside an OpenAI stream is an error event for an Anthropic client', async () => {
    const events = chat.stream(['Hel', 'lo']).split(/(?<=\n\n)/)
    open.next(
      behave.sse(
        `${events.slice(0, 2).join('')}${chat.event({ error: { message: 'The engine is overloaded', type: 'server_error' } })}`,
      ),
    )
    const response = await post({ ...asked('Hi', { stream: true }), model: failing('open') })
    const all = eventsIn(await response.text())
    expect(all.map(({ type }) => type)).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'error',
    ])
    expect(all.at(-1)).toMatchObject({
      error: { type: expect.stringMatching(/_error$/), message: expect.any(String) },
    })
  })

  test.each([true, false])(
    'a guard hides and restores text between an Anthropic client and an OpenAI provider (stream: %p)',
    async (stream) => {
      open.next(
        stream
          ? behave.sse(chat.stream(['To <EM', 'AIL_1>!']))
          : behave.json(chat.completion('To <EMAIL_1>!')),
      )
      const response = await post({ ...asked('Write to ann@example.com', { stream }), model: 'gpt' })
      const text = await response.text()
      expect((stream ? accumulated(text) : JSON.parse(text)).content).toEqual([
        { type: 'text', text: 'To ann@example.com!' },
      ])
      expect(sentTo(open).request?.text()).not.toContain('ann@example.com')
    },
  )
})

describe('an OpenAI client and Anthropic', () => {
  const said = (content: string) => [{ role: 'user' as const, content }]

  test('an OpenAI client gets text and usage from Anthropic in the right fields, also for the cache (stream: %p)', async () => {
    const usage = {
      input_tokens: 10,
      cache_read_input_tokens: 20,
      cache_creation_input_tokens: 30,
      output_tokens: 7,
    }
    claude.next(behave.json(anthropic.message('Hello.', { usage })))
    const { data, response } = await client()
      .chat.completions.create({
        model: 'sonnet',
        messages: [{ role: 'developer', content: 'Be brief.' }, ...said('Hi')],
        max_completion_tokens: 50,
        stop: 'END',
        user: 'u1',
      })
      .withResponse()
    expect(data.choices[0]).toMatchObject({
      message: { role: 'assistant', content: 'Hello.' },
      finish_reason: 'stop',
    })
    expect(data.usage).toMatchObject({
      prompt_tokens: 60,
      completion_tokens: 7,
      total_tokens: 67,
      prompt_tokens_details: { cached_tokens: 20 },
    })
    expect(sentTo(claude).body).toEqual({
      model: 'claude-sonnet-4-5',
      max_tokens: 50,
      system: 'Be brief.',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
      stop_sequences: ['END'],
      metadata: { user_id: 'u1' },
    })
    const record = await gatehouse.record(response.headers.get('x-gatehouse-exchange'))
    expect(record.usage).toMatchObject({ inputTokens: 60, cacheReadTokens: 20, cacheWriteTokens: 30 })
    expect(record.costNano).toBe(String(10 * 3000 + 20 * 300 + 30 * 3750 + 7 * 15_000))
  })

  test('an OpenAI client’s stream from Anthropic is billed by its last counts, even if the client requested none', async () => {
    claude.next(
      behave.sse(
        anthropic.stream([
          { type: 'thinking', thinking: 'Well', signature: 'x' },
          { type: 'text', text: 'Hello.' },
        ]),
        { cuts: { every: 40 } },
      ),
    )
    const { data, response } = await client()
      .chat.completions.create({ model: 'sonnet', messages: said('Hi'), stream: true })
      .withResponse()
    let text = ''
    let finish: unknown
    for await (const chunk of data) {
      text += chunk.choices[0]?.delta.content ?? ''
      finish = chunk.choices[0]?.finish_reason ?? finish
    }
    expect([text, finish]).toEqual(['Hello.', 'stop'])
    expect(sentTo(claude).body).toMatchObject({ stream: true, max_tokens: expect.any(Number) })
    const record = await gatehouse.record(response.headers.get('x-gatehouse-exchange'))
    expect(record.usage).toEqual({
      inputTokens: 11,
      outputTokens: 7,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
    })
  })

  test.each([true, false])(
    'an OpenAI client completes a round of parallel tools with Anthropic (stream: %p)',
    async (stream) => {
      const content = [
        { type: 'text', text: 'Let me look.' },
        { type: 'tool_use', id: 'toolu_a', name: 'weather', input: { city: 'Oslo' } },
        { type: 'tool_use', id: 'toolu_b', name: 'weather', input: {} },
      ]
      const reported = { stop: 'tool_use' }
      claude.next(
        stream
          ? behave.sse(anthropic.stream(content, reported), { cuts: { every: 33 } })
          : behave.json(anthropic.message(content, reported)),
      )
      const tools = [
        {
          type: 'function' as const,
          function: {
            name: 'weather',
            parameters: { type: 'object', properties: { city: { type: 'string' } } },
          },
        },
      ]
      const body = {
        model: 'sonnet',
        messages: said('Weather?'),
        tools,
        tool_choice: 'required' as const,
        parallel_tool_calls: false,
      }
      const message = stream
        ? await client().chat.completions.stream(body).finalMessage()
        : (await client().chat.completions.create(body)).choices[0]?.message
      expect(message?.content).toBe('Let me look.')
      const calls = (message?.tool_calls ?? []) as OpenAI.ChatCompletionMessageFunctionToolCall[]
      expect(
        calls.map(({ id, function: called }) => [id, called.name, JSON.parse(called.arguments)]),
      ).toEqual([
        ['toolu_a', 'weather', { city: 'Oslo' }],
        ['toolu_b', 'weather', {}],
      ])
      expect(sentTo(claude).body).toMatchObject({
        tools: [{ name: 'weather', input_schema: { type: 'object' } }],
        tool_choice: { type: 'any', disable_parallel_tool_use: true },
      })

      claude.next(behave.json(anthropic.message('Cold.')))
      const image = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }
      await client().chat.completions.create({
        ...body,
        tool_choice: 'auto',
        messages: [
          ...said('Weather?'),
          { role: 'assistant', content: 'Let me look.', tool_calls: calls },
          { role: 'tool', tool_call_id: 'toolu_a', content: '3 °C' },
          { role: 'tool', tool_call_id: 'toolu_b', content: 'no city' },
          { role: 'user', content: [{ type: 'text', text: 'And this?' }, image] },
        ],
      })
      expect(sentTo(claude).body.messages.slice(1)).toEqual([
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'Let me look.' },
            { type: 'tool_use', id: 'toolu_a', name: 'weather', input: { city: 'Oslo' } },
            { type: 'tool_use', id: 'toolu_b', name: 'weather', input: {} },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'toolu_a', content: [{ type: 'text', text: '3 °C' }] },
            { type: 'tool_result', tool_use_id: 'toolu_b', content: [{ type: 'text', text: 'no city' }] },
            { type: 'text', text: 'And this?' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
          ],
        },
      ])
    },
  )

  test('Anthropic errors are typed errors of OpenAI’s SDK', async () => {
    claude.next(
      behave.json(anthropic.error('overloaded_error', 'Overloaded'), {
        status: 529,
        headers: { 'retry-after': '2' },
      }),
    )
    const overloaded = await thrownBy(
      client().chat.completions.create({ model: failing('claude'), messages: said('Hi') }),
    )
    expect(overloaded).toBeInstanceOf(OpenAI.APIError)
    claude.next(
      behave.json(anthropic.error('rate_limit_error', 'Slow down.'), {
        status: 429,
        headers: { 'retry-after': '2' },
      }),
    )
    const limited = await thrownBy(
      client().chat.completions.create({ model: failing('claude'), messages: said('Hi') }),
    )
    expect(limited).toBeInstanceOf(OpenAI.RateLimitError)
    expect((limited as InstanceType<typeof OpenAI.RateLimitError>).headers?.get('retry-after')).toBe('2')
    const begun = anthropic
      .stream('Hello there.')
      .split(/(?<=\n\n)/)
      .slice(0, 4)
      .join('')
    claude.next(behave.sse(begun + anthropic.event(anthropic.error('overloaded_error', 'Overloaded'))))
    const stream = await client().chat.completions.create({
      model: failing('claude'),
      messages: said('Hi'),
      stream: true,
    })
    const broken = await thrownBy(
      (async () => {
        for await (const _chunk of stream);
      })(),
    )
    expect(broken).toBeInstanceOf(OpenAI.APIError)
  })
})

describe('other operations', () => {
  test('an Anthropic target counts tokens itself, and counting costs nothing', async () => {
    claude.next(behave.json({ input_tokens: 4711 }))
    const { max_tokens: _none, ...body } = asked('Hi')
    const response = await post(body, { path: '/v1/messages/count_tokens' })
    expect(await response.json()).toEqual({ input_tokens: 4711 })
    expect(response.headers.get('x-gatehouse-estimated')).toBeNull()
    expect(sentTo(claude).request?.path).toBe('/v1/messages/count_tokens')
    const record = await gatehouse.record(response.headers.get('x-gatehouse-exchange'))
    expect(record.costNano ?? '0').toBe('0')
  })

  test('for other targets the token count is an estimate and is marked as one; nothing is sent', async () => {
    const before = open.requests.length
    const { max_tokens: _none, ...body } = asked('word '.repeat(1000))
    const response = await post({ ...body, model: 'gpt' }, { path: '/v1/messages/count_tokens' })
    const { input_tokens: count } = await response.json()
    expect(count).toBeWithin(1000, 2000)
    expect(response.headers.get('x-gatehouse-estimated')).toBe('true')
    expect(open.requests.length).toBe(before)
    const record = await gatehouse.record(response.headers.get('x-gatehouse-exchange'))
    expect(record.costNano ?? '0').toBe('0')
  })

  test('models are listed in Anthropic’s format for clients that send its version, and in OpenAI’s for others', async () => {
    const get = async (path: string, headers: Record<string, string>) =>
      (
        await fetch(`${gatehouse.url}${path}`, {
          headers: { 'x-api-key': gatehouse.key, authorization: `Bearer ${gatehouse.key}`, ...headers },
        })
      ).json()
    const ours = await get('/v1/models', { 'anthropic-version': '2023-06-01' })
    const listed = ours.data.find(({ id }: { id: string }) => id === 'sonnet')
    expect([ours.has_more, listed.type]).toEqual([false, 'model'])
    expect(listed.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect(await get('/v1/models/sonnet', { 'anthropic-version': '2023-06-01' })).toMatchObject({
      type: 'model',
      id: 'sonnet',
    })
    expect(await get('/v1/models/nothing', { 'anthropic-version': '2023-06-01' })).toMatchObject({
      type: 'error',
      error: { type: 'not_found_error' },
    })
    expect(await get('/v1/models', {})).toMatchObject({ object: 'list' })
  })

  test('an Anthropic client gets refusals in Anthropic’s format: missing or wrong key, unknown model, invalid JSON, wrong type', async () => {
    const reported = async (response: Promise<Response>) => {
      const { status, headers, ...rest } = await response.then(async (r) => ({
        status: r.status,
        headers: r.headers,
        body: await r.json(),
      }))
      expect(headers.get('request-id')).toBe(headers.get('x-gatehouse-exchange'))
      return [status, rest.body.error.type]
    }
    expect(await reported(post(asked('Hi'), { headers: { 'x-api-key': '' } }))).toEqual([
      401,
      'authentication_error',
    ])
    expect(await reported(post(asked('Hi'), { headers: { 'x-api-key': 'gh_wrong' } }))).toEqual([
      401,
      'authentication_error',
    ])
    expect(await reported(post({ ...asked('Hi'), model: 'nothing' }))).toEqual([404, 'not_found_error'])
    expect(await reported(post({ ...asked('Hi'), messages: 'Hi' }))).toEqual([400, 'invalid_request_error'])
    expect(
      await reported(
        post({
          ...asked('Hi'),
          model: 'gpt',
          messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'x' }] }],
        }),
      ),
    ).toEqual([400, 'invalid_request_error'])
  })
})
