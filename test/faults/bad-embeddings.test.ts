// Failures of embeddings: invalid bodies and invalid responses. The door stays open, and nothing is left
// open.

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import type { ExchangeRecord } from '../../src/contract/record.ts'
import { type Gatehouse, startGateway } from '../journeys/gateway.ts'
import { embeds } from '../upstreams/embeddings.ts'
import { behave, type Behavior, chat, type FakeProvider, fakeProvider } from '../upstreams/index.ts'

const providers = {} as Record<'openai' | 'gemini', FakeProvider>
let gatehouse: Gatehouse

beforeAll(async () => {
  for (const name of ['openai', 'gemini'] as const) {
    providers[name] = await fakeProvider()
    providers[name].on('/v1/models', behave.json(chat.models(['fake-model'])))
    providers[name].always(embeds[name]())
  }
  const days = responses.flatMap(([name]) =>
    (['openai', 'gemini'] as const).map(
      (back) => `  ${back}-${slug(name)}: { targets: [ ${back}/${slug(name)} ], retry: { attempts: 1 } }`,
    ),
  )
  gatehouse = await startGateway({
    config: `providers:
  openai: { kind: openai-compatible, url: "${providers.openai.url}", key: sk-upstream, timeouts: { firstToken: 500ms } }
  gemini: { kind: gemini, url: "${providers.gemini.url.replace(/\/v1$/, '')}", key: sk-upstream, timeouts: { firstToken: 500ms } }
  demo: { kind: demo, options: { pauses: false } }
models:
  openai: openai/fake
  gemini: gemini/fake
  demo: demo/embed
${days.join('\n')}
limits: { bodyBytes: 2MB, depth: 20 }`,
  })
})
afterAll(async () => {
  for (const name of ['openai', 'gemini'] as const) await providers[name].settled()
  await gatehouse.stop()
  for (const provider of Object.values(providers)) await provider.close()
})

const asked = () =>
  Object.values(providers).reduce(
    (sum, { requests }) => sum + requests.filter(({ method }) => method === 'POST').length,
    0,
  )

interface Heard {
  status: number
  message: string
  param: unknown
  record: ExchangeRecord
}

async function post(path: string, body: string | Uint8Array): Promise<Response> {
  const isGoogles = path.includes(':')
  const key: Record<string, string> = isGoogles
    ? { 'x-goog-api-key': gatehouse.key }
    : { authorization: `Bearer ${gatehouse.key}` }
  return fetch(gatehouse.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...key },
    body: Buffer.from(body),
  })
}

async function refusalOf(response: Response): Promise<Heard> {
  const { error } = (await response.json()) as {
    error: { message: string; param?: unknown; details?: { fieldViolations?: { field: string }[] }[] }
  }
  const record = await gatehouse.record(response.headers.get('x-gatehouse-exchange'))
  const field = error.details?.flatMap(({ fieldViolations = [] }) => fieldViolations)[0]?.field
  return { status: response.status, message: error.message, param: error.param ?? field ?? undefined, record }
}

const invalidUtf8 = Buffer.concat([
  Buffer.from('{"model":"openai","input":"'),
  Buffer.from([0xff, 0xfe]),
  Buffer.from('"}'),
])

/** Refused at the door, for every provider. */
const atOpenAis: readonly [name: string, body: string | Uint8Array, says: string, param?: string][] = [
  ['an empty body', '', 'empty'],
  ['words instead of JSON', 'hello', 'not valid JSON'],
  ['NaN as a number', '{"model":"openai","input":"a","dimensions":NaN}', 'not valid JSON'],
  ['invalid UTF-8', invalidUtf8, 'UTF-8'],
  ['an array', '[]', 'JSON object'],
  ['too deep a nesting', `{"model":"openai","input":"a","x":${'['.repeat(40)}${']'.repeat(40)}}`, 'deep'],
  ['the input twice', '{"model":"openai","input":"a","\\u0069nput":"b"}', 'duplicate'],
  ['no model', '{"input":"a"}', '"model" is missing', 'model'],
  ['a model that is a number', '{"model":4,"input":"a"}', '"model" must be a string', 'model'],
  ['no input', '{"model":"openai"}', '"input" is missing', 'input'],
  ['null as input', '{"model":"openai","input":null}', '"input" is missing', 'input'],
  ['a number as input', '{"model":"openai","input":7}', '"input" must be an array', 'input'],
  ['an object as input', '{"model":"openai","input":{"text":"a"}}', '"input" must be an array', 'input'],
  ['an empty list', '{"model":"openai","input":[]}', '"input" is empty', 'input'],
  [
    'texts and ids mixed',
    '{"model":"openai","input":["a",1]}',
    '"input[1]" must be a string, not a number',
    'input[1]',
  ],
  [
    'ids and texts mixed',
    '{"model":"openai","input":[1,"a"]}',
    '"input[1]" must be a number, not a string',
    'input[1]',
  ],
  [
    'null among texts',
    '{"model":"openai","input":["a",null]}',
    '"input[1]" must be a string, not null',
    'input[1]',
  ],
  ['truths', '{"model":"openai","input":[true]}', '"input[0]" must be a string', 'input[0]'],
  [
    'models in addition to the model',
    '{"model":"openai","input":"a","models":["dear"]}',
    '"models" names models',
    'models',
  ],
]

