// Each compatible vendor with its own adapter: its responses are understood, and translated requests follow
// its format. The responses are modeled on recorded ones (test/upstreams/vendors.ts). The requests were
// checked against the documentation pages that the rows name.

import { beforeAll, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import type { ExchangeRecord } from '../../src/contract/record.ts'
import { vendors } from '../../src/traffic/llm/providers/vendors.ts'
import { behave, type FakeProvider } from '../upstreams/index.ts'
import { responses } from '../upstreams/responses.ts'
import { vendorSays, type VendorSpeech } from '../upstreams/vendors.ts'
import { said, type Scene, scenes, thrownBy } from './scene.ts'

interface VendorCase {
  model: string
  speech: VendorSpeech
  /** The usage that the record must have; default: 100 input and 30 output tokens, 20 of them reasoning. */
  usage?: object
  /** Absent means that the catalog has no price. */
  costNano?: number
  /** The price that the provider reports, which is charged. */
  reportedNano?: number
  /** Members of a translated request that differ from OpenAI's; undefined means left out. */
  sent: Readonly<Record<string, unknown>>
  /** The place of earlier reasoning in the assistant's message. */
  given: object
  /** The model of the request. */
  lost: readonly string[]
  error: { status: number; body: object; fault: string; says: string }
}

const openaisUsage = {
  prompt_tokens: 100,
  completion_tokens: 30,
  total_tokens: 130,
  completion_tokens_details: { reasoning_tokens: 20 },
}
const speech: VendorSpeech = {
  reasoning: 'reasoning_content',
  usageAt: 'own event',
  usage: openaisUsage,
  callId: 'call_made-there',
}

const older = { max_completion_tokens: undefined, max_tokens: 300 }
const wrongKey = {
  error: { message: 'Invalid API Key', type: 'invalid_request_error', code: 'invalid_api_key' },
}
const denied = { status: 401, body: wrongKey, fault: 'credential', says: 'Invalid API Key' }

const cases: Readonly<Record<string, VendorCase>> = {
  cerebras: {
    model: 'gpt-oss-120b',
    speech: { ...speech, reasoning: 'reasoning', more: { time_info: { total_time: 0.03 } } },
    costNano: 100 * 350 + 30 * 750,
    sent: { top_k: undefined, reasoning_effort: 'high' },
    given: { reasoning: 'I should look.' },
    lost: ['generationConfig.topK'],
    error: {
      status: 422,
      body: {
        message: 'body.top_k: property is unsupported',
        type: 'invalid_request_error',
        param: 'top_k',
        code: 'wrong_api_format',
      },
      fault: 'bad-request',
      says: 'body.top_k: property is unsupported',
    },
  },
  dashscope: {
    model: 'qwen3-max',
    speech: {
      ...speech,
      repeatsEmptyIds: true,
      usage: {
        ...openaisUsage,
        prompt_tokens_details: { cached_tokens: 40, cache_creation_input_tokens: 10 },
      },
    },
    usage: { cacheReadTokens: 40, cacheWriteTokens: 10 },
    sent: { ...older, reasoning_effort: undefined, enable_thinking: true, thinking_budget: 20_000 },
    given: { reasoning_content: 'I should look.' },
    lost: [],
    error: {
      status: 400,
      body: {
        error: {
          code: 'invalid_parameter_error',
          param: null,
          message: 'parameter.enable_thinking must be set to false',
          type: 'invalid_request_error',
        },
      },
      fault: 'bad-request',
      says: 'parameter.enable_thinking must be set to false',
    },
  },
  deepseek: {
    model: 'deepseek-chat',
    speech: {
      ...speech,
      usageAt: 'finish',
      usage: { ...openaisUsage, prompt_cache_hit_tokens: 40, prompt_cache_miss_tokens: 60 },
    },
    usage: { cacheReadTokens: 40 },
    costNano: 60 * 270 + 40 * 70 + 30 * 1100,
    sent: {
      ...older,
      top_k: undefined,
      seed: undefined,
      reasoning_effort: 'high',
      thinking: { type: 'enabled' },
    },
    given: { reasoning_content: 'I should look.' },
    lost: ['generationConfig.seed', 'generationConfig.topK'],
    error: {
      status: 402,
      body: {
        error: {
          message: 'Insufficient Balance',
          type: 'unknown_error',
          param: null,
          code: 'invalid_request_error',
        },
      },
      fault: 'quota',
      says: 'Insufficient Balance',
    },
  },
  fireworks: {
    model: 'accounts/fireworks/models/gpt-oss-120b',
    speech: { ...speech, usage: { ...openaisUsage, prompt_tokens_details: { cached_tokens: 40 } } },
    usage: { cacheReadTokens: 40 },
    costNano: 60 * 150 + 40 * 14 + 30 * 600,
    sent: { ...older, reasoning_effort: 'high' },
    given: { reasoning_content: 'I should look.' },
    lost: [],
    error: {
      status: 404,
      body: {
        error: {
          object: 'error',
          type: 'invalid_request_error',
          code: 'NOT_FOUND',
          message: 'Model not found, inaccessible, and/or not deployed',
        },
      },
      fault: 'not-found',
      says: 'Model not found',
    },
  },
  groq: {
    model: 'openai/gpt-oss-120b',
    speech: {
      ...speech,
      reasoning: 'reasoning',
      usageAt: 'x_groq',
      usage: { ...openaisUsage, queue_time: 0.1, prompt_tokens_details: { cached_tokens: 40 } },
      more: { system_fingerprint: 'fp_1', service_tier: 'on_demand' },
    },
    usage: { cacheReadTokens: 40 },
    costNano: 60 * 150 + 40 * 75 + 30 * 600,
    sent: { top_k: undefined, reasoning_effort: 'high', reasoning_format: 'parsed' },
    given: { reasoning: 'I should look.' },
    lost: ['generationConfig.topK'],
    error: {
      status: 413,
      body: {
        error: {
          message: 'Request too large for model: reduce your message size',
          type: 'tokens',
          code: 'rate_limit_exceeded',
        },
      },
      fault: 'context-window',
      says: 'Request too large',
    },
  },
  lmstudio: {
    model: 'qwen3',
    speech,
    sent: {
      ...older,
      reasoning_effort: 'high',
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: { type: 'object' } } },
    },
    given: { reasoning_content: 'I should look.' },
    lost: [],
    error: {
      status: 400,
      body: { error: "'response_format.type' must be 'json_schema' or 'text'" },
      fault: 'bad-request',
      says: 'response_format.type',
    },
  },
  mistral: {
    model: 'mistral-small-latest',
    speech: {
      ...speech,
      reasoning: 'parts',
      usageAt: 'finish',
      callId: '9XlubyOx3',
      usage: { ...openaisUsage, prompt_tokens_details: { cached_tokens: 0 } },
      more: { p: 'abcdef' },
    },
    costNano: 100 * 100 + 30 * 300,
    sent: { ...older, top_k: undefined, seed: undefined, random_seed: 7, reasoning_effort: 'high' },
    given: {
      content: [
        { type: 'thinking', thinking: [{ type: 'text', text: 'I should look.' }] },
        { type: 'text', text: 'Let me see.' },
      ],
    },
    lost: ['generationConfig.topK'],
    error: {
      status: 422,
      body: {
        object: 'error',
        message: {
          detail: [
            {
              type: 'extra_forbidden',
              loc: ['body', 'top_k'],
              msg: 'Extra inputs are not permitted',
              input: 5,
            },
          ],
        },
        type: 'invalid_request_error',
        code: null,
      },
      fault: 'bad-request',
      says: 'body.top_k: Extra inputs are not permitted',
    },
  },
  moonshot: {
    model: 'kimi-k2.5',
    speech: { ...speech, usageAt: 'choice', usage: { ...openaisUsage, cached_tokens: 40 } },
    usage: { cacheReadTokens: 40 },
    costNano: 60 * 600 + 40 * 100 + 30 * 3000,
    sent: { top_k: undefined, seed: undefined, reasoning_effort: undefined, thinking: { type: 'enabled' } },
    given: { reasoning_content: 'I should look.' },
    lost: ['generationConfig.seed', 'generationConfig.topK'],
    error: {
      status: 429,
      body: {
        error: {
          message: 'Your account is suspended, please recharge: insufficient balance',
          type: 'exceeded_current_quota_error',
        },
      },
      fault: 'quota',
      says: 'please recharge',
    },
  },
  ollama: {
    model: 'qwen3:8b',
    speech: {
      ...speech,
      reasoning: 'reasoning',
      usage: { prompt_tokens: 100, completion_tokens: 30, total_tokens: 130 },
      callId: 'call_2qwy5kxj',
      more: { system_fingerprint: 'fp_ollama' },
    },
    usage: { inputTokens: 100, outputTokens: 30 },
    sent: { ...older, top_k: undefined, reasoning_effort: 'high' },
    given: { reasoning: 'I should look.' },
    lost: ['generationConfig.topK'],
    error: {
      status: 404,
      body: {
        error: { message: "model 'qwen3:8b' not found", type: 'not_found_error', param: null, code: null },
      },
      fault: 'not-found',
      says: "model 'qwen3:8b' not found",
    },
  },
  openrouter: {
    model: 'anthropic/claude-haiku-4.5',
    speech: {
      ...speech,
      reasoning: 'reasoning',
      usageAt: 'finish',
      finishesTwice: true,
      usage: {
        ...openaisUsage,
        cost: 0.00025,
        is_byok: false,
        prompt_tokens_details: { cached_tokens: 40, cache_write_tokens: 0 },
      },
      more: { provider: 'Amazon Bedrock' },
    },
    usage: { cacheReadTokens: 40 },
    costNano: 60 * 1000 + 40 * 100 + 30 * 5000,
    reportedNano: 250_000,
    sent: { reasoning_effort: undefined, reasoning: { max_tokens: 20_000 } },
    given: { reasoning: 'I should look.' },
    lost: [],
    error: {
      status: 403,
      body: {
        error: {
          code: 403,
          message: 'anthropic/claude-haiku-4.5 requires moderation on Anthropic. Your input was flagged',
          metadata: { reasons: ['x'] },
        },
      },
      fault: 'content-policy',
      says: 'Your input was flagged',
    },
  },
  perplexity: {
    model: 'sonar',
    speech: {
      ...speech,
      usageAt: 'every event',
      usage: { ...openaisUsage, search_context_size: 'low', cost: { total_cost: 0.006 } },
      hasNoEnd: true,
      searchResults: [{ title: 'Weather', url: 'https://weather.example/oslo' }],
    },
    costNano: 100 * 1000 + 30 * 1000 + 12_000_000,
    reportedNano: 6_000_000,
    sent: { ...older, seed: undefined, reasoning_effort: 'high', tools: undefined },
    given: {},
    lost: ['generationConfig.seed', 'contents[].parts[].thought'],
    error: {
      status: 400,
      body: { error: { message: "Invalid model 'sonar-x'", type: 'invalid_model', code: 400 } },
      fault: 'not-found',
      says: "Invalid model 'sonar-x'",
    },
  },
  together: {
    model: 'meta-llama/Llama-3.3-70B-Instruct-Turbo',
    speech: { ...speech, reasoning: 'both', finish: ['eos', 'tool_calls'] },
    costNano: 130 * 880,
    sent: { ...older, reasoning_effort: 'high' },
    given: { reasoning: 'I should look.' },
    lost: [],
    error: denied,
  },
  vllm: {
    model: 'qwen3',
    speech: { ...speech, reasoning: 'reasoning', more: { prompt_logprobs: null } },
    sent: { reasoning_effort: 'high' },
    given: { reasoning: 'I should look.' },
    lost: [],
    error: {
      status: 400,
      body: {
        object: 'error',
        message: "This model's maximum context length is 4096 tokens.",
        type: 'BadRequestError',
        param: null,
        code: 400,
      },
      fault: 'context-window',
      says: 'maximum context length',
    },
  },
  xai: {
    model: 'grok-3-mini',
    // its completion_tokens exclude reasoning
    speech: {
      ...speech,
      usage: {
        prompt_tokens: 100,
        completion_tokens: 10,
        total_tokens: 130,
        prompt_tokens_details: { cached_tokens: 40 },
        completion_tokens_details: { reasoning_tokens: 20 },
        num_sources_used: 0,
      },
    },
    usage: { cacheReadTokens: 40 },
    costNano: 60 * 300 + 40 * 75 + 30 * 500,
    sent: { top_k: undefined, reasoning_effort: 'high' },
    given: { reasoning_content: 'I should look.' },
    lost: ['generationConfig.topK'],
    error: {
      status: 400,
      body: {
        code: 'invalid-argument',
        error: 'Incorrect API key provided. You can obtain an API key from https://console.x.ai.',
      },
      fault: 'credential',
      says: 'Incorrect API key provided',
    },
  },
}

