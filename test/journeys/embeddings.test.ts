// Embeddings over HTTP: every client with every provider dialect, with the same controls as any other call.

import { ApiError, GoogleGenAI } from '@google/genai'
import { afterEach, beforeAll, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { type EmbedBack, embeds } from '../upstreams/embeddings.ts'
import { behave, type FakeProvider } from '../upstreams/index.ts'
import { dialectOf, embedClient, embedClients } from './embed-clients.ts'
import { type Scene, scenes, thrownBy } from './scene.ts'

const { provider: newProvider, start } = scenes('file')
const backs = ['openai', 'gemini'] as const
const providers = {} as Record<EmbedBack, FakeProvider>
let scene: Scene

const pauper = 'gh_pauper-key-that-is-no-secret-012356789'
const price = 'price: { input: 0.02, output: 0 }'

beforeAll(async () => {
  for (const back of backs) providers[back] = await newProvider()
  const root = (provider: FakeProvider) => provider.url.replace(/\/v1$/, '')
  scene = await start({
    config: `providers:
  openai: { kind: openai-compatible, url: "${providers.openai.url}", key: sk-upstream }
  gemini: { kind: gemini, url: "${root(providers.gemini)}", key: sk-upstream }
  claude: { kind: anthropic, url: "${root(providers.openai)}", key: sk-upstream }
  demo: { kind: demo, options: { pauses: false } }
models:
  from-openai: { targets: [ { target: openai/text-embedding-fake, ${price} } ], retry: { attempts: 1 } }
  from-gemini: { targets: [ { target: gemini/gemini-embedding-fake, ${price} } ], retry: { attempts: 1 } }
  limited-openai: { targets: [ openai/limited ], retry: { attempts: 1 } }
  limited-gemini: { targets: [ gemini/limited ], retry: { attempts: 1 } }
  local: demo/embed
  nowhere: claude/claude-haiku-4-5
  mixed: { targets: [ claude/claude-haiku-4-5, { target: gemini/gemini-embedding-fake, ${price} } ], retry: { attempts: 1 } }
  either: { targets: [ { target: gemini/gemini-embedding-fake, ${price} }, { target: openai/text-embedding-fake, ${price} } ], retry: { attempts: 1 } }
guards:
  personal: { kind: pii, action: restore }
  secret: { kind: patterns, action: block, options: { words: [ Bluebird ] } }
policies:
  no-pictures: { when: 'operation.kind == "model.embed" && "image" in operation.media', then: { deny: "no pictures here" } }
teams:
  testers: { allow: { models: ["*", "*/*"] } }
  readers: { allow: { models: ["local"] } }
  paupers: { allow: { models: ["*"] }, budgets: [ { amount: 0.00001, per: total } ] }
keys:
  tester: { team: testers, secret: "\${TESTER_KEY}" }
  reader: { team: readers, secret: "gh_reader-key-that-is-no-secret-012356789" }
  pauper: { team: paupers, secret: "${pauper}" }
`,
  })
})

afterEach(() => {
  for (const back of backs) providers[back].always(embeds[back]())
})

const openai = (key = scene.gatehouse.key) =>
  new OpenAI({ apiKey: key, baseURL: `${scene.gatehouse.url}/v1`, maxRetries: 0 })
const google = () =>
  new GoogleGenAI({ apiKey: scene.gatehouse.key, httpOptions: { baseUrl: scene.gatehouse.url } })
const posts = (back: EmbedBack) => providers[back].requests.filter(({ method }) => method === 'POST')
const last = (back: EmbedBack) => posts(back).at(-1)
const post = (path: string, body: object | string, headers: Record<string, string>) =>
  fetch(scene.gatehouse.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const bearer = () => ({ authorization: `Bearer ${scene.gatehouse.key}` })
const googleKey = () => ({ 'x-goog-api-key': scene.gatehouse.key })

describe.each([...embedClients])('%s', (client) => {
  const ask = (question: Parameters<ReturnType<typeof embedClient>>[0]) =>
    embedClient(client, scene.gatehouse, scene.gatehouse.key)(question)

  test.each(backs)(
    'gets the embeddings of a provider like %s in order and with equal numbers, and they are billed',
    async (back) => {
      providers[back].always(embeds[back]({ tokens: 123 }))
      const texts = [`to ${back} by ${client}`, 'x', 'Grüße 👋']
      const { vectors, tokens } = await ask({ model: `from-${back}`, texts })
      expect(vectors).toEqual(texts.map((text) => [text.length, -0.25, Math.fround(0.1)]))
      if (tokens !== undefined) expect(tokens).toBe(123)
      const record = await scene.gatehouse.find(
        ({ kind, dialect, attempts, usage }) =>
          kind === 'model.embed' &&
          dialect === dialectOf(client) &&
          attempts[0]?.target.startsWith(back) === true &&
          usage?.inputTokens === 123,
      )
      // $0.02 a million
      expect(record).toMatchObject({
        outcome: 'ok',
        status: 200,
        isStream: false,
        usage: { inputTokens: 123, outputTokens: 0 },
        costBasis: 'usage',
      })
      expect(record.costNano).toBe(String(123 * 20))
    },
  )

  test.each(backs)('asks a provider like %s for shorter embeddings', async (back) => {
    await ask({ model: `from-${back}`, texts: ['one', 'two'], dimensions: 2 })
    const body = last(back)?.json()
    expect(
      back === 'openai'
        ? body.dimensions
        : body.requests.map((each: { outputDimensionality: number }) => each.outputDimensionality),
    ).toEqual(back === 'openai' ? 2 : [2, 2])
  })

  test('finds similar texts near each other with the embeddings of the demo provider', async () => {
    const { vectors } = await ask({
      model: 'local',
      texts: ['How do I reset my password?', 'password reset', 'Our canteen serves soup'],
      dimensions: 256,
    })
    const [question = [], near = [], far = []] = vectors
    expect(vectors.map((vector) => vector.length)).toEqual([256, 256, 256])
    const dot = (one: readonly number[], other: readonly number[]) =>
      one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0)
    expect(dot(question, question)).toBeCloseTo(1, 5)
    expect(dot(question, near)).toBeGreaterThan(0.4)
    expect(dot(question, far)).toBeLessThan(0.2)
  })
})

describe('the same dialect', () => {
  test('an embeddings call in one dialect is sent byte for byte except the model, and returned byte for byte', async () => {
    const received =
      '{ "object":"list","data":[{"embedding":[1.50e-1,2],"index":0,"x-own":"Ä"}] , "usage":{"prompt_tokens":3,"total_tokens":3} }'
    providers.openai.always(behave.text(received, 'application/json'))
    const body =
      '{"user": "\\u0041nn" ,"input" :["a", "b"],"model":"from-openai","x_new": {"n":1.0},"encoding_format":"float"}'
    const response = await post('/v1/embeddings', body, bearer())
    expect(await response.text()).toBe(received)
    expect(last('openai')?.text()).toBe(body.replace('from-openai', 'text-embedding-fake'))
    expect(last('openai')?.path).toBe('/v1/embeddings')
  })

  test.each([
    '/v1beta/models/from-gemini',
    '/v1/models/from-gemini',
    '/v1beta/models/gemini%2Fgemini-embedding-fake',
    '/v1beta/gemini/gemini-embedding-fake',
  ])('at %s every request of a batch names the model that serves it', async (address) => {
    const received = '{"embeddings":[{"values":[0.5]},{"values":[1e-3],"x":1}]}\n'
    providers.gemini.always(behave.text(received, 'application/json'))
    const body =
      '{"requests":[{"model":"models/other", "content":{"parts":[{"text":"a"}]},"task_type":"CLUSTERING"},{"content": {"parts": [{"text":"b"}]}}]}'
    const response = await post(`${address}:batchEmbedContents`, body, googleKey())
    expect(await response.text()).toBe(received)
    expect(last('gemini')?.text()).toBe(body.replace('models/other', 'models/gemini-embedding-fake'))
    expect(last('gemini')?.path).toBe('/v1beta/models/gemini-embedding-fake:batchEmbedContents')
  })

  test('one content for embedding is requested and returned as one', async () => {
    const response = await post(
      '/v1beta/models/from-gemini:embedContent',
      { content: { parts: [{ text: 'Hi' }] } },
      googleKey(),
    )
    expect(await response.json()).toEqual({
      embedding: { values: [2, -0.25, Math.fround(0.1)] },
      usageMetadata: { promptTokenCount: 1 },
    })
    expect(last('gemini')?.path).toBe('/v1beta/models/gemini-embedding-fake:embedContent')
  })

  test('token ids for embedding reach a provider that accepts them if no guard must read them', async () => {
    const other = await start({
      config: `providers:\n  openai: { kind: openai-compatible, url: "${providers.openai.url}", key: sk-upstream }\n`,
    })
    const { data } = await other.client().embeddings.create({ model: 'openai/m', input: [[1, 2, 3], [4]] })
    expect(data.map(({ embedding }) => embedding[0])).toEqual([3, 1])
    expect(last('openai')?.json().input).toEqual([[1, 2, 3], [4]])
  })
})

describe('guards', () => {
  const mail = 'ann@example.org'

  test.each(backs)(
    'personal data in every embedding input is a placeholder when it reaches a provider like %s',
    async (back) => {
      const { data } = await openai().embeddings.create({
        model: `from-${back}`,
        input: [`write to ${mail}`, 'nothing here', mail],
      })
      expect(data).toHaveLength(3)
      const sent = last(back)?.text() ?? ''
      expect(sent).not.toContain(mail)
      expect(sent).toContain('nothing here')
      await scene.gatehouse.find(
        ({ kind, target, isRedacted }) =>
          kind === 'model.embed' && target?.startsWith(back) === true && isRedacted === true,
      )
    },
  )

  test('guards also read titles and contents of Google’s embeddings dialect', async () => {
    const contents = [{ parts: [{ text: `from ${mail}` }] }]
    await google().models.embedContent({
      model: 'from-gemini',
      contents,
      config: { title: mail, taskType: 'RETRIEVAL_DOCUMENT' },
    })
    expect(last('gemini')?.text()).not.toContain(mail)
  })

  test('a blocked word in an embedding input stops the call', async () => {
    const before = posts('openai').length
    const thrown = await thrownBy(
      openai().embeddings.create({ model: 'from-openai', input: ['fine', 'project Bluebird'] }),
    )
    expect(thrown).toBeInstanceOf(OpenAI.BadRequestError)
    expect(thrown).toMatchObject({ code: 'content_filter' })
    expect(posts('openai')).toHaveLength(before)
  })

  test.each([[[1, 2, 3]], [[[1, 2], [3]]]])(
    'token ids for embedding are refused, because no guard can read them: %j',
    async (input) => {
      const before = posts('openai').length
      const thrown = await thrownBy(openai().embeddings.create({ model: 'from-openai', input }))
      expect(thrown).toMatchObject({ status: 400, code: 'content_filter', param: 'input' })
      expect(String(thrown)).toContain('cannot read "input"')
      expect(posts('openai')).toHaveLength(before)
    },
  )

  test('embedding vectors are not text: long numbers in them are not detected as card numbers', async () => {
    const card = 4111111111111111
    providers.openai.always(embeds.openai({ vectors: [[card, 0.4111111111111111]] }))
    const response = await post('/v1/embeddings', { model: 'from-openai', input: `for ${mail}` }, bearer())
    const { data } = (await response.json()) as { data: { embedding: number[] }[] }
    expect(data[0]?.embedding).toEqual([card, 0.4111111111111111])
  })

  test('a policy can distinguish embeddings calls and see their images', async () => {
    const parts = [{ inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }]
    const thrown = await thrownBy(
      google().models.embedContent({ model: 'from-gemini', contents: [{ parts }] }),
    )
    expect(thrown).toBeInstanceOf(ApiError)
    expect(String(thrown)).toContain('no pictures here')
  })
})

describe('targets', () => {
  test('an embeddings call skips a provider without embeddings', async () => {
    const before = posts('openai').length
    const { data } = await openai().embeddings.create({ model: 'mixed', input: 'Hi' })
    expect(data).toHaveLength(1)
    // it has the same address as this one
    expect(posts('openai')).toHaveLength(before)
  })

  test('if no other target is left for embeddings, the refusal says so', async () => {
    const thrown = await thrownBy(openai().embeddings.create({ model: 'nowhere', input: 'Hi' }))
    expect(thrown).toMatchObject({ status: 400, code: 'unsupported' })
    expect(String(thrown)).toContain('"claude" has no embeddings')
    const record = await scene.gatehouse.find(({ resource }) => resource.name === 'nowhere')
    expect(record).toMatchObject({
      kind: 'model.embed',
      outcome: 'refused',
      code: 'unsupported',
      costNano: '0',
    })
  })

  test('more texts than Google accepts go to the next target, or are refused with the number', async () => {
    const input = Array.from({ length: 101 }, (_, index) => `text ${index}`)
    const { data } = await openai().embeddings.create({ model: 'either', input })
    expect(data).toHaveLength(101)
    expect(last('openai')?.json().input).toEqual(input)
    const thrown = await thrownBy(openai().embeddings.create({ model: 'from-gemini', input }))
    expect(thrown).toMatchObject({ status: 400, code: 'unsupported', param: 'input' })
    expect(String(thrown)).toContain('101 inputs; at most 100')
  })

  test('a caller gets embeddings of granted models, and learns nothing about other models', async () => {
    const key = 'gh_reader-key-that-is-no-secret-012356789'
    expect((await openai(key).embeddings.create({ model: 'local', input: 'Hi' })).data).toHaveLength(1)
    expect(
      await thrownBy(openai(key).embeddings.create({ model: 'from-openai', input: 'Hi' })),
    ).toMatchObject({
      status: 404,
      code: 'model_not_found',
    })
  })

  test.each(backs)(
    'a limit of an embeddings provider like %s is reported in the client’s format',
    async (back) => {
      const error =
        back === 'openai'
          ? { message: 'Slow down.', type: 'requests', code: 'rate_limit_exceeded' }
          : { code: 429, message: 'Slow down.', status: 'RESOURCE_EXHAUSTED' }
      providers[back].always(behave.json({ error }, { status: 429, headers: { 'retry-after': '7' } }))
      const thrown = await thrownBy(openai().embeddings.create({ model: `limited-${back}`, input: 'Hi' }))
      expect(thrown).toBeInstanceOf(OpenAI.RateLimitError)
      expect(thrown).toMatchObject({ status: 429, code: 'rate_limit_exceeded' })
    },
  )
})

describe('money', () => {
  test('a hard budget for embeddings reserves the cost of the texts and nothing for output', async () => {
    providers.openai.always(embeds.openai({ tokens: 200 }))
    const ask = (key: string) =>
      openai(key).embeddings.create({ model: 'from-openai', input: 'x'.repeat(300) })
    // $0.00001 pays for 500 tokens: 200 are used, and the rest does not cover a second call of about 400
    // bytes
    expect((await ask(pauper)).usage.prompt_tokens).toBe(200)
    expect(await thrownBy(ask(pauper))).toMatchObject({ status: 429, code: 'insufficient_quota' })
    const record = await scene.gatehouse.find(({ key, outcome }) => key === 'pauper' && outcome === 'ok')
    expect(record).toMatchObject({ costNano: '4000', costBasis: 'usage' })
  })

  test('missing usage of an embeddings provider is estimated and marked for client and record', async () => {
    providers.gemini.always(embeds.gemini({ tokens: 'none' }))
    const response = await post(
      '/v1/embeddings',
      { model: 'from-gemini', input: ['twelve lette', 'four'] },
      bearer(),
    )
    expect(response.headers.get('x-gatehouse-estimated')).toBe('true')
    expect(await response.json()).toMatchObject({ usage: { prompt_tokens: 4, total_tokens: 4 } })
    const record = await scene.gatehouse.record(response.headers.get('x-gatehouse-exchange'))
    expect(record).toMatchObject({
      costBasis: 'estimated',
      costNano: '80',
      usage: { inputTokens: 4, outputTokens: 0, isEstimated: true },
    })
  })

  test('the same within one dialect: the client gets no usage, the record has the estimate', async () => {
    providers.gemini.always(embeds.gemini({ tokens: 'none' }))
    const response = await post(
      '/v1beta/models/from-gemini:embedContent',
      { content: { parts: [{ text: 'twelve lette' }] } },
      googleKey(),
    )
    expect(await response.json()).not.toHaveProperty('usageMetadata')
    const record = await scene.gatehouse.record(response.headers.get('x-gatehouse-exchange'))
    expect(record).toMatchObject({ costBasis: 'estimated', usage: { isEstimated: true, outputTokens: 0 } })
  })

  test('losses of embeddings calls are named for client and record', async () => {
    const response = await post(
      '/v1beta/models/from-openai:batchEmbedContents',
      { requests: [{ content: { parts: [{ text: 'Hi' }] }, taskType: 'CLUSTERING', title: 'T' }] },
      googleKey(),
    )
    expect(response.headers.get('x-gatehouse-losses')).toBe('taskType, title')
    const record = await scene.gatehouse.record(response.headers.get('x-gatehouse-exchange'))
    expect(record.losses).toEqual([
      { field: 'taskType', side: 'request' },
      { field: 'title', side: 'request' },
    ])
  })

  test('metrics count embeddings calls as embeddings', async () => {
    const text = await (await fetch(`${scene.gatehouse.url}/metrics`)).text()
    expect(text).toContain('model.embed')
  })
})