/** Refused if the request must be parsed, for a target of another dialect. */
const translated: readonly [name: string, body: string, says: string, param: string][] = [
  ['an empty text', '{"model":"gemini","input":["a",""]}', '"input[1]" is an empty string', 'input[1]'],
  ['an empty list of ids', '{"model":"gemini","input":[[]]}', '"input[0]" is empty', 'input[0]'],
  ['half an id', '{"model":"gemini","input":[1.5]}', '"input[0]" must be the id of a token', 'input[0]'],
  [
    'an id beyond all numbers',
    '{"model":"gemini","input":[[1],[1e999]]}',
    '"input[1][0]" must be the id of a token',
    'input[1][0]',
  ],
  ['texts in lists', '{"model":"gemini","input":[["a"]]}', '"input[0][0]" must be a number', 'input[0][0]'],
  [
    'objects',
    '{"model":"gemini","input":[{"text":"a"}]}',
    '"input[0]" must be a string, not an object',
    'input[0]',
  ],
  [
    'an unknown format',
    '{"model":"gemini","input":"a","encoding_format":"hex"}',
    'one of float, base64',
    'encoding_format',
  ],
  [
    'a format that is a number',
    '{"model":"gemini","input":"a","encoding_format":1}',
    '"encoding_format" must be a string',
    'encoding_format',
  ],
  [
    'dimensions beyond all numbers',
    '{"model":"gemini","input":"a","dimensions":1e999}',
    '"dimensions" must be a whole number',
    'dimensions',
  ],
  [
    'negative dimensions',
    '{"model":"gemini","input":"a","dimensions":-1}',
    '"dimensions" must be a whole number',
    'dimensions',
  ],
  [
    'dimensions in words',
    '{"model":"gemini","input":"a","dimensions":"8"}',
    '"dimensions" must be a number',
    'dimensions',
  ],
  ['a user that is a number', '{"model":"gemini","input":"a","user":7}', '"user" must be a string', 'user'],
]

const googles: readonly [name: string, address: string, body: string, says: string, param?: string][] = [
  ['no requests', 'gemini:batchEmbedContents', '{}', '"requests" is missing', 'requests'],
  ['an empty batch', 'gemini:batchEmbedContents', '{"requests":[]}', '"requests" is empty', 'requests'],
  [
    'requests that are a text',
    'gemini:batchEmbedContents',
    '{"requests":"a"}',
    '"requests" must be an array',
    'requests',
  ],
  ['no content', 'gemini:embedContent', '{"model":"models/x"}', '"content" is missing', 'content'],
  [
    'a content that is a text',
    'gemini:embedContent',
    '{"content":"a"}',
    '"content" must be an object',
    'content',
  ],
  [
    'one without content among others',
    'gemini:batchEmbedContents',
    '{"requests":[{"content":{}},{}]}',
    '"requests[1].content" is missing',
    'requests[1].content',
  ],
  [
    'a length in two spellings',
    'gemini:embedContent',
    '{"content":{},"outputDimensionality":1,"output_dimensionality":2}',
    'two spellings',
    'outputDimensionality',
  ],
  [
    'parts that are a text, translated',
    'openai:embedContent',
    '{"content":{"parts":"a"}}',
    '"content.parts" must be an array',
    'content.parts',
  ],
  ['no parts, translated', 'openai:embedContent', '{"content":{}}', '"content" is empty', 'content'],
  [
    'an empty text, translated',
    'openai:embedContent',
    '{"content":{"parts":[{"text":""}]}}',
    '"content.parts[0].text" is empty',
    'content.parts[0].text',
  ],
  [
    'a title that is a number, translated',
    'openai:embedContent',
    '{"content":{"parts":[{"text":"a"}]},"title":7}',
    '"title" must be a string',
    'title',
  ],
  [
    'an endless length, translated',
    'openai:embedContent',
    '{"content":{"parts":[{"text":"a"}]},"outputDimensionality":1e999}',
    'whole number',
    'outputDimensionality',
  ],
]

