// The official OpenAI SDK over HTTP: existing code works unchanged.

import { beforeAll, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import { behave, chat, type FakeProvider } from '../upstreams/index.ts'
import { chatsOf, eventsOf, said, type Scene, scenes, thrownBy } from './scene.ts'

const { provider: newProvider, start } = scenes('file')
let provider: FakeProvider
let { gatehouse, client }: Pick<Scene, 'gatehouse' | 'client'> = {} as Scene

beforeAll(async () => {
  provider = await newProvider()
  const config = `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: "\${UPSTREAM_KEY}" }
  demo: { kind: demo, options: { pauses: false } }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 1, output: 2 } } ], retry: { attempts: 1 } }`
  ;({ gatehouse, client } = await start({ config, env: { UPSTREAM_KEY: 'sk-upstream' } }))
})

/** The last request that the provider received. */
const lastSent = () => chatsOf(provider).at(-1)?.json()

const weather = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    description: 'The weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}

test('a chat call returns a typed response, and the client reads the exchange id from it', async () => {
  const { data, response } = await client()
    .chat.completions.create({ model: 'fast', messages: said('Hi') })
    .withResponse()
  expect(data.choices[0]?.message.content).toBe('Hello from the fake provider.')
  expect(data.usage?.total_tokens).toBe(18)
  expect(response.headers.get('x-gatehouse-target')).toBe('fake/fake-model')
  expect(await gatehouse.record(response.headers.get('x-gatehouse-exchange'))).toMatchObject({
    outcome: 'ok',
    finish: { unified: 'stop' },
  })
})

test('a stream passes the text as it arrives; the record has its usage although the client did not request it', async () => {
  const { data: stream, response } = await client()
    .chat.completions.create({ model: 'fast', messages: said('Hi'), stream: true })
    .withResponse()
  const chunks: OpenAI.ChatCompletionChunk[] = []
  for await (const chunk of stream) chunks.push(chunk)
  expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(
    'Hello from the fake provider.',
  )
  expect(chunks.some((chunk) => chunk.usage)).toBe(false)
  expect(chunks.every((chunk) => chunk.choices.length > 0)).toBe(true)
  expect(lastSent().stream_options).toEqual({ include_usage: true })
  expect(await gatehouse.record(response.headers.get('x-gatehouse-exchange'))).toMatchObject({
    isStream: true,
    usage: { inputTokens: 11, outputTokens: 7 },
    times: { firstByteMs: expect.any(Number), firstTokenMs: expect.any(Number) },
    costBasis: 'usage',
  })
})

test('a client that requests usage in the stream gets it', async () => {
  const stream = await client().chat.completions.create({
    model: 'fast',
    messages: said('Hi'),
    stream: true,
    stream_options: { include_usage: true },
  })
  let last: OpenAI.ChatCompletionChunk | undefined
  for await (const chunk of stream) last = chunk
  expect(last).toMatchObject({ choices: [], usage: { prompt_tokens: 11, completion_tokens: 7 } })
})

test('the SDK’s tool loop runs through demo/agent, with parallel tools, to a text response', async () => {
  const asked: string[] = []
  const runner = client().chat.completions.runTools({
    model: 'demo/agent',
    messages: said('What is the weather in Paris and Rome?'),
    tools: [
      {
        type: 'function',
        function: {
          ...weather.function,
          parse: (text: string): { city: string } => JSON.parse(text),
          function: ({ city }: { city: string }) => {
            asked.push(city)
            return `sunny in ${city}`
          },
        },
      },
    ],
  })
  const received = await runner.finalContent()
  expect(asked.sort()).toEqual(['Paris', 'Rome'])
  expect(received).toContain('sunny in Paris')
  expect(received).toContain('sunny in Rome')
})

test('parallel tool calls of a stream keep their indices, ids and arguments', async () => {
  const delta = (value: object, finish: string | null = null) =>
    chat.event({
      id: 'c1',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm',
      choices: [{ index: 0, delta: value, finish_reason: finish }],
    })
  const call = (index: number, fields: object) => delta({ tool_calls: [{ index, ...fields }] })
  provider.next(
    behave.sse(
      [
        delta({ role: 'assistant', content: null }),
        call(0, { id: 'call_a', type: 'function', function: { name: 'get_weather', arguments: '' } }),
        call(0, { function: { arguments: '{"city":' } }),
        call(1, { id: 'call_b', type: 'function', function: { name: 'get_weather', arguments: '' } }),
        call(1, { function: { arguments: '{"city":"Ro' } }),
        call(0, { function: { arguments: '"Paris"}' } }),
        call(1, { function: { arguments: 'me"}' } }),
        delta({}, 'tool_calls'),
        'data: [DONE]\n\n',
      ].join(''),
      { cuts: { every: 41 } },
    ),
  )
  const stream = client().chat.completions.stream({
    model: 'fast',
    messages: said('weather'),
    tools: [weather],
  })
  const completion = await stream.finalChatCompletion()
  expect(
    completion.choices[0]?.message.tool_calls?.map((one) =>
      one.type === 'function' ? [one.id, one.function.arguments] : [],
    ),
  ).toEqual([
    ['call_a', '{"city":"Paris"}'],
    ['call_b', '{"city":"Rome"}'],
  ])
  expect(
    (await gatehouse.find((record) => record.finish?.raw === 'tool_calls' && record.isStream)).finish,
  ).toEqual({
    unified: 'tool-calls',
    raw: 'tool_calls',
  })
})

test('structured output: the schema is sent as the SDK wrote it, and the response is parsed by it', async () => {
  provider.next(behave.json(chat.completion('{"city":"Paris","degrees":21}')))
  const format = zodResponseFormat(z.object({ city: z.string(), degrees: z.number() }), 'weather')
  const completion = await client().chat.completions.parse({
    model: 'fast',
    messages: said('weather in Paris'),
    response_format: format,
  })
  expect(completion.choices[0]?.message.parsed).toEqual({ city: 'Paris', degrees: 21 })
  expect(lastSent().response_format).toEqual(JSON.parse(JSON.stringify(format)))

  const demo = await client().chat.completions.parse({
    model: 'demo/agent',
    messages: said('weather in Paris'),
    response_format: format,
  })
  expect(demo.choices[0]?.message.parsed).toMatchObject({
    city: expect.any(String),
    degrees: expect.any(Number),
  })
})

test('images, logprobs, n and unknown fields are sent as written and come back the same way', async () => {
  const logprobs = {
    content: [{ token: 'Hi', logprob: -0.1, bytes: [72, 105], top_logprobs: [] }],
    refusal: null,
  }
  const choice = (index: number) => ({
    index,
    message: { role: 'assistant', content: `Hi ${index}`, refusal: null },
    logprobs,
    finish_reason: 'stop',
  })
  provider.next(
    behave.json({ ...chat.completion(''), choices: [choice(0), choice(1)], vendor_extra: { kept: true } }),
  )
  const body = {
    model: 'fast',
    n: 2,
    logprobs: true,
    top_logprobs: 1,
    vendor_field: [1.0, 'x'],
    messages: [
      {
        role: 'user' as const,
        content: [
          { type: 'text' as const, text: 'What is this?' },
          {
            type: 'image_url' as const,
            image_url: { url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' as const },
          },
        ],
      },
    ],
  }
  const completion = await client().chat.completions.create(body)
  expect(lastSent()).toEqual({ ...body, model: 'fake-model' })
  expect(completion.choices.map((one) => one.message.content)).toEqual(['Hi 0', 'Hi 1'])
  expect(completion.choices[1]?.logprobs).toEqual(logprobs)
  expect(completion).toMatchObject({ vendor_extra: { kept: true } })
})

test('models.list returns models and discovered targets; models.retrieve finds a name with a slash', async () => {
  const seen = async () => (await client().models.list()).data.map((model) => model.id)
  // discovery of the provider's models runs concurrently with the start
  for (let tries = 0; tries < 200 && !(await seen()).includes('fake/fake-model'); tries += 1)
    await new Promise((resolve) => setImmediate(resolve))
  expect(await seen()).toEqual(expect.arrayContaining(['fast', 'fake/fake-model', 'demo/agent', 'demo/echo']))
  expect((await client().models.retrieve('fake/fake-model')).id).toBe('fake/fake-model')
  expect(await thrownBy(client().models.retrieve('nothing'))).toBeInstanceOf(OpenAI.NotFoundError)
})

test('an unknown key is an AuthenticationError and an unknown model a NotFoundError; the SDK retries neither', async () => {
  const before = chatsOf(provider).length
  const ask = (key: string, model: string) =>
    thrownBy(client({ key, maxRetries: 2 }).chat.completions.create({ model, messages: said('Hi') }))
  const stranger = await ask('gh_nobody', 'fast')
  expect(stranger).toBeInstanceOf(OpenAI.AuthenticationError)
  expect(stranger).toMatchObject({ status: 401, code: 'invalid_api_key' })
  const lost = await ask(gatehouse.key, 'slow')
  expect(lost).toBeInstanceOf(OpenAI.NotFoundError)
  expect(lost).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' })
  expect(chatsOf(provider)).toHaveLength(before)
  const exchange = lost instanceof OpenAI.APIError ? lost.headers?.get('x-gatehouse-exchange') : undefined
  expect(await gatehouse.record(exchange ?? null)).toMatchObject({
    outcome: 'refused',
    code: 'unknown-model',
  })
})

test('a provider’s own refusal reaches the client unchanged', async () => {
  provider.next(behave.error(400, { message: 'top_k is not a thing', code: 'unsupported_parameter' }))
  const refused = await thrownBy(client().chat.completions.create({ model: 'fast', messages: said('Hi') }))
  expect(refused).toBeInstanceOf(OpenAI.BadRequestError)
  expect(refused).toMatchObject({
    status: 400,
    code: 'unsupported_parameter',
    error: { message: 'top_k is not a thing' },
  })
  const exchange =
    refused instanceof OpenAI.APIError ? refused.headers?.get('x-gatehouse-exchange') : undefined
  expect(await gatehouse.record(exchange ?? null)).toMatchObject({
    outcome: 'failed',
    status: 400,
    code: 'upstream-error',
  })
})

/** A stream that the test controls, started with the given words. */
async function begun(words: readonly string[]) {
  const received = behave.manual()
  provider.next(received)
  const asking = client()
    .chat.completions.create({ model: 'fast', messages: said('Hi'), stream: true })
    .withResponse()
  await received.started
  received.head(200, { 'content-type': 'text/event-stream' })
  for (const event of eventsOf(chat.stream(words)).slice(0, words.length + 1)) received.push(event)
  const { data, response } = await asking
  return { answer: received, stream: data, exchange: response.headers.get('x-gatehouse-exchange') }
}

test('a stream that breaks off raises an APIError after the words that arrived', async () => {
  const { answer, stream, exchange } = await begun(['Hel', 'lo'])
  const words: string[] = []
  const read = async () => {
    for await (const chunk of stream) {
      words.push(chunk.choices[0]?.delta.content ?? '')
      if (words.join('') === 'Hello') answer.cut()
    }
  }
  const broken = await thrownBy(read())
  expect(broken).toBeInstanceOf(OpenAI.APIError)
  expect(broken).toMatchObject({ code: 'upstream_cut' })
  expect(words.join('')).toBe('Hello')
  expect(await gatehouse.record(exchange)).toMatchObject({
    outcome: 'failed',
    code: 'upstream-cut',
    status: 200,
  })
})

test('a client that aborts in the middle of a stream closes the upstream socket and leaves a canceled record', async () => {
  const { answer, stream, exchange } = await begun(['Hel'])
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break
  await answer.closed
  expect(await gatehouse.record(exchange)).toMatchObject({
    outcome: 'canceled',
    status: 499,
    code: 'client-gone',
    attempts: [{ outcome: 'canceled' }],
    costBasis: 'estimated',
  })
})

test('a client that leaves before the first byte closes the upstream socket and leaves a canceled record', async () => {
  const received = behave.manual()
  provider.next(received)
  const leaver = new AbortController()
  const asking = thrownBy(
    client().chat.completions.create(
      { model: 'fast', messages: said('Hi'), user: 'leaver' },
      { signal: leaver.signal },
    ),
  )
  await received.started
  leaver.abort()
  expect(await asking).toBeInstanceOf(OpenAI.APIUserAbortError)
  await received.closed
  const record = await gatehouse.find((one) => one.outcome === 'canceled' && !one.isStream)
  expect(record).toMatchObject({
    status: 499,
    code: 'client-gone',
    attempts: [{ target: 'fake/fake-model', outcome: 'canceled' }],
  })
})

test('the SDK retries an error that may be temporary: an overloaded provider, then a response', async () => {
  const before = chatsOf(provider).length
  provider.next(behave.error(503))
  const completion = await client({ maxRetries: 1 }).chat.completions.create({
    model: 'fast',
    messages: said('Hi'),
  })
  expect(completion.choices[0]?.message.content).toBe('Hello from the fake provider.')
  expect(chatsOf(provider)).toHaveLength(before + 2)
})