const kinds = Object.entries(cases)
const { provider: newProvider, start } = scenes('file')
const providers = new Map<string, FakeProvider>()
let { gatehouse, client }: Pick<Scene, 'gatehouse' | 'client'> = {} as Scene

const providerOf = (kind: string): FakeProvider => {
  const found = providers.get(kind)
  if (!found) throw new Error(`no provider ${kind}`)
  return found
}

beforeAll(async () => {
  for (const [kind] of kinds) providers.set(kind, await newProvider())
  const isLocal = (kind: string) => vendors.find(({ vendor }) => vendor === kind)?.isLocal
  const lines = kinds.flatMap(([kind]) => [
    `  ${kind}: { kind: ${kind}, url: "${providerOf(kind).url}"${isLocal(kind) ? '' : ', key: "${VENDOR_KEY}"'} }`,
    // a failed target is paused, so each failure has its own target
    `  ${kind}-broken: { kind: ${kind}, url: "${providerOf(kind).url}"${isLocal(kind) ? '' : ', key: "${VENDOR_KEY}"'} }`,
  ])
  ;({ gatehouse, client } = await start({
    config: `providers:\n${lines.join('\n')}`,
    env: { VENDOR_KEY: 'vendor-key' },
  }))
})

test('every vendor with its own adapter is in this list', () => {
  expect(Object.keys(cases).sort()).toEqual(
    vendors
      .flatMap(({ vendor, keyName, isLocal }) => (keyName !== undefined || isLocal ? [vendor] : []))
      .sort(),
  )
})