describe('an embeddings body that is refused before any provider is called', () => {
  const all = [
    ...[...atOpenAis, ...translated].map(
      ([name, body, says, param]) => [name, '/v1/embeddings', body, says, param] as const,
    ),
    ...googles.flatMap(([name, address, body, says, param]) =>
      ['/v1beta/models/', '/v1/models/'].map(
        (root) => [`${name} at ${root}`, root + address, body, says, param] as const,
      ),
    ),
  ]
  test.each(all)('%s', async (_, path, body, says, param) => {
    const before = asked()
    const { status, message, record, ...heard } = await refusalOf(await post(path, body))
    expect({ status, message }).toEqual({ status: 400, message: expect.stringContaining(says) })
    if (param !== undefined) expect(heard.param).toBe(param)
    expect(record).toMatchObject({ kind: 'model.embed', outcome: 'refused', costNano: '0' })
    expect(['bad-request', 'unsupported']).toContain(record.code ?? '')
    expect(asked()).toBe(before)
  })

  test('an unknown method is a 404', async () => {
    expect((await post('/v1beta/models/gemini:embedText', '{}')).status).toBe(404)
  })
})

describe('a body that a provider of the same dialect may accept goes upstream unchanged', () => {
  test.each([
    ['an empty text', '{"model":"openai","input":""}'],
    ['an unknown format', '{"model":"openai","input":"a","encoding_format":"ubinary"}'],
    [
      'keys that are none of ours',
      '{"__proto__":{"model":"x"},"constructor":1,"model":"openai","input":"a"}',
    ],
    ['lone surrogates', '{"model":"openai","input":["\\ud800","a\\udc00b"]}'],
    ['objects', '{"model":"openai","input":[{"text":"a"},{"image":"https://example.com/a.png"}]}'],
  ])('%s', async (_, body) => {
    expect((await post('/v1/embeddings', body)).status).toBe(200)
    expect(providers.openai.requests.at(-1)?.text()).toBe(body.replace('"model":"openai"', '"model":"fake"'))
  })
})

describe('translated', () => {
  test('lone surrogates are not changed by a translation', async () => {
    expect((await post('/v1/embeddings', '{"model":"gemini","input":["\\ud800","a\\udc00b"]}')).status).toBe(
      200,
    )
    expect(providers.gemini.requests.at(-1)?.text()).toContain('{"text":"\\ud800"}')
    expect(providers.gemini.requests.at(-1)?.text()).toContain('{"text":"a\\udc00b"}')
  })

  test('a translation drops keys like __proto__ as unknown keys', async () => {
    const response = await post(
      '/v1/embeddings',
      '{"__proto__":{"model":"x"},"constructor":1,"model":"gemini","input":"a"}',
    )
    expect(response.status).toBe(200)
    expect(response.headers.get('x-gatehouse-losses')).toBe('*, constructor')
    expect(providers.gemini.requests.at(-1)?.path).toBe('/v1beta/models/fake:batchEmbedContents')
  })
})

describe('ten thousand texts', () => {
  const body = (model: string) =>
    JSON.stringify({ model, input: Array.from({ length: 10_000 }, (_, index) => `text ${index}`) })

  test('ten thousand texts go unchanged to a provider of the same dialect', async () => {
    const response = await post('/v1/embeddings', body('openai'))
    expect(((await response.json()) as { data: unknown[] }).data).toHaveLength(10_000)
  })

  test('ten thousand texts are refused with their number if the provider accepts fewer', async () => {
    const before = asked()
    const { status, message, record } = await refusalOf(await post('/v1/embeddings', body('gemini')))
    expect({ status, message }).toEqual({
      status: 400,
      message: expect.stringContaining('10000 inputs; at most 100'),
    })
    expect(record.code).toBe('unsupported')
    expect(asked()).toBe(before)
  })
})

