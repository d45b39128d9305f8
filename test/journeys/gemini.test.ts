// Google's dialect for clients and providers: the same bytes if both sides use it, and both translations
// between it and OpenAI's.

import { beforeAll, describe, expect, test } from 'bun:test'
import { lookup } from '../../src/traffic/llm/models/index.ts'
import { gemini } from '../upstreams/gemini.ts'
import { behave, chat, type FakeProvider } from '../upstreams/index.ts'
import { type Scene, said, scenes, thrownBy } from './scene.ts'

const { provider: newProvider, start } = scenes('file')
let google: FakeProvider
let open: FakeProvider
let { gatehouse, client }: Pick<Scene, 'gatehouse' | 'client'> = {} as Scene

/** A separate target for each failure, because a failed target is paused. */
let troubles = 0
const failing = (provider: 'google' | 'open') => `${provider}-${++troubles}`
const failingModels = ['google', 'open'].flatMap((provider) =>
  Array.from(
    { length: 14 },
    (_, index) =>
      `  ${provider}-${index + 1}: { targets: [ ${provider}/trouble-${index + 1} ], retry: { attempts: 1 } }`,
  ),
)

beforeAll(async () => {
  google = await newProvider()
  google.on('/v1beta/models', behave.json(gemini.models(['gemini-2.5-flash'])))
  open = await newProvider()
  const config = `providers:
  google: { kind: gemini, url: "${google.url.replace(/\/v1$/, '')}", key: goog-upstream }
  open: { kind: openai-compatible, url: "${open.url}", key: sk-upstream }
models:
  flash: { targets: [ { target: google/gemini-2.5-flash, price: { input: 3, output: 15, cacheRead: 0.3 } } ], retry: { attempts: 1 } }
  three: { targets: [ { target: google/gemini-3-pro-preview, price: { input: 3, output: 15 } } ], retry: { attempts: 1 } }
  gpt: { targets: [ { target: open/fake-model, price: { input: 1, output: 2, cacheRead: 0.1 } } ], retry: { attempts: 1 } }
${failingModels.join('\n')}
guards:
  personal: { kind: pii, on: [request], action: restore, restoreIn: [arguments] }
`
  ;({ gatehouse, client } = await start({ config }))
})

interface Init {
  method?: 'generateContent' | 'streamGenerateContent' | 'countTokens'
  model?: string
  root?: string
  query?: string
  headers?: Record<string, string>
  signal?: AbortSignal
}

