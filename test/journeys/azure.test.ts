// Azure OpenAI as a client's dialect and as a provider: its addresses, credentials, filters and prices.

import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { azure, behave, type FakeProvider, oauthServer, type OAuthServer } from '../upstreams/index.ts'
import { dialectClient, fronts } from './dialect-clients.ts'
import { said, type Scene, scenes, thrownBy } from './scene.ts'

const { provider: newProvider, start } = scenes('file')
const byKey = ['api-key', 'azure-key'] as const
let provider: FakeProvider
let { gatehouse, client }: Pick<Scene, 'gatehouse' | 'client'> = {} as Scene

beforeAll(async () => {
  provider = await newProvider()
  const root = provider.url.replace(/\/v1$/, '')
  const kind = 'kind: azure, key: "${AZURE_OPENAI_API_KEY}"'
  const config = `providers:
  v1: { ${kind}, url: "${root}", options: { unbilledErrors: unserved, deployments: { chat-prod: gpt-5-mini, embed: text-embedding-3-small } } }
  whole: { ${kind}, url: "${root}/openai/v1/" }
  preview: { ${kind}, url: "${root}/api/projects/p/openai", options: { apiVersion: preview } }
  dated: { ${kind}, url: "${root}", options: { apiVersion: 2024-10-21, deployments: { "chat+prod": gpt-5-mini, embed: text-embedding-3-small } } }
  old: { ${kind}, url: "${root}/openai", options: { apiVersion: 2024-02-01 } }
  inference: { ${kind}, url: "${root}/models", options: { apiVersion: 2024-05-01-preview, deployments: { grok: xai/grok-4 } } }
models:
  fast: { targets: [v1/chat-prod], retry: { attempts: 1 } }
  ${['filtered', 'limited', 'broken'].map((name) => `${name}: { targets: [v1/${name}], retry: { attempts: 1 } }`).join('\n  ')}
  tolerant: { targets: [v1/tolerant, dated/chat-prod], fallbackOn: [error, timeout, rate-limit, content-policy], retry: { attempts: 1 } }`
  ;({ gatehouse, client } = await start({ config, env: { AZURE_OPENAI_API_KEY: 'azure-key' } }))
})
beforeEach(() => provider.always(azure.answers(() => byKey)))

const last = () => provider.requests.at(-1)
const recordOf = (response: Response) => gatehouse.record(response.headers.get('x-gatehouse-exchange'))

describe('Azure operations are at Azure’s own paths', () => {
  test.each([
    ['v1/chat-prod', '/openai/v1/chat/completions', '/openai/v1/responses'],
    ['whole/x', '/openai/v1/chat/completions', '/openai/v1/responses'],
    [
      'preview/x',
      '/api/projects/p/openai/v1/chat/completions?api-version=preview',
      '/api/projects/p/openai/v1/responses?api-version=preview',
    ],
    [
      'dated/chat+prod',
      '/openai/deployments/chat%2Bprod/chat/completions?api-version=2024-10-21',
      '/openai/responses?api-version=2024-10-21',
    ],
    [
      'old/x',
      '/openai/deployments/x/chat/completions?api-version=2024-02-01',
      '/openai/responses?api-version=2024-02-01',
    ],
    [
      'inference/grok',
      '/models/chat/completions?api-version=2024-05-01-preview',
      '/models/responses?api-version=2024-05-01-preview',
    ],
  ])('%s', async (model, chatPath, responsesPath) => {
    expect(
      (await client().chat.completions.create({ model, messages: said('Hi') })).choices[0]?.message.content,
    ).toBe('Hello from Azure.')
    expect([
      last()?.path,
      last()?.json().model,
      last()?.headers['api-key'],
      last()?.headers['authorization'],
    ]).toEqual([chatPath, model.slice(model.indexOf('/') + 1), 'azure-key', undefined])
    expect((await client().responses.create({ model, input: 'Hi', store: false })).output_text).toBe(
      'Hello from Azure.',
    )
    expect(last()?.path).toBe(responsesPath)
  })

  test.each([
    ['v1/embed', '/openai/v1/embeddings'],
    ['dated/embed', '/openai/deployments/embed/embeddings?api-version=2024-10-21'],
  ])('%s, for embeddings too', async (model, path) => {
    const { data, response } = await client()
      .embeddings.create({ model, input: 'Hi', encoding_format: 'float' })
      .withResponse()
    expect([data.data[0]?.embedding, last()?.path]).toEqual([[0.25, -0.5], path])
    // text-embedding-3-small: 0.02 USD per million
    expect(await recordOf(response)).toMatchObject({ usage: { inputTokens: 1000 }, costNano: '20000' })
  })

  test('and no deployment name leads to another path', async () => {
    const before = provider.requests.length
    for (const name of ['..', '.'])
      expect(
        await thrownBy(client().chat.completions.create({ model: `dated/${name}`, messages: said('Hi') })),
      ).toMatchObject({ status: 400 })
    await client().chat.completions.create({ model: 'dated/a/../../b?c#d', messages: said('Hi') })
    expect(provider.requests.slice(before).map(({ path }) => path)).toEqual([
      '/openai/deployments/a%2F..%2F..%2Fb%3Fc%23d/chat/completions?api-version=2024-10-21',
    ])
  })
})

