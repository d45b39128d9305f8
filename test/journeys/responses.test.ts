// OpenAI's Responses dialect for clients and providers, with the official SDK: the same bytes if both sides
// use it, both translations between it and chat, and guards. Kept responses: responses-state.test.ts.

import { beforeAll, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { behave, chat, type FakeProvider } from '../upstreams/index.ts'
import { responses } from '../upstreams/responses.ts'
import { chatsOf, type Scene, scenes, thrownBy } from './scene.ts'

const { provider: newProvider, start } = scenes('file')
let openai: FakeProvider
let inside: FakeProvider
let modern: FakeProvider
let { gatehouse, client }: Pick<Scene, 'gatehouse' | 'client'> = {} as Scene

beforeAll(async () => {
  openai = await newProvider()
  inside = await newProvider()
  modern = await newProvider()
  const config = `providers:
  openai: { kind: openai, url: "${openai.url}", key: sk-upstream }
  inside: { kind: openai-compatible, url: "${inside.url}", key: sk-upstream }
  modern: { kind: openai-compatible, url: "${modern.url}", key: sk-upstream, options: { dialects: [openai-responses] } }
models:
  same: { targets: [ { target: openai/gpt-fake, price: { input: 1, output: 2, cacheRead: 0.5 } } ], retry: { attempts: 1 } }
  translated: { targets: [ { target: inside/fake-model, price: { input: 1, output: 2 } } ], retry: { attempts: 1 } }
  modern: { targets: [ { target: modern/fake-model, price: { input: 1, output: 2 } } ], retry: { attempts: 1 } }
  late: { targets: [ inside/late ], retry: { attempts: 1 } }
  broken: { targets: [ inside/broken ], retry: { attempts: 1 } }
  cut: { targets: [ openai/cut ], retry: { attempts: 1 } }
teams:
  testers: { allow: { models: ["*", "*/*"] } }
keys:
  tester: { team: testers, secret: "\${TESTER_KEY}" }
guards:
  personal: { kind: pii, on: [request], action: restore, restoreIn: [arguments] }
  hosts: { kind: patterns, on: [response], action: redact, options: { patterns: { host: "[a-z0-9-]+[.]corp[.]example" } } }
  secrets: { kind: patterns, on: [response], action: block, options: { patterns: { key: "AKIA[A-Z0-9]{16}" } } }
`
  ;({ gatehouse, client } = await start({ config }))
})

// biome-ignore lint/suspicious/noExplicitAny: a body of any shape
const sentTo = (provider: FakeProvider): any =>
  provider.requests.findLast(({ method }) => method === 'POST')?.json()

const weather = {
  type: 'function' as const,
  name: 'get_weather',
  description: 'The weather of a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  strict: false,
}

async function eventsOf(stream: AsyncIterable<OpenAI.Responses.ResponseStreamEvent>) {
  const events: OpenAI.Responses.ResponseStreamEvent[] = []
  for await (const event of stream) events.push(event)
  return events
}

function post(body: object) {
  return fetch(`${gatehouse.url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gatehouse.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

describe('a Responses client and a provider of the same dialect', () => {
  test('a Responses provider receives the client’s own bytes with another model name, and the client its response bytes', async () => {
    const received = JSON.stringify({
      ...responses.whole([responses.message('Hello.')]),
      some_new_member: [1],
    })
    openai.next(behave.json(JSON.parse(received)))
    const body = {
      model: 'same',
      input: [{ role: 'user', content: 'Hi' }],
      store: false,
      some_new_field: { a: 1 },
    }
    const response = await post(body)
    expect(await response.text()).toBe(received)
    expect(openai.requests.at(-1)?.path).toBe('/v1/responses')
    expect(openai.requests.at(-1)?.text()).toBe(JSON.stringify(body).replace('"same"', '"gpt-fake"'))
  })

  test('usage, cached input and cost are those that the Responses provider reported', async () => {
    openai.next(behave.json(responses.whole([responses.message('Hello.')])))
    const { data, response } = await client().responses.create({ model: 'same', input: 'Hi' }).withResponse()
    expect(data.output_text).toBe('Hello.')
    const record = await gatehouse.record(response.headers.get('x-gatehouse-exchange'))
    expect(record).toMatchObject({
      dialect: 'openai-responses',
      outcome: 'ok',
      usage: { inputTokens: 11, cacheReadTokens: 3, outputTokens: 7, reasoningTokens: 2 },
      finish: { unified: 'stop', raw: 'completed' },
      costBasis: 'usage',
      // 8 × 1000 + 3 × 500 + 7 × 2000 nano-dollars
      costNano: '23500',
    })
  })

  test.each([1, 4, 1000])(
    'a Responses stream passes byte for byte, %d characters in a delta, and is metered',
    async (size) => {
      const items = [
        responses.reasoning('I think'),
        responses.message('Hello there.'),
        responses.call('get_weather', { city: 'Paris' }),
      ]
      const stream = responses.stream(items, { size })
      openai.next(behave.sse(stream, { cuts: { every: 333 } }))
      const response = await post({ model: 'same', input: 'Hi', stream: true, store: false })
      expect(await response.text()).toBe(stream)
      expect(await gatehouse.record(response.headers.get('x-gatehouse-exchange'))).toMatchObject({
        usage: { inputTokens: 11, outputTokens: 7 },
        finish: { unified: 'tool-calls' },
        isStream: true,
      })
    },
  )

  test('the SDK’s own stream helper assembles the response', async () => {
    openai.next(behave.sse(responses.stream([responses.message('Hello there.')])))
    const final = await client().responses.stream({ model: 'same', input: 'Hi' }).finalResponse()
    expect(final.output_text).toBe('Hello there.')
  })

  test.each([1, 3, 1000])(
    'hidden text is restored in Responses deltas and in every repetition, %d characters at a time',
    async (size) => {
      openai.next(
        behave.sse(
          responses.stream(
            [responses.message('I wrote to <EMAIL_1>.'), responses.call('mail', { to: '<EMAIL_1>' })],
            { size },
          ),
        ),
      )
      const events = await eventsOf(
        await client().responses.create({ model: 'same', input: 'Write to ann@example.com', stream: true }),
      )
      expect(JSON.stringify(sentTo(openai))).not.toContain('ann@example.com')
      expect(JSON.stringify(events.filter(({ type }) => !type.endsWith('.delta')))).not.toContain('EMAIL_1')
      const said = events
        .flatMap((event) => (event.type === 'response.output_text.delta' ? event.delta : []))
        .join('')
      const args = events
        .flatMap((event) => (event.type === 'response.function_call_arguments.delta' ? event.delta : []))
        .join('')
      expect([said, JSON.parse(args)]).toEqual(['I wrote to ann@example.com.', { to: 'ann@example.com' }])
      const last = events.at(-1)
      if (last?.type !== 'response.completed') throw new Error(`it ended with ${last?.type}`)
      expect(JSON.stringify(last.response.output)).toContain('I wrote to ann@example.com.')
    },
  )

  test.each([1, 6, 1000])(
    'matched text is masked wherever a Responses stream repeats it, %d characters at a time',
    async (size) => {
      const items = [
        responses.reasoning('ask db-7.corp.example'),
        responses.message('It is db-7.corp.example now.'),
      ]
      openai.next(behave.sse(responses.stream(items, { size })))
      const text = await (await post({ model: 'same', input: 'Hi', stream: true })).text()
      expect(text).not.toContain('corp.example')
      expect(text.match(/"text":"It is \[[^\]]+\] now\."/g)).toHaveLength(4)
    },
  )

  test('a guard that stops a Responses stream causes an SDK error, and nothing of the match has been released', async () => {
    openai.next(
      behave.sse(responses.stream([responses.message('The key is AKIAABCDEFGHIJKLMNOP, keep it.')])),
    )
    const seen: string[] = []
    const error = await thrownBy(
      (async () => {
        for await (const event of await client().responses.create({
          model: 'same',
          input: 'Hi',
          stream: true,
        })) {
          if (event.type === 'response.output_text.delta') seen.push(event.delta)
        }
      })(),
    )
    expect(error).toBeInstanceOf(OpenAI.APIError)
    expect(error).toMatchObject({ code: 'content_filter' })
    expect(seen.join('')).not.toContain('AKIA')
  })

  test('a Responses stream that the provider cuts ends with an error that the SDK raises', async () => {
    const stream = responses.stream([responses.message('Hello there.')])
    openai.next(behave.sse(stream.slice(0, stream.indexOf('event: response.output_text.done'))))
    const stream2 = await client().responses.create({ model: 'cut', input: 'Hi', stream: true })
    expect(await thrownBy(eventsOf(stream2))).toMatchObject({ code: 'upstream_cut' })
  })

  test('aborting a Responses call reaches the provider', async () => {
    const received = behave.manual()
    openai.next(received)
    const stop = new AbortController()
    const call = client().responses.create(
      { model: 'same', input: 'Hi', stream: true },
      { signal: stop.signal },
    )
    await received.started
    received.head(200, { 'content-type': 'text/event-stream' })
    received.push(
      responses.event({ type: 'response.created', sequence_number: 0, response: responses.whole([]) }),
    )
    await call
    stop.abort()
    await received.closed
  })
})

describe('a Responses client and a provider of the chat dialect', () => {
  test('a chat provider receives settings, instructions and tools of a Responses client, which gets a response object', async () => {
    inside.next(behave.json(chat.completion('Sunny.')))
    const { data, response } = await client()
      .responses.create({
        model: 'translated',
        instructions: 'Be brief.',
        input: [
          {
            role: 'user',
            content: [
              { type: 'input_text', text: 'Weather?' },
              { type: 'input_image', image_url: 'https://a.example/b.png', detail: 'low' },
            ],
          },
        ],
        tools: [weather],
        tool_choice: { type: 'function', name: 'get_weather' },
        max_output_tokens: 50,
        temperature: 0.5,
        reasoning: { effort: 'low' },
        text: {
          format: { type: 'json_schema', name: 'a', schema: { type: 'object' }, strict: true },
          verbosity: 'low',
        },
        truncation: 'auto',
      })
      .withResponse()
    expect(sentTo(inside)).toMatchObject({
      model: 'fake-model',
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Weather?' },
            { type: 'image_url', image_url: { url: 'https://a.example/b.png', detail: 'low' } },
          ],
        },
      ],
      tools: [{ type: 'function', function: { name: 'get_weather', parameters: weather.parameters } }],
      tool_choice: { type: 'function', function: { name: 'get_weather' } },
      max_completion_tokens: 50,
      temperature: 0.5,
      reasoning_effort: 'low',
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'a', schema: { type: 'object' }, strict: true },
      },
      verbosity: 'low',
    })
    expect(data).toMatchObject({
      object: 'response',
      status: 'completed',
      output_text: 'Sunny.',
      instructions: 'Be brief.',
      usage: { input_tokens: 11, output_tokens: 7, total_tokens: 18 },
    })
    expect(data.id).toMatch(/^resp_/)
    expect(response.headers.get('x-gatehouse-losses')).toContain('truncation')
    expect(await gatehouse.record(response.headers.get('x-gatehouse-exchange'))).toMatchObject({
      costNano: '25000',
      usage: { inputTokens: 11 },
    })
  })

  test('a Responses client of a chat provider gets the whole numbered sequence of events, and the SDK assembles it', async () => {
    inside.next(behave.sse(chat.stream(['Hel', 'lo'], { withUsage: true })))
    const events = await eventsOf(
      await client().responses.create({ model: 'translated', input: 'Hi', stream: true }),
    )
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ])
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index))
    inside.next(behave.sse(chat.stream(['Hel', 'lo'], { withUsage: true })))
    const final = await client().responses.stream({ model: 'translated', input: 'Hi' }).finalResponse()
    expect(final).toMatchObject({ output_text: 'Hello', usage: { input_tokens: 11, output_tokens: 7 } })
  })

  test('tools of a Responses client complete their round with a chat provider, with results by call id', async () => {
    const call = {
      id: 'call_9',
      type: 'function',
      function: { name: 'get_weather', arguments: '{"city":"Rome"}' },
    }
    const completion = chat.completion('', { finish: 'tool_calls' })
    inside.next(
      behave.json({
        ...completion,
        choices: [
          { ...completion.choices[0], message: { role: 'assistant', content: null, tool_calls: [call] } },
        ],
      }),
    )
    const first = await client().responses.create({
      model: 'translated',
      input: 'Weather in Rome?',
      tools: [weather],
    })
    const [made] = first.output
    expect(made).toMatchObject({
      type: 'function_call',
      call_id: 'call_9',
      name: 'get_weather',
      arguments: '{"city":"Rome"}',
      status: 'completed',
    })
    inside.next(behave.json(chat.completion('Sunny in Rome.')))
    const second = await client().responses.create({
      model: 'translated',
      input: [
        { role: 'user', content: 'Weather in Rome?' },
        ...first.output,
        { type: 'function_call_output', call_id: 'call_9', output: 'sunny' },
      ] as OpenAI.Responses.ResponseInput,
      tools: [weather],
    })
    expect(second.output_text).toBe('Sunny in Rome.')
    expect(sentTo(inside).messages).toEqual([
      { role: 'user', content: 'Weather in Rome?' },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_9', content: 'sunny' },
    ])
  })

  test('a chat completion that ran out of tokens is an incomplete response', async () => {
    inside.next(behave.json(chat.completion('Hel', { finish: 'length' })))
    const received = await client().responses.create({ model: 'translated', input: 'Hi' })
    expect(received).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    })
  })

  test.each([
    [{ tools: [{ type: 'web_search' }] }, 'tools[].type'],
    [{ input: [{ type: 'item_reference', id: 'msg_1' }] }, 'input[0].id'],
    [{ previous_response_id: 'resp_unknown' }, 'previous_response_id'],
    [{ conversation: 'conv_1' }, 'conversation'],
    [{ background: true }, 'background'],
    [{ input: [{ type: 'function_call_output', call_id: 'call_0', output: 'x' }] }, 'input[0].call_id'],
  ])('what would lose its meaning is refused by name: %j', async (more, param) => {
    const before = chatsOf(inside).length
    // biome-ignore lint/suspicious/noExplicitAny: wrong on purpose
    const error = await thrownBy(
      client().responses.create({ model: 'translated', input: 'Hi', ...(more as any) }),
    )
    expect(error).toBeInstanceOf(OpenAI.BadRequestError)
    expect(error).toMatchObject({ param })
    expect(chatsOf(inside)).toHaveLength(before)
  })

  test('an error inside a chat provider’s stream is an error that the Responses SDK raises, and is on the record', async () => {
    const begun = chat.stream(['Hel'], { isDone: false }).split('\n\n').slice(0, 2).join('\n\n')
    inside.next(behave.sse(`${begun}\n\n${chat.event(chat.error('Out of machines.', 'server_error'))}`))
    const { data, response } = await client()
      .responses.create({ model: 'late', input: 'Hi', stream: true })
      .withResponse()
    expect(await thrownBy(eventsOf(data))).toMatchObject({
      code: 'server_error',
      message: 'Out of machines.',
    })
    expect(await gatehouse.record(response.headers.get('x-gatehouse-exchange'))).toMatchObject({
      outcome: 'failed',
      code: 'upstream-error',
    })
  })

  test('a chat provider’s refusal is the typed error of the Responses SDK', async () => {
    inside.next(behave.error(429, { retryAfter: '7' }))
    const error = await thrownBy(client().responses.create({ model: 'broken', input: 'Hi' }))
    expect(error).toBeInstanceOf(OpenAI.RateLimitError)
  })
})

describe('a chat client and a provider that supports Responses only', () => {
  test('a Responses provider gets a chat client’s messages as items and flat tools, and stores nothing', async () => {
    modern.next(behave.json(responses.whole([responses.reasoning('Hm.'), responses.message('Sunny.')])))
    const received = await client().chat.completions.create({
      model: 'modern',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Weather?' },
      ],
      tools: [{ type: 'function', function: { name: 'get_weather', parameters: weather.parameters } }],
      max_completion_tokens: 50,
    })
    expect(modern.requests.at(-1)?.path).toBe('/v1/responses')
    expect(sentTo(modern)).toEqual({
      model: 'fake-model',
      instructions: 'Be brief.',
      input: [{ type: 'message', role: 'user', content: 'Weather?' }],
      tools: [{ type: 'function', name: 'get_weather', parameters: weather.parameters, strict: false }],
      max_output_tokens: 50,
      store: false,
    })
    expect(received.choices[0]).toMatchObject({
      message: { content: 'Sunny.', reasoning_content: 'Hm.' },
      finish_reason: 'stop',
    })
    expect(received.usage).toMatchObject({
      prompt_tokens: 11,
      completion_tokens: 7,
      prompt_tokens_details: { cached_tokens: 3 },
    })
  })

  test('a chat client gets a Responses stream as chunks, with tool calls and their ids', async () => {
    modern.next(
      behave.sse(
        responses.stream([
          responses.message('Well: '),
          responses.call('get_weather', { city: 'Rome' }, 'call_7'),
        ]),
      ),
    )
    const stream = client().chat.completions.stream({
      model: 'modern',
      messages: [{ role: 'user', content: 'Hi' }],
    })
    const final = await stream.finalChatCompletion()
    expect(final.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: 'Well: ',
        tool_calls: [{ id: 'call_7', function: { name: 'get_weather', arguments: '{"city":"Rome"}' } }],
      },
    })
  })
})

describe('guards', () => {
  test('text that a guard removes from a source’s title is removed from every repetition of it', async () => {
    const annotation = {
      type: 'url_citation',
      start_index: 0,
      end_index: 2,
      url: 'https://a.example',
      title: 'see db-7.corp.example',
    }
    openai.next(behave.sse(responses.stream([responses.message('Hi there.', { annotations: [annotation] })])))
    const text = await (await post({ model: 'same', input: 'Hi', stream: true })).text()
    expect(text).toContain('"title":"see [')
    expect(text).not.toContain('db-7.corp.example')
  })

  test('guards treat whole responses like streams', async () => {
    openai.next(
      behave.json(
        responses.whole([
          responses.message('At db-7.corp.example, <EMAIL_1>.'),
          responses.call('mail', { to: '<EMAIL_1>' }),
        ]),
      ),
    )
    const received = await client().responses.create({
      model: 'same',
      input: 'Write to ann@example.com',
      instructions: 'Use db-1.corp.example',
    })
    expect(received.output_text).toMatch(/^At \[.*\], ann@example\.com\.$/)
    expect(received.output[1]).toMatchObject({ arguments: '{"to":"ann@example.com"}' })
    openai.next(behave.json(responses.whole([responses.message('AKIAABCDEFGHIJKLMNOP')])))
    expect(await thrownBy(client().responses.create({ model: 'same', input: 'Hi' }))).toMatchObject({
      status: 400,
      code: 'content_filter',
    })
  })
})