function post(
  body: object,
  {
    method = 'generateContent',
    model = 'flash',
    root = '/v1beta/models/',
    query,
    headers,
    signal,
  }: Init = {},
) {
  const search = query ?? (method === 'streamGenerateContent' ? '?alt=sse' : '')
  return fetch(`${gatehouse.url}${root}${model}:${method}${search}`, {
    method: 'POST',
    headers: headers ?? { 'x-goog-api-key': gatehouse.key, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  })
}

const asked = (text: string, more: object = {}) => ({
  contents: [{ role: 'user', parts: [{ text }] }],
  ...more,
})

const sentTo = (provider: FakeProvider) => {
  const request = provider.requests.findLast(({ method }) => method === 'POST')
  // oxlint-disable-next-line typescript/no-explicit-any -- a body of any shape
  return { request, body: request?.json() }
}

// oxlint-disable-next-line typescript/no-explicit-any -- chunks of any shape
const chunksIn = (stream: string): any[] =>
  stream
    .split(/\r?\n\r?\n/)
    .filter((event) => event.startsWith('data: '))
    .map((event) => JSON.parse(event.slice(6)))

// oxlint-disable-next-line typescript/no-explicit-any -- an answer of any shape
const partsIn = (chunks: any[]) =>
  chunks.flatMap(({ candidates = [] }) => candidates[0]?.content?.parts ?? [])
// oxlint-disable-next-line typescript/no-explicit-any -- parts of any shape
const textOf = (parts: any[]) =>
  parts
    .filter(({ thought }) => !thought)
    .map(({ text = '' }) => text)
    .join('')

const record = (response: Response) => gatehouse.record(response.headers.get('x-gatehouse-exchange'))

describe('a Google client and Google', () => {
  test('Google receives the client’s own bytes, and the client its response bytes', async () => {
    google.next(behave.json(gemini.response('Hello.')))
    const body = asked('Hi', {
      safetySettings: [],
      generationConfig: { temperature: 0.5 },
      some_new_field: { a: 1 },
    })
    const response = await post(body)
    expect(await response.text()).toBe(JSON.stringify(gemini.response('Hello.')))
    const { request } = sentTo(google)
    expect(request?.path).toBe('/v1beta/models/gemini-2.5-flash:generateContent')
    expect(request?.text()).toBe(JSON.stringify(body))
    const header = (name: string) => new Headers(request?.headers).get(name)
    expect([header('x-goog-api-key'), header('authorization')]).toEqual(['goog-upstream', null])
    expect(await record(response)).toMatchObject({
      dialect: 'gemini',
      usage: { inputTokens: 11, outputTokens: 7 },
    })
  })

  test('a Google stream comes back byte for byte, and only the last of its repeated counts is billed', async () => {
    const usage = {
      promptTokenCount: 1000,
      cachedContentTokenCount: 400,
      candidatesTokenCount: 40,
      thoughtsTokenCount: 60,
      toolUsePromptTokenCount: 20,
      totalTokenCount: 1120,
    }
    const stream = gemini.stream([{ text: 'Well…', thought: true }, 'Hel', 'lo ', 'there.'], { usage })
    google.next(behave.sse(stream, { cuts: { every: 37 } }))
    const response = await post(asked('Hi'), { method: 'streamGenerateContent' })
    expect(response.headers.get('content-type')).toStartWith('text/event-stream')
    expect(await response.text()).toBe(stream)
    expect(sentTo(google).request?.path).toBe('/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse')
    const { usage: told, costNano } = await record(response)
    expect(told).toEqual({ inputTokens: 1020, outputTokens: 100, cacheReadTokens: 400, reasoningTokens: 60 })
    // 620 × $3 + 400 × $0.30 + 100 × $15, per million
    expect(costNano).toBe(String(620 * 3000 + 400 * 300 + 100 * 15_000))
  })

  test.each([
    ['gemini-2.5-flash-lite', 35_000_000],
    ['gemini-3.1-flash-lite', 14_000_000 * 2],
  ])(
    'Google searches are billed per prompt or per query, as %p is priced, for every client dialect',
    async (model, fee) => {
      const chunk = (text: string, more: object) => ({
        candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, ...more }],
      })
      const grounded = { webSearchQueries: ['rom spiel', '', 'rom spiel', 'lazio spiel'] }
      const usageMetadata = { promptTokenCount: 1000, candidatesTokenCount: 100 }
      // the counts come before the search queries, and the chunk after the queries has no usage
      const chunks = [
        { ...chunk('Rom', {}), usageMetadata },
        chunk(' gewann.', { groundingMetadata: grounded }),
        chunk('', { finishReason: 'STOP' }),
      ]
      const stream = chunks.map((each) => `data: ${JSON.stringify(each)}\r\n\r\n`).join('')
      const { input = 0, output = 0 } = lookup('google', model)?.prices[0] ?? {}
      const cost = String(input / 1000 + output / 10_000 + fee)
      const usage = { inputTokens: 1000, outputTokens: 100, fees: { web_search: 2, grounded_prompt: 1 } }

      google.next(behave.sse(stream))
      const streamed = await post(asked('Wer gewann?', { tools: [{ google_search: {} }] }), {
        method: 'streamGenerateContent',
        model: `google/${model}`,
      })
      expect(await streamed.text()).toBe(stream)
      expect(await record(streamed)).toMatchObject({ usage, costNano: cost })

      const whole = {
        ...chunk('Rom gewann.', { finishReason: 'STOP', groundingMetadata: grounded }),
        usageMetadata,
      }
      google.next(behave.json(whole))
      expect(await record(await post(asked('Wer gewann?'), { model: `google/${model}` }))).toMatchObject({
        usage,
        costNano: cost,
      })

      google.next(behave.sse(stream))
      const { data, response } = await client()
        .chat.completions.create({
          model: `google/${model}`,
          messages: [{ role: 'user', content: 'Wer gewann?' }],
          stream: true,
        })
        .withResponse()
      for await (const _ of data);
      expect(await record(response)).toMatchObject({ usage, costNano: cost })
    },
  )

  test('without alt=sse a Google stream is an array, also when it breaks off', async () => {
    google.next(behave.sse(gemini.stream(['Hel', 'lo.']), { cuts: { every: 50 } }))
    const response = await post(asked('Hi'), { method: 'streamGenerateContent', query: '' })
    expect(response.headers.get('content-type')).toStartWith('application/json')
    expect(textOf(partsIn((await response.json()) as object[]))).toBe('Hello.')
    google.next(behave.sse(gemini.stream(['Hel']).split(/(?<=\r\n\r\n)/)[0] ?? ''))
    const broken = (await (
      await post(asked('Hi'), { method: 'streamGenerateContent', query: '', model: failing('google') })
    ).json()) as object[]
    expect(broken.at(-1)).toMatchObject({ error: { code: 502, status: 'UNAVAILABLE' } })
  })

  test.each(['/v1/models/', '/v1beta/models/models/', '/v1beta/'])(
    'the model of Google’s dialect is found at %p',
    async (root) => {
      google.next(behave.json(gemini.response('Hello.')))
      const response = await post(asked('Hi'), { root, model: 'google/gemini-2.5-flash' })
      expect(response.status).toBe(200)
      expect(sentTo(google).request?.path).toBe('/v1beta/models/gemini-2.5-flash:generateContent')
    },
  )

  test('a Google client’s key may be in the address and is not passed on', async () => {
    google.next(behave.json(gemini.response('Hello.')))
    const headers = { 'content-type': 'application/json' }
    const response = await post(asked('Hi'), { query: `?key=${gatehouse.key}`, headers })
    expect(response.status).toBe(200)
    const { request } = sentTo(google)
    expect(JSON.stringify([request?.path, request?.headers])).not.toContain(gatehouse.key)
    expect(gatehouse.log.join('')).not.toContain(gatehouse.key)
    const refused = await post(asked('Hi'), { headers })
    expect([refused.status, await refused.json()]).toMatchObject([
      401,
      { error: { code: 401, status: 'UNAUTHENTICATED' } },
    ])
  })

  test.each([true, false])(
    'Google does not receive data that a guard hides, and the client gets it back (stream: %p)',
    async (isStreaming) => {
      const parts = [
        { text: 'They named <EMAIL_1>.', thought: true },
        { text: 'I wrote to <EM' },
        { text: 'AIL_1>, done.' },
        { functionCall: { name: 'mail', args: { to: '<EMAIL_1>', at: 5 } }, thoughtSignature: 'c2ln' },
      ]
      google.next(
        isStreaming
          ? behave.sse(gemini.stream(parts), { cuts: { every: 41 } })
          : behave.json(gemini.response(parts)),
      )
      const body = {
        systemInstruction: { parts: [{ text: 'You serve ann@example.com' }] },
        contents: [
          { role: 'user', parts: [{ text: 'Write to ann@example.com' }] },
          { role: 'model', parts: [{ functionCall: { name: 'find', args: { who: 'ann@example.com' } } }] },
          {
            role: 'user',
            parts: [{ functionResponse: { name: 'find', response: { address: 'ann@example.com' } } }],
          },
        ],
      }
      const response = await post(body, { method: isStreaming ? 'streamGenerateContent' : 'generateContent' })
      const chunks = isStreaming ? chunksIn(await response.text()) : [await response.json()]
      const { request, body: sent } = sentTo(google)
      expect(request?.text()).not.toContain('ann@example.com')
      expect(sent.contents[1].parts[0].functionCall.args).toEqual({ who: '<EMAIL_1>' })
      expect(sent.contents[2].parts[0].functionResponse.response).toEqual({ address: '<EMAIL_1>' })
      const got = partsIn(chunks)
      expect(textOf(got)).toBe('I wrote to ann@example.com, done.')
      expect(got.find(({ thought }) => thought).text).toBe('They named ann@example.com.')
      expect(got.find(({ functionCall }) => functionCall)).toEqual({
        functionCall: { name: 'mail', args: { to: 'ann@example.com', at: 5 } },
        thoughtSignature: 'c2ln',
      })
    },
  )

  test('another vendor’s signature from an earlier turn of the conversation does not reach Google', async () => {
    google.next(behave.json(gemini.response('Hello.')))
    const proof = Buffer.from('{"gatehouse":{"dialect":"anthropic-messages","value":"c2ln"}}').toString(
      'base64',
    )
    const turn = (thoughtSignature: string) => ({
      role: 'model',
      parts: [{ text: `I saw ${proof}`, thoughtSignature }],
    })
    const body = { contents: [turn(proof), { role: 'user', parts: [{ text: 'And?' }] }] }
    await post(body)
    expect(sentTo(google).body).toEqual({
      contents: [turn('skip_thought_signature_validator'), body.contents[1]],
    })
  })

  test('a Google client gets Google’s error message; a wrong key of ours is reported as our own error', async () => {
    const retry = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7s' }
    google.next(
      behave.json(gemini.error(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota.', [retry]), {
        status: 429,
      }),
    )
    const limited = await post(asked('Hi'), { model: failing('google') })
    expect([limited.status, await limited.json()]).toMatchObject([
      429,
      { error: { status: 'RESOURCE_EXHAUSTED', details: [retry] } },
    ])
    google.next(
      behave.json(gemini.error(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.'), {
        status: 400,
      }),
    )
    const refused = await post(asked('Hi'), { model: failing('google') })
    expect(refused.status).toBe(502)
    expect(JSON.stringify(await refused.json())).not.toContain('not valid')
  })

  test('an error inside a Google stream is written so that SDKs raise it', async () => {
    const stream = gemini.stream(['Hel']).split('\r\n\r\n')[0]
    google.next(
      behave.sse(
        `${stream}\r\n\r\n${gemini.event(gemini.error(503, 'UNAVAILABLE', 'The model is overloaded.'))}`,
      ),
    )
    const response = await post(asked('Hi'), { method: 'streamGenerateContent', model: failing('google') })
    const text = await response.text()
    expect(chunksIn(text).at(-1)).toMatchObject({ error: { status: 'UNAVAILABLE' } })
    // plain JSON after the last event: Google's own SDKs look for it
    expect(JSON.parse(text.slice(text.lastIndexOf('\n\n') + 2))).toMatchObject({
      error: { code: 503, message: 'The model is overloaded.' },
    })
    expect((await record(response)).outcome).not.toBe('ok')
  })

  test('a prompt that Google blocks is a response with a reason', async () => {
    google.next(behave.json(gemini.blocked('PROHIBITED_CONTENT')))
    const response = await post(asked('Hi'))
    expect([response.status, await response.json()]).toEqual([200, gemini.blocked('PROHIBITED_CONTENT')])
    expect(await record(response)).toMatchObject({
      finish: { unified: 'content-filter', raw: 'PROHIBITED_CONTENT' },
    })
  })

  test('Google counts tokens for targets that support it; for others the count is an estimate', async () => {
    google.next(behave.json({ totalTokens: 31 }))
    const counted = await post(
      { generateContentRequest: { model: 'models/flash', ...asked('Hi') } },
      { method: 'countTokens' },
    )
    expect(await counted.json()).toEqual({ totalTokens: 31 })
    const { request, body } = sentTo(google)
    expect([request?.path, body.generateContentRequest.model]).toEqual([
      '/v1beta/models/gemini-2.5-flash:countTokens',
      'models/gemini-2.5-flash',
    ])
    expect((await record(counted)).costNano).toBe('0')
    const estimated = await post(asked('Hi'), { method: 'countTokens', model: 'gpt' })
    expect([
      estimated.headers.get('x-gatehouse-estimated'),
      ((await estimated.json()) as { totalTokens: number }).totalTokens > 0,
    ]).toEqual(['true', true])
  })

  test('models are listed in Google’s format for clients that send Google’s key', async () => {
    const get = async (path: string, headers: Record<string, string>) =>
      (await fetch(`${gatehouse.url}${path}`, { headers })).json()
    const list = await get('/v1beta/models', { 'x-goog-api-key': gatehouse.key })
    expect(list).toMatchObject({
      models: expect.arrayContaining([expect.objectContaining({ name: 'models/flash' })]),
    })
    expect(await get('/v1/models', { 'x-goog-api-key': gatehouse.key })).toEqual(list)
    expect(await get('/v1/models', { authorization: `Bearer ${gatehouse.key}` })).toMatchObject({
      object: 'list',
    })
    expect(await get('/v1beta/models/flash', { 'x-goog-api-key': gatehouse.key })).toMatchObject({
      name: 'models/flash',
    })
    expect(await get('/v1beta/models/none', { 'x-goog-api-key': gatehouse.key })).toMatchObject({
      error: { code: 404, status: 'NOT_FOUND' },
    })
  })

  test('a Google client that disconnects from a stream ends it at Google', async () => {
    const received = behave.manual()
    google.next(received)
    const leaving = new AbortController()
    const call = post(asked('Hi'), { method: 'streamGenerateContent', signal: leaving.signal })
    await received.started
    received.head(200, { 'content-type': 'text/event-stream' })
    received.push(gemini.stream(['Hel']).split(/(?<=\r\n\r\n)/)[0] ?? '')
    await (await call).body?.getReader().read()
    leaving.abort()
    await received.closed
    expect(received.isClosed).toBe(true)
  })
})