const weather = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const recordOf = (headers: Headers) => gatehouse.record(headers.get('x-gatehouse-exchange'))

function expectMoney(record: ExchangeRecord, { usage, costNano, reportedNano }: VendorCase) {
  const counts = usage ?? { reasoningTokens: 20 }
  expect(record).toMatchObject({
    outcome: 'ok',
    upstreamModel: 'model-of-the-vendor',
    usage: { inputTokens: 100, outputTokens: 30, ...counts },
  })
  if (costNano === undefined) expect(record.costNano).toBeUndefined()
  else if (reportedNano === undefined)
    expect([record.costNano, record.costBasis]).toEqual([String(costNano), 'usage'])
  else {
    expect([record.costNano, record.costBasis]).toEqual([String(reportedNano), 'reported'])
    expect(record.attempts.at(-1)).toMatchObject({ listedNano: String(costNano), isCostDisputed: true })
  }
}

describe.each(kinds)('%s', (kind, vendor) => {
  const model = `${kind}/${vendor.model}`

  describe.each([false, true])('stream: %p', (isStreaming) => {
    test('a client of the vendor’s own dialect gets its response unchanged', async () => {
      const provider = providerOf(kind)
      provider.next(vendorSays(vendor.speech, { reasoning: 'Let me think.', text: 'Hello there.' }))
      const body = { model, messages: said('Hi'), user: 'me' }
      const [text, headers] = await (async () => {
        if (!isStreaming) {
          const { data, response } = await client().chat.completions.create(body).withResponse()
          const content: unknown = data.choices[0]?.message.content
          return [
            Array.isArray(content) ? content.map((part) => part.text ?? '').join('') : content,
            response.headers,
          ]
        }
        const { data, response } = await client()
          .chat.completions.create({ ...body, stream: true })
          .withResponse()
        let all = ''
        for await (const chunk of data)
          all += typeof chunk.choices[0]?.delta.content === 'string' ? chunk.choices[0].delta.content : ''
        return [all, response.headers]
      })()
      expect(text).toBe('Hello there.')
      const record = await recordOf(headers)
      expect(record.finish?.unified).toBe('stop')
      expectMoney(record, vendor)
      const asksForUsage =
        isStreaming && vendors.find((row) => row.vendor === kind)?.departures?.usageInStream !== false
      const sent = provider.requests.at(-1)
      expect(sent?.json()).toEqual({
        ...body,
        model: vendor.model,
        ...(isStreaming && { stream: true }),
        ...(asksForUsage && { stream_options: { include_usage: true } }),
      })
      expect(sent?.headers['authorization']).toBe(
        vendors.find((row) => row.vendor === kind)?.isLocal ? undefined : 'Bearer vendor-key',
      )
    })

    test('a client of another dialect gets the vendor’s reasoning, text and tool call', async () => {
      providerOf(kind).next(
        vendorSays(vendor.speech, {
          reasoning: 'Let me think.',
          text: 'I look.',
          call: { name: 'weather', input: { city: 'Oslo' } },
        }),
      )
      const isSearcher = kind === 'perplexity'
      const response = await fetch(`${gatehouse.url}/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': gatehouse.key, 'content-type': 'application/json' },
        body: JSON.stringify({
          model,
          max_tokens: 100,
          stream: isStreaming,
          messages: said('Weather?'),
          ...(!isSearcher && { tools: [{ name: 'weather', input_schema: weather }] }),
        }),
      })
      const blocks = isStreaming
        ? blocksOf(await response.text())
        : ((await response.json()) as { content: Block[] }).content
      expect(blocks.map(({ type }) => type)).toEqual(['thinking', 'text', 'tool_use'])
      expect(blocks[0]).toMatchObject({ thinking: 'Let me think.' })
      expect(blocks[1]).toMatchObject({ text: 'I look.' })
      expect(blocks[2]).toMatchObject({ id: vendor.speech.callId, name: 'weather', input: { city: 'Oslo' } })
      const record = await recordOf(response.headers)
      expect(record.finish).toEqual({ unified: 'tool-calls', raw: 'tool_calls' })
      expectMoney(record, vendor)
    })
  })

  test('a translated request follows the vendor’s format, and dropped fields are named', async () => {
    const provider = providerOf(kind)
    provider.next(vendorSays(vendor.speech, { reasoning: 'Hm.', text: 'Fine.' }))
    const isSearcher = kind === 'perplexity'
    const isLocal = vendors.some(({ vendor: name, isLocal: local }) => name === kind && local === true)
    const call = {
      functionCall: { id: 'a-long-id-of-another-vendor', name: 'weather', args: { city: 'Oslo' } },
    }
    const result = {
      functionResponse: { id: 'a-long-id-of-another-vendor', name: 'weather', response: { output: 'Cold' } },
    }
    const response = await fetch(`${gatehouse.url}/v1beta/models/${model}:generateContent`, {
      method: 'POST',
      headers: { 'x-goog-api-key': gatehouse.key, 'content-type': 'application/json' },
      body: JSON.stringify({
        systemInstruction: { parts: [{ text: 'Be brief.' }] },
        contents: [
          { role: 'user', parts: [{ text: 'Weather?' }] },
          {
            role: 'model',
            parts: [
              { text: 'I should look.', thought: true },
              { text: 'Let me see.' },
              ...(isSearcher ? [] : [call]),
            ],
          },
          { role: 'user', parts: isSearcher ? [{ text: 'And?' }] : [result] },
        ],
        ...(!isSearcher && {
          tools: [{ functionDeclarations: [{ name: 'weather', parametersJsonSchema: weather }] }],
        }),
        generationConfig: {
          temperature: 0.5,
          topP: 0.9,
          topK: 5,
          seed: 7,
          maxOutputTokens: 300,
          stopSequences: ['END'],
          thinkingConfig: { thinkingBudget: 20_000 },
          ...(!isSearcher && { responseMimeType: 'application/json' }),
        },
      }),
    })
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('Fine.')])
    const sent = provider.requests.at(-1)?.json()
    const id = sent.messages[2].tool_calls?.[0].id
    expect(id ?? 'call').toMatch(
      kind === 'mistral' ? /^[A-Za-z0-9]{9}$/ : /^(call|a-long-id-of-another-vendor)$/,
    )
    const expected: Record<string, unknown> = {
      model: vendor.model,
      messages: [
        // JSON output is refused unless the conversation mentions JSON; self-hosted servers accept anything
        { role: 'system', content: isSearcher || isLocal ? 'Be brief.' : 'Be brief.\n\nRespond in JSON.' },
        { role: 'user', content: 'Weather?' },
        {
          role: 'assistant',
          content: 'Let me see.',
          ...vendor.given,
          ...(!isSearcher && {
            tool_calls: [
              { id, type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
            ],
          }),
        },
        isSearcher ? { role: 'user', content: 'And?' } : { role: 'tool', tool_call_id: id, content: 'Cold' },
      ],
      tools: [{ type: 'function', function: { name: 'weather', parameters: weather } }],
      temperature: 0.5,
      top_p: 0.9,
      top_k: 5,
      seed: 7,
      max_completion_tokens: 300,
      stop: ['END'],
      ...(!isSearcher && { response_format: { type: 'json_object' } }),
      ...vendor.sent,
    }
    expect(sent).toEqual(JSON.parse(JSON.stringify(expected)))
    const { losses = [] } = await recordOf(response.headers)
    const isBudgetSaid = 'thinking_budget' in vendor.sent || 'reasoning' in vendor.sent
    const lost = [...vendor.lost, ...(isBudgetSaid ? [] : ['generationConfig.thinkingConfig.thinkingBudget'])]
    expect(losses.flatMap(({ field, side }) => (side === 'request' ? [field] : [])).sort()).toEqual(
      lost.sort(),
    )
  })

  test('an output limit in a field that the vendor does not know is sent in the field that it knows', async () => {
    const provider = providerOf(kind)
    provider.next(vendorSays(vendor.speech, { reasoning: 'Hm.', text: 'Fine.' }))
    const body = `{"model":"${model}","messages":[{"role":"user","content":"\\"max_completion_tokens\\": 9"}], "max_completion_tokens" : 50 ,"seed":1}`
    expect((await gatehouse.chat(body)).status).toBe(200)
    const knows =
      vendors.find((row) => row.vendor === kind)?.departures?.outputLimitField ?? 'max_completion_tokens'
    expect(provider.requests.at(-1)?.text()).toBe(
      body
        .replace(JSON.stringify(model), JSON.stringify(vendor.model))
        .replace('"max_completion_tokens" : 50', `"${knows}" : 50`),
    )
  })

  test('the vendor’s error is passed on unchanged, classified, and translated for other dialects', async () => {
    const { status, body, fault, says } = vendor.error
    providerOf(kind).next(behave.json(body, { status }), behave.json(body, { status }))
    const failing = `${kind}-broken/${vendor.model}`
    const error = await thrownBy(client().chat.completions.create({ model: failing, messages: said('Hi') }))
    if (!(error instanceof OpenAI.APIError)) throw error
    const record = await recordOf(error.headers ?? new Headers())
    expect(record.attempts[0]).toMatchObject({ outcome: 'failed', fault, status })
    const other = await fetch(`${gatehouse.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': gatehouse.key, 'content-type': 'application/json' },
      body: JSON.stringify({ model: `${failing}-2`, max_tokens: 100, messages: said('Hi') }),
    })
    expect([other.ok, await other.text()]).toEqual([
      false,
      expect.stringContaining(fault === 'credential' ? '' : says),
    ])
  })
})

test.each(
  vendors.flatMap(({ vendor, dialects }) => (dialects?.includes('openai-responses') ? [vendor] : [])),
)('%s answers Responses itself, reasoning in the open included', async (kind) => {
  const provider = providerOf(kind)
  const thought = {
    type: 'reasoning',
    id: 'rs_1',
    status: 'completed',
    summary: [],
    content: [{ type: 'reasoning_text', text: 'Hm.' }],
  }
  provider.next(
    behave.json(responses.whole([thought, responses.message('Fine.')])),
    behave.json(responses.whole([thought, responses.message('Again.')])),
  )
  const openai = client()
  const first = await openai.responses.create({ model: `${kind}/m`, input: 'Hi' })
  expect([first.output_text, first.output[0]]).toEqual(['Fine.', expect.objectContaining(thought)])
  expect([provider.requests.at(-1)?.path, provider.requests.at(-1)?.json().model]).toEqual([
    '/v1/responses',
    'm',
  ])
  const second = await openai.responses.create({
    model: `${kind}/m`,
    input: 'More',
    previous_response_id: first.id,
  })
  expect(second.output_text).toBe('Again.')
  // the gateway keeps the conversation
  expect(provider.requests.at(-1)?.json().previous_response_id).toBeNull()
  expect(JSON.stringify(provider.requests.at(-1)?.json().input)).toContain('Fine.')
})

const aTool = { tools: [{ name: 'weather', input_schema: weather }] }
const document = (source: object) => ({
  messages: [
    {
      role: 'user',
      content: [
        { type: 'document', source },
        { type: 'text', text: 'Hi' },
      ],
    },
  ],
})

test.each([
  ['perplexity', aTool, '"tools"'],
  [
    'deepseek',
    { output_config: { format: { type: 'json_schema', schema: weather } } },
    '"output_config.format"',
  ],
  ['ollama', { ...aTool, tool_choice: { type: 'any' } }, '"tool_choice"'],
  [
    'ollama',
    document({ type: 'url', url: 'https://files.example/a.pdf' }),
    '"messages[].content[].source.url"',
  ],
])('what %s cannot do is refused before it is called: %j', async (kind, wish, named) => {
  const before = providerOf(kind).requests.length
  const response = await fetch(`${gatehouse.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': gatehouse.key, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: `${kind}/${cases[kind]?.model}`,
      max_tokens: 100,
      messages: said('Hi'),
      ...wish,
    }),
  })
  expect([response.status, await response.text()]).toEqual([
    400,
    expect.stringContaining(JSON.stringify(named).slice(1, -1)),
  ])
  expect(providerOf(kind).requests.length).toBe(before)
})

test('Mistral gets a document URL in its own format, and developer instructions as its system message', async () => {
  const provider = providerOf('mistral')
  const post = async (path: string, body: object) => {
    provider.next(vendorSays(speech, { reasoning: 'Hm.', text: 'Fine.' }))
    const headers = { authorization: `Bearer ${gatehouse.key}`, 'content-type': 'application/json' }
    const response = await fetch(`${gatehouse.url}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('Fine.')])
    return provider.requests.at(-1)?.json()
  }
  const model = 'mistral/mistral-small-latest'
  const source = { type: 'url', url: 'https://files.example/a.pdf' }
  expect((await post('/v1/messages', { model, max_tokens: 100, ...document(source) })).messages).toEqual([
    {
      role: 'user',
      content: [
        { type: 'document_url', document_url: 'https://files.example/a.pdf' },
        { type: 'text', text: 'Hi' },
      ],
    },
  ])
  const input = [
    { role: 'developer', content: 'Be brief.' },
    { role: 'assistant', content: [{ type: 'refusal', refusal: 'I may not.' }] },
    { role: 'user', content: 'Why?' },
  ]
  const sent = await post('/v1/responses', {
    model,
    input,
    store: false,
    safety_identifier: 'me',
    prompt_cache_key: 'k',
    reasoning: { effort: 'max' },
  })
  expect(sent).toEqual({
    model: 'mistral-small-latest',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'assistant', content: 'I may not.' },
      { role: 'user', content: 'Why?' },
    ],
    reasoning_effort: 'xhigh',
    prompt_cache_key: 'k',
  })
})