describe.each(fronts)('a client of %s', (front) => {
  test.each([false, true])(
    'gets a response that is priced by the model of the Azure deployment (stream: %p)',
    async (isStreaming) => {
      provider.always(azure.answers(() => byKey, `For ${front}, ${isStreaming}.`))
      expect(
        await dialectClient(front, gatehouse, gatehouse.key).ask({ model: 'fast', text: 'Hi', isStreaming }),
      ).toBe(`For ${front}, ${isStreaming}.`)
      const record = await gatehouse.find(
        (one) =>
          one.dialect === front && one.isStream === isStreaming && one.attempts[0]?.target === 'v1/chat-prod',
      )
      // gpt-5-mini: 0.25 in, 0.025 cached, 2 out, USD per million
      const isResponses = front === 'openai-responses'
      expect(record).toMatchObject({
        outcome: 'ok',
        usage: isResponses
          ? { inputTokens: 11, outputTokens: 7 }
          : { inputTokens: 100, outputTokens: 20, cacheReadTokens: 40, reasoningTokens: 12 },
        costNano: String(isResponses ? 8 * 250 + 3 * 25 + 7 * 2000 : 60 * 250 + 40 * 25 + 20 * 2000),
        costBasis: 'usage',
      })
    },
  )
})

test('Azure’s filter results reach clients of its dialect unchanged and are left out for others', async () => {
  const { data: stream, response } = await client()
    .chat.completions.create({ model: 'fast', messages: said('Hi'), stream: true })
    .withResponse()
  const chunks: OpenAI.ChatCompletionChunk[] = []
  for await (const chunk of stream) chunks.push(chunk)
  expect(chunks[0]).toMatchObject({ choices: [], id: '', prompt_filter_results: [{ prompt_index: 0 }] })
  expect(await recordOf(response)).toMatchObject({
    upstreamModel: azure.model,
    finish: { unified: 'stop' },
    usage: { inputTokens: 100 },
  })
  const anthropic = await fetch(`${gatehouse.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': gatehouse.key, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'fast', max_tokens: 50, stream: true, messages: said('Hi') }),
  })
  const text = await anthropic.text()
  expect(text).toContain('"id":"chatcmpl-azure-1"')
  expect(text).not.toContain('filter_results')
})

describe('a filtered prompt', () => {
  test('a prompt that Azure filters gets Azure’s own error and counts as a possibly billed content refusal', async () => {
    provider.always(azure.filtered)
    const error = await thrownBy(
      client().chat.completions.create({ model: 'filtered', messages: said('Hi') }),
    )
    if (!(error instanceof OpenAI.BadRequestError)) throw error
    expect([error.code, (error.error as { innererror?: object }).innererror]).toEqual([
      'content_filter',
      expect.objectContaining({ code: 'ResponsibleAIPolicyViolation' }),
    ])
    const record = await recordOf(new Response(null, { headers: error.headers }))
    expect(record.attempts[0]).toMatchObject({
      fault: 'content-policy',
      status: 400,
      costBasis: expect.not.stringContaining('free'),
    })
  })

  test('a prompt that Azure filters is tried elsewhere if the model is configured for it', async () => {
    provider.always(
      behave.custom((call) =>
        (call.request.json().model === 'tolerant' ? azure.filtered : azure.answers(() => byKey)).answer(call),
      ),
    )
    const { response } = await client()
      .chat.completions.create({ model: 'tolerant', messages: said('Hi') })
      .withResponse()
    expect(response.headers.get('x-gatehouse-target')).toBe('dated/chat-prod')
  })

  test('an Azure filter in the middle of a stream is also a content refusal', async () => {
    const [begin = ''] = azure
      .stream(['Hel'])
      .split(
        'data: {"created":1790000000,"id":"chatcmpl-azure-1","model":"gpt-5-mini-2025-08-07","object":"chat.completion.chunk","system_fingerprint":null,"choices":[{"content_filter_results":{},"delta":{},',
      )
    provider.always(
      behave.sse(
        `${begin}data: {"error":{"message":"The response was filtered","type":null,"param":"prompt","code":"content_filter"}}\n\n`,
      ),
    )
    const { data: stream, response } = await client()
      .chat.completions.create({ model: 'v1/mid-filter', messages: said('Hi'), stream: true })
      .withResponse()
    const read = async () => {
      for await (const chunk of stream) void chunk
    }
    expect(await thrownBy(read())).toMatchObject({ code: 'content_filter' })
    expect((await recordOf(response)).attempts[0]).toMatchObject({
      fault: 'content-policy',
      costBasis: 'estimated',
    })
  })
})

test('an Azure rate limit is passed on with its own wait and costs nothing', async () => {
  provider.always(azure.limited)
  const error = await thrownBy(client().chat.completions.create({ model: 'limited', messages: said('Hi') }))
  if (!(error instanceof OpenAI.RateLimitError)) throw error
  expect([error.headers.get('retry-after'), error.headers.get('retry-after-ms')]).toEqual(['7', '6500'])
  const record = await recordOf(new Response(null, { headers: error.headers }))
  expect(record.attempts[0]).toMatchObject({ fault: 'rate-limit', costBasis: 'free' })
})

test('Azure API versions without usage in streams are not asked for it', async () => {
  const read = async (model: string) => {
    for await (const chunk of await client().chat.completions.create({
      model,
      messages: said('Hi'),
      stream: true,
    }))
      void chunk
    return last()?.json().stream_options
  }
  expect(await read('old/x')).toBeUndefined()
  expect(await read('dated/x')).toEqual({ include_usage: true })
})

test('the Azure deployments in the configuration are listed with their models', async () => {
  const names: string[] = []
  for await (const model of client().models.list()) names.push(model.id)
  expect(names).toContain('v1/chat-prod')
  expect(names).toContain('inference/grok')
  expect(provider.requests.some(({ method }) => method === 'GET')).toBe(false)
})

describe('Entra ID', () => {
  let entra: OAuthServer
  const ends: (() => Promise<void>)[] = []
  beforeEach(async () => {
    entra = await oauthServer()
    ends.push(() => entra.close())
  })
  afterEach(async () => {
    for (const end of ends.splice(0)) await end()
  })

  test.each([
    [
      'entra-client-secret',
      'tenantId: t-1, clientId: app, clientSecret: "${AZURE_CLIENT_SECRET}", authority: "${AUTHORITY}"',
      { client_secret: 'planted-secret' },
    ],
    [
      'entra-workload-identity',
      'tenantId: t-1, clientId: app, federatedToken: { file: "${AZURE_FEDERATED_TOKEN_FILE}" }, authority: "${AUTHORITY}"',
      { client_assertion: 'planted.jwt' },
    ],
    ['entra-managed-identity', 'clientId: app', {}],
  ])('by %s, from the configuration to the provider', async (kind, settings, proof) => {
    const root = `http://127.0.0.1:${entra.server.port}`
    const tokenFile = `${gatehouse.folder}/federated-token`
    await Bun.write(tokenFile, 'planted.jwt\n')
    const url = provider.url.replace(/\/v1$/, '')
    const scene = await start({
      config: `providers:\n  azure: { kind: azure, url: "${url}", credential: { kind: ${kind}, ${settings} } }`,
      env: {
        AUTHORITY: root,
        AZURE_CLIENT_SECRET: 'planted-secret',
        AZURE_FEDERATED_TOKEN_FILE: tokenFile,
        AZURE_POD_IDENTITY_AUTHORITY_HOST: root,
      },
    })
    provider.always(azure.answers(() => ['authorization', 'Bearer token-1']))
    const received = await scene
      .client()
      .chat.completions.create({ model: 'azure/gpt-5-mini', messages: said('Hi') })
    expect(received.choices[0]?.message.content).toBe('Hello from Azure.')
    expect(entra.asked[0]?.form).toMatchObject(proof)
    entra.next(behave.json({ error: 'invalid_client', error_codes: [7_000_215] }, { status: 401 }))
    provider.always(azure.answers(() => ['authorization', 'Bearer nobody']))
    expect(
      await thrownBy(
        scene.client().chat.completions.create({ model: 'azure/gpt-5-mini', messages: said('Hi') }),
      ),
    ).toMatchObject({ status: 502 })
    const reported = [
      ...scene.gatehouse.log,
      JSON.stringify((await scene.gatehouse.admin('/records')).body),
    ].join('')
    for (const secret of ['planted', 'token-1']) expect(reported).not.toContain(secret)
  })
})