describe('a Google client and an OpenAI-compatible provider', () => {
  test.each([true, false])(
    'text, settings and usage are translated between a Google client and an OpenAI provider (stream: %p)',
    async (isStreaming) => {
      const usage = { prompt_tokens: 100, completion_tokens: 9, prompt_tokens_details: { cached_tokens: 40 } }
      open.next(
        isStreaming
          ? behave.sse(chat.stream(['Hel', 'lo.'], { usage, withUsage: true }), { cuts: { every: 29 } })
          : behave.json(chat.completion('Hello.', { usage })),
      )
      const body = asked('Hi', {
        systemInstruction: { parts: [{ text: 'Be brief.' }] },
        generationConfig: {
          temperature: 0.2,
          maxOutputTokens: 50,
          stopSequences: ['END'],
          seed: 4,
          responseMimeType: 'application/json',
          responseSchema: { type: 'OBJECT', properties: { a: { type: 'STRING', nullable: true } } },
          thinkingConfig: { thinkingLevel: 'LOW' },
        },
        safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
      })
      const response = await post(body, {
        model: 'gpt',
        method: isStreaming ? 'streamGenerateContent' : 'generateContent',
      })
      const chunks = isStreaming ? chunksIn(await response.text()) : [await response.json()]
      expect(sentTo(open).body).toMatchObject({
        model: 'fake-model',
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Hi' },
        ],
        temperature: 0.2,
        stop: ['END'],
        seed: 4,
        reasoning_effort: 'low',
        response_format: {
          type: 'json_schema',
          json_schema: { schema: { type: 'object', properties: { a: { type: ['string', 'null'] } } } },
        },
      })
      expect(textOf(partsIn(chunks))).toBe('Hello.')
      expect(chunks.at(-1)).toMatchObject({
        candidates: [{ finishReason: 'STOP' }],
        usageMetadata: {
          promptTokenCount: 100,
          candidatesTokenCount: 9,
          totalTokenCount: 109,
          cachedContentTokenCount: 40,
        },
      })
      const { usage: told, costNano } = await record(response)
      expect(told).toMatchObject({ inputTokens: 100, outputTokens: 9, cacheReadTokens: 40 })
      expect(costNano).toBe(String(60 * 1000 + 40 * 100 + 9 * 2000))
      expect(response.headers.get('x-gatehouse-losses')).toContain('safetySettings')
    },
  )

  test.each([true, false])(
    'parallel calls of a Google client and their results keep their pairs, with or without ids (stream: %p)',
    async (isStreaming) => {
      const calls = [
        {
          index: 0,
          id: 'call_a',
          type: 'function',
          function: { name: 'weather', arguments: '{"city":"Rome"}' },
        },
        {
          index: 1,
          id: 'call_b',
          type: 'function',
          function: { name: 'weather', arguments: '{"city":"Oslo"}' },
        },
      ]
      const choice = (delta: object, finish: string | null = null) =>
        chat.event({
          id: 'c',
          object: 'chat.completion.chunk',
          created: 1,
          model: 'fake-model',
          choices: [{ index: 0, delta, finish_reason: finish }],
        })
      const whole = chat.completion('', { finish: 'tool_calls' })
      Object.assign(whole.choices[0]?.message ?? {}, { content: null, tool_calls: calls })
      open.next(
        isStreaming
          ? behave.sse(`${choice({ tool_calls: calls })}${choice({}, 'tool_calls')}data: [DONE]\n\n`)
          : behave.json(whole),
      )
      const init = {
        model: 'gpt',
        method: isStreaming ? 'streamGenerateContent' : 'generateContent',
      } as const
      const declared = [
        { name: 'weather', parameters: { type: 'OBJECT', properties: { city: { type: 'STRING' } } } },
      ]
      const toolConfig = { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['weather'] } }
      const response = await post(
        asked('Rome and Oslo?', { tools: [{ functionDeclarations: declared }], toolConfig }),
        init,
      )
      const parts = partsIn(isStreaming ? chunksIn(await response.text()) : [await response.json()]).filter(
        ({ functionCall }) => functionCall,
      )
      expect(parts).toEqual([
        { functionCall: { id: 'call_a', name: 'weather', args: { city: 'Rome' } } },
        { functionCall: { id: 'call_b', name: 'weather', args: { city: 'Oslo' } } },
      ])
      expect(sentTo(open).body).toMatchObject({
        tools: [
          {
            type: 'function',
            function: {
              name: 'weather',
              parameters: { type: 'object', properties: { city: { type: 'string' } } },
            },
          },
        ],
        tool_choice: { type: 'function', function: { name: 'weather' } },
      })
      // Some SDKs drop the ids: results with the same name come in the order of the calls.
      open.next(behave.json(chat.completion('Warm and cold.')))
      const results = ['warm', 'cold'].map((output) => ({
        functionResponse: { name: 'weather', response: { output } },
      }))
      const withoutIds = parts.map(({ functionCall: { name, args } }) => ({ functionCall: { name, args } }))
      await post(
        {
          contents: [
            { role: 'user', parts: [{ text: 'Rome and Oslo?' }] },
            { role: 'model', parts: withoutIds },
            { role: 'user', parts: results },
          ],
        },
        { model: 'gpt' },
      )
      const [, assistant, first, second] = sentTo(open).body.messages
      expect([first, second]).toMatchObject([
        { role: 'tool', tool_call_id: assistant.tool_calls[0].id, content: 'warm' },
        { role: 'tool', tool_call_id: assistant.tool_calls[1].id, content: 'cold' },
      ])
    },
  )

  test('a Google client’s images reach an OpenAI provider, and a field that cannot be carried is refused by name', async () => {
    open.next(behave.json(chat.completion('A dot.')))
    const image = { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }
    await post({ contents: [{ parts: [{ text: 'What is it?' }, image] }] }, { model: 'gpt' })
    expect(sentTo(open).body.messages[0].content[1]).toMatchObject({
      image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' },
    })
    const refused = await post(asked('Hi', { tools: [{ googleSearch: {} }] }), { model: 'gpt' })
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { error: { status: 'INVALID_ARGUMENT', message: expect.stringContaining('tools[]') } },
    ])
  })

  test('single objects instead of lists are accepted in Google’s dialect, as Google’s own examples use them', async () => {
    open.next(behave.json(chat.completion('Hello.')))
    const body = {
      system_instruction: { parts: { text: 'Be brief.' } },
      contents: { parts: { text: 'Mail ann@example.com' } },
    }
    expect((await post(body, { model: 'gpt' })).status).toBe(200)
    expect(sentTo(open).body.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Mail <EMAIL_1>' },
    ])
  })

  test('a Google client gets errors of an OpenAI provider in Google’s format, with the time to retry', async () => {
    open.next(behave.error(429, { retryAfter: '7', message: 'Slow down.' }))
    const limited = await post(asked('Hi'), { model: failing('open') })
    expect([limited.status, await limited.json()]).toMatchObject([
      429,
      {
        error: {
          code: 429,
          status: 'RESOURCE_EXHAUSTED',
          message: 'Slow down.',
          details: [{ retryDelay: '7s' }],
        },
      },
    ])
    expect(limited.headers.get('retry-after')).toBe('7')
  })

  test.each([
    [{ contents: 'Hi' }, 'contents'],
    [{ contents: [{ role: 'system', parts: [] }] }, 'contents[0].role'],
    [{ contents: [{ parts: [{ text: 4 }] }] }, 'contents[0].parts[0].text'],
    [
      { contents: [{ parts: [{ functionResponse: { name: 'f', response: {} } }] }] },
      'contents[0].parts[0].functionResponse',
    ],
    [
      {
        contents: [{ role: 'model', parts: ['a', 'b'].map((name) => ({ functionCall: { id: 'x', name } })) }],
      },
      'contents[0].parts[1].functionCall.id',
    ],
    [{ contents: [], generationConfig: {}, generation_config: {} }, 'generationConfig'],
  ])('a mistake is named: %j', async (body, field) => {
    const response = await post(body, { model: 'gpt' })
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { message: expect.stringContaining(field) } },
    ])
  })
})