test('sources that Perplexity reports for the whole response are citations in dialects that support them, once', async () => {
  for (const stream of [false, true]) {
    providerOf('perplexity').next(
      vendorSays(cases['perplexity']?.speech ?? speech, { reasoning: 'Hm.', text: 'Cold.' }),
    )
    const response = await fetch(`${gatehouse.url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gatehouse.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'perplexity/sonar', input: 'Weather?', stream, store: false }),
    })
    const text = await response.text()
    const whole = stream ? (/^event: response\.completed\ndata: (.*)$/m.exec(text)?.[1] ?? '') : text
    expect(whole.match(/"type":"url_citation"/g)).toHaveLength(1)
    expect(whole).toContain('"url":"https://weather.example/oslo"')
  }
})

interface Block {
  type: string
  [more: string]: unknown
}

/** The assembled blocks of an Anthropic stream. */
function blocksOf(stream: string): Block[] {
  const blocks: Block[] = []
  const texts = new Map<number, string>()
  for (const [, data = ''] of stream.matchAll(/^data: (.*)$/gm)) {
    const event = JSON.parse(data)
    if (event.type === 'content_block_start') blocks[event.index] = event.content_block
    if (event.type !== 'content_block_delta') continue
    const { text, thinking, partial_json: json } = event.delta
    texts.set(event.index, (texts.get(event.index) ?? '') + (text ?? thinking ?? json ?? ''))
  }
  return blocks.map((block, index) => {
    const text = texts.get(index) ?? ''
    if (block.type === 'tool_use') return { ...block, input: JSON.parse(text) }
    return block.type === 'thinking' ? { ...block, thinking: text } : { ...block, text }
  })
}