test.each([
  ['an empty text', { input: '' }, 'empty string'],
  ['two thousand and forty-nine texts', { input: Array.from({ length: 2049 }, () => 'a') }, 'Invalid'],
  ['three thousand and seventy-three dimensions', { dimensions: 3073 }, 'Invalid'],
  ['no dimensions', { dimensions: 0 }, 'Invalid'],
  ['an unknown format', { encoding_format: 'hex' }, 'Invalid'],
  ['more words than its context', { input: 'word '.repeat(9000) }, 'maximum context length is 8192'],
  [
    'more words than one call takes',
    { input: Array.from({ length: 40 }, () => 'word '.repeat(8000)) },
    'max 300000 tokens',
  ],
] as const)('the demo provider refuses %s, as OpenAI does', async (_, more, says) => {
  const sdk = new OpenAI({ apiKey: gatehouse.key, baseURL: `${gatehouse.url}/v1`, maxRetries: 0 })
  const body = { model: 'demo', input: 'a', ...more } as OpenAI.EmbeddingCreateParams
  const thrown = await sdk.embeddings.create(body).then(undefined, (error: unknown) => error)
  expect(thrown).toBeInstanceOf(OpenAI.BadRequestError)
  expect(String(thrown)).toContain(says)
})

const slug = (name: string) => name.replaceAll(' ', '-')

/** The provider's response, and the client's response. */
const responses: readonly [name: string, behavior: Behavior, status: number, code: string][] = [
  ['a page of HTML', behave.html(200), 502, 'upstream-garbage'],
  ['nothing', behave.text('', 'application/json'), 502, 'upstream-garbage'],
  ['another object', behave.json({ hello: 'there' }), 502, 'upstream-garbage'],
  ['a list', behave.json([1, 2]), 502, 'upstream-garbage'],
  [
    'half of it',
    behave.text('{"object":"list","data":[{"embedding":[0.1', 'application/json'),
    502,
    'upstream-garbage',
  ],
  ['a page of HTML as an error', behave.html(503), 503, 'upstream-error'],
]

describe.each(['openai', 'gemini'] as const)('a provider like %s that sends', (back) => {
  test.each(responses)('%s', async (name, behavior, status, code) => {
    providers[back].next(behavior)
    const body = JSON.stringify({ model: `${back}-${slug(name)}`, input: 'Hi' })
    const heard = await refusalOf(await post('/v1/embeddings', body))
    expect({ status: heard.status, code: heard.record.code }).toEqual({
      status,
      code: expect.stringContaining(code),
    })
    expect(heard.record).toMatchObject({ kind: 'model.embed', outcome: 'failed' })
  })
})

test('vectors for other inputs than the requested ones reach no client of another dialect', async () => {
  providers.gemini.next(embeds.gemini({ vectors: [[1]] }))
  const heard = await refusalOf(await post('/v1/embeddings', '{"model":"gemini/two","input":["a","b"]}'))
  expect(heard).toMatchObject({ status: 502, record: { code: 'upstream-garbage' } })
  expect(heard.message).toContain('1 vectors for 2 inputs')
})

test('a client that leaves stops the embeddings call upstream', async () => {
  providers.openai.next(behave.hang())
  const leaving = new AbortController()
  const before = providers.openai.requests.length
  const call = fetch(`${gatehouse.url}/v1/embeddings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gatehouse.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'openai/left', input: 'Hi' }),
    signal: leaving.signal,
  })
  await providers.openai.received(before + 1)
  leaving.abort()
  expect(await call.then(undefined, (error: unknown) => error)).toMatchObject({ name: 'AbortError' })
  const record = await gatehouse.find(({ resource }) => resource.name === 'openai/left')
  expect(record).toMatchObject({ kind: 'model.embed', outcome: 'canceled', status: 499 })
  await providers.openai.settled()
})

test('an embeddings call to a silent provider ends with the timeout', async () => {
  providers.openai.next(behave.hang())
  const heard = await refusalOf(await post('/v1/embeddings', '{"model":"openai/silent","input":"Hi"}'))
  expect(heard).toMatchObject({ status: 504, record: { code: 'upstream-timeout', outcome: 'failed' } })
})