describe('an OpenAI client and Google', () => {
  test.each([true, false])(
    'text, reasoning and usage are translated between an OpenAI client and Google (stream: %p)',
    async (stream) => {
      const usage = {
        promptTokenCount: 100,
        cachedContentTokenCount: 40,
        candidatesTokenCount: 9,
        thoughtsTokenCount: 20,
        totalTokenCount: 129,
      }
      const parts = [
        { text: 'Well.', thought: true },
        { text: 'Hel' },
        { text: 'lo.', thoughtSignature: 'c2ln' },
      ]
      google.next(
        stream
          ? behave.sse(gemini.stream(parts, { usage }), { cuts: { every: 29 } })
          : behave.json(gemini.response(parts, { usage })),
      )
      const response = await gatehouse.chat({
        model: 'flash',
        stream,
        messages: [{ role: 'developer', content: 'Be brief.' }, ...said('Hi')],
        reasoning_effort: 'low',
        max_completion_tokens: 50,
        n: 1,
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'a', strict: true, schema: { type: 'object', $schema: 'x' } },
        },
      })
      const { request, body } = sentTo(google)
      expect(request?.path).toBe(
        `/v1beta/models/gemini-2.5-flash:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
      )
      expect(body).toEqual({
        systemInstruction: { parts: [{ text: 'Be brief.' }] },
        contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
        generationConfig: {
          maxOutputTokens: 50,
          candidateCount: 1,
          responseMimeType: 'application/json',
          responseJsonSchema: { type: 'object' },
          thinkingConfig: { thinkingBudget: 1024 },
        },
      })
      const text = await response.text()
      if (stream) expect(text).toEndWith('data: [DONE]\n\n')
      else
        expect(JSON.parse(text)).toMatchObject({
          choices: [{ message: { content: 'Hello.', reasoning_content: 'Well.' }, finish_reason: 'stop' }],
        })
      const { usage: told, costNano } = await record(response)
      expect(told).toEqual({ inputTokens: 100, outputTokens: 29, cacheReadTokens: 40, reasoningTokens: 20 })
      expect(costNano).toBe(String(60 * 3000 + 40 * 300 + 29 * 15_000))
    },
  )

  test.each([true, false])(
    'Google function calls reach an OpenAI client with their signatures, which go back to Google (stream: %p)',
    async (stream) => {
      const parts = [
        { functionCall: { name: 'weather', args: { city: 'Rome' } }, thoughtSignature: 'c2lnLWE=' },
        { functionCall: { name: 'weather', args: { city: 'Oslo' } } },
      ]
      google.next(stream ? behave.sse(gemini.stream(parts)) : behave.json(gemini.response(parts)))
      const tools = [
        {
          type: 'function' as const,
          function: {
            name: 'weather',
            parameters: { type: 'object', properties: { city: { type: 'string' } } },
          },
        },
      ]
      const request = { model: 'three', messages: said('Rome and Oslo?'), tools }
      const message = stream
        ? (await client().chat.completions.stream(request).finalChatCompletion()).choices[0]?.message
        : (await client().chat.completions.create(request)).choices[0]?.message
      expect(message?.tool_calls?.map((call) => 'function' in call && call.function)).toMatchObject([
        { name: 'weather', arguments: '{"city":"Rome"}' },
        { name: 'weather', arguments: '{"city":"Oslo"}' },
      ])
      google.next(behave.json(gemini.response('Warm and cold.')))
      const results = (message?.tool_calls ?? []).map(({ id }, index) => ({
        role: 'tool' as const,
        tool_call_id: id,
        content: ['warm', '{"t":-4}'][index] ?? '',
      }))
      await client().chat.completions.create({
        ...request,
        messages: [...request.messages, message as never, ...results],
      })
      const ids = message?.tool_calls?.map(({ id }) => id) ?? []
      expect(new Set(ids).size).toBe(2)
      expect(sentTo(google).body.contents.slice(1)).toEqual([
        {
          role: 'model',
          parts: [
            {
              functionCall: { id: ids[0], name: 'weather', args: { city: 'Rome' } },
              thoughtSignature: 'c2lnLWE=',
            },
            { functionCall: { id: ids[1], name: 'weather', args: { city: 'Oslo' } } },
          ],
        },
        {
          role: 'user',
          parts: [
            { functionResponse: { id: ids[0], name: 'weather', response: { output: 'warm' } } },
            { functionResponse: { id: ids[1], name: 'weather', response: { t: -4 } } },
          ],
        },
      ])
    },
  )

  test('function calls of other providers get the signature placeholder that Google requires', async () => {
    google.next(behave.json(gemini.response('Fine.')))
    const call = { id: 'call_1', type: 'function' as const, function: { name: 'f', arguments: '{}' } }
    const messages = [
      ...said('Go'),
      { role: 'assistant' as const, tool_calls: [call] },
      { role: 'tool' as const, tool_call_id: 'call_1', content: 'done' },
    ]
    await client().chat.completions.create({ model: 'three', messages })
    expect(sentTo(google).body.contents[1].parts[0].thoughtSignature).toBe('skip_thought_signature_validator')
  })

  test('an OpenAI client’s images and documents reach Google', async () => {
    google.next(behave.json(gemini.response('A dot.')))
    const content = [
      { type: 'text' as const, text: 'What is it?' },
      { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
      { type: 'image_url' as const, image_url: { url: 'https://example.com/dot.png' } },
      {
        type: 'file' as const,
        file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
      },
    ]
    await client().chat.completions.create({ model: 'flash', messages: [{ role: 'user', content }] })
    expect(sentTo(google).body.contents[0].parts).toEqual([
      { text: 'What is it?' },
      { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } },
      { fileData: { mimeType: 'image/png', fileUri: 'https://example.com/dot.png' } },
      { inlineData: { mimeType: 'application/pdf', data: 'JVBERi0=' } },
    ])
  })

  test.each(['SAFETY', 'blocked'])(
    'content that Google blocks finishes as a content filter for an OpenAI client (%s)',
    async (how) => {
      google.next(
        behave.json(
          how === 'SAFETY' ? gemini.response('Hm', { finish: 'SAFETY' }) : gemini.blocked('SAFETY'),
        ),
      )
      const { choices } = await client().chat.completions.create({ model: 'flash', messages: said('Hi') })
      expect(choices[0]?.finish_reason).toBe('content_filter')
    },
  )

  test('an OpenAI client gets errors of Google in OpenAI’s format, with the time to retry', async () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '6.2s' }]
    google.next(
      behave.json(
        gemini.error(
          429,
          'RESOURCE_EXHAUSTED',
          'You exceeded your current quota, please check your plan and billing details.',
          details,
        ),
        {
          status: 429,
        },
      ),
    )
    const limited = await thrownBy(
      client().chat.completions.create({ model: failing('google'), messages: said('Hi') }),
    )
    expect(limited).toMatchObject({ status: 429, error: { message: expect.stringContaining('quota') } })
    expect((limited as { headers: Headers }).headers.get('retry-after')).toBe('7')
    google.next(
      behave.json(
        gemini.error(
          400,
          'INVALID_ARGUMENT',
          'The input token count (9) exceeds the maximum number of tokens allowed (8).',
        ),
        {
          status: 400,
        },
      ),
    )
    const tooLong = await thrownBy(
      client().chat.completions.create({ model: failing('google'), messages: said('Hi') }),
    )
    expect(tooLong).toMatchObject({ status: 400, code: 'context_length_exceeded' })
  })

  test.each(['error', 'cut'])('a stream that breaks off (%s) raises', async (how) => {
    const [first] = gemini.stream(['Hel']).split(/(?<=\r\n\r\n)/)
    const broken =
      how === 'error'
        ? `${first}${gemini.event(gemini.error(503, 'UNAVAILABLE', 'Overloaded.'))}`
        : `${first}`
    google.next(behave.sse(broken))
    const stream = await client().chat.completions.create({
      model: failing('google'),
      messages: said('Hi'),
      stream: true,
    })
    let text = ''
    const thrown = await thrownBy(
      (async () => {
        for await (const { choices } of stream) text += choices[0]?.delta.content ?? ''
      })(),
    )
    expect([text, thrown]).toMatchObject(['Hel', { name: 'Error' }])
  })
})
