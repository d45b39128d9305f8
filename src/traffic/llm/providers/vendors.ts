// Vendors with a known OpenAI-compatible address, one row each. Any other address also works, as an unknown
// vendor's.
//
// A row with a key's name, or of a local server, is a separate kind. Its departures from OpenAI's chat
// dialect were checked against the vendor's page or SDK, which the row names. A field that a vendor ignores
// without changing the response is not a departure.

import type { CanonicalField } from '../fields/canonical-fields.ts'
import type { Limits } from '../losses/limits.ts'
import type { Dialect } from '../dialect.ts'
import type { Departures } from '../provider.ts'

export interface Vendor {
  /** Its name in the catalog (if listed there), in the option `vendor`, and as a kind. */
  vendor: string
  title: string
  baseUrl: string
  /** Other hosts of the same vendor: regions, older names. */
  hosts?: readonly string[]
  /** The environment variable that usually holds its key. */
  keyName?: string
  /** A local server: it needs no key, and its address is only a default. */
  isLocal?: boolean
  /** Which of OpenAI's APIs it supports. Absent means chat and embeddings. */
  dialects?: readonly Dialect[]
  departures?: Partial<Departures>
  /** The page that documents its departures. */
  page?: string
  /** Does it bill the calls itself and report the cost of each? */
  reportsCost?: boolean
  /** Does the model cost more than the catalog can express? Then its price is unknown. */
  hasOwnPrice?(model: string): boolean
  /** The canonical name of a model with several names. */
  canonicalModel?(model: string): string
  /** Other names of the model. A deny for one of them also blocks the model. */
  otherNames?(model: string): readonly string[]
}

/** OpenAI's own fields, which few other vendors take: storage, billing and monitoring. */
const openaisOwn: readonly CanonicalField[] = ['store', 'verbosity', 'cache-key', 'metadata', 'service-tier']

type Carries = NonNullable<Departures['carries']>

/**
 * The fields that a translation drops as a loss or refuses, as `canonicalFields` defines. Developer
 * instructions become system instructions.
 */
function without(...fields: readonly CanonicalField[]): Carries {
  return Object.fromEntries(
    ['developer' as const, 'allowed-tools' as const, ...fields].map((field) => [field, 'missing' as const]),
  )
}

/** Local servers take all values that their models take. */
const unlimited: Limits = {
  'json-output': null,
  'tool-parameters': null,
  'call-id': null,
  tools: null,
  image: null,
  audio: null,
  'service-tier': null,
  'image-detail': null,
}

const sampling: Carries = { 'top-k': 'carried', 'min-p': 'carried' }

export const vendors: readonly Vendor[] = [
  { vendor: 'anthropic', title: 'Anthropic', baseUrl: 'https://api.anthropic.com/v1' },
  { vendor: 'baseten', title: 'Baseten', baseUrl: 'https://inference.baseten.co/v1' },
  {
    vendor: 'cerebras',
    title: 'Cerebras',
    baseUrl: 'https://api.cerebras.ai/v1',
    keyName: 'CEREBRAS_API_KEY',
    dialects: ['openai-chat'],
    page: 'https://inference-docs.cerebras.ai/resources/openai',
    departures: {
      carries: without('store', 'verbosity', 'metadata', 'refusal'),
      words: { user: 'user', efforts: ['none', 'low', 'medium', 'high'], givenReasoning: 'reasoning' },
    },
  },
  { vendor: 'cohere', title: 'Cohere', baseUrl: 'https://api.cohere.ai/compatibility/v1' },
  {
    vendor: 'dashscope',
    title: 'Alibaba Model Studio (DashScope)',
    baseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    hosts: ['dashscope.aliyuncs.com', 'dashscope-us.aliyuncs.com'],
    keyName: 'DASHSCOPE_API_KEY',
    page: 'https://www.alibabacloud.com/help/en/model-studio/deep-thinking',
    departures: {
      outputLimitField: 'max_tokens',
      carries: {
        ...without(...openaisOwn, 'refusal', 'user', 'logit-bias'),
        'top-k': 'carried',
        'reasoning-budget': 'carried',
      },
      words: { reasoning: 'enable_thinking', efforts: [], givenReasoning: 'reasoning_content' },
    },
  },
  { vendor: 'deepinfra', title: 'DeepInfra', baseUrl: 'https://api.deepinfra.com/v1/openai' },
  {
    vendor: 'deepseek',
    title: 'DeepSeek',
    baseUrl: 'https://api.deepseek.com',
    keyName: 'DEEPSEEK_API_KEY',
    dialects: ['openai-chat', 'openai-responses'],
    page: 'https://api-docs.deepseek.com/guides/thinking_mode',
    departures: {
      outputLimitField: 'max_tokens',
      carries: without(
        ...openaisOwn,
        'refusal',
        'user',
        'count',
        'logit-bias',
        'seed',
        'parallel-tool-calls',
        'schema-output',
      ),
      words: { reasoning: 'thinking', efforts: ['low', 'high', 'max'], givenReasoning: 'reasoning_content' },
    },
  },
  {
    vendor: 'fireworks',
    title: 'Fireworks',
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    keyName: 'FIREWORKS_API_KEY',
    page: 'https://docs.fireworks.ai/guides/reasoning',
    departures: {
      outputLimitField: 'max_tokens',
      carries: { ...without('store', 'verbosity', 'metadata', 'refusal'), ...sampling },
      words: {
        user: 'user',
        efforts: ['none', 'low', 'medium', 'high'],
        givenReasoning: 'reasoning_content',
      },
    },
  },
  {
    vendor: 'google',
    title: 'Google AI Studio',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
  },
  {
    vendor: 'groq',
    title: 'Groq',
    baseUrl: 'https://api.groq.com/openai/v1',
    keyName: 'GROQ_API_KEY',
    // no embeddings
    dialects: ['openai-chat'],
    page: 'https://console.groq.com/docs/openai',
    departures: {
      // it always reports usage in `x_groq` of the last event, and its SDK does not support `stream_options`
      usageInStream: false,
      carries: {
        ...without(...openaisOwn, 'refusal', 'participant-name', 'logprobs', 'logit-bias', 'count'),
        developer: 'carried',
      },
      words: {
        user: 'user',
        reasoning: 'reasoning_format',
        efforts: ['none', 'low', 'medium', 'high'],
        givenReasoning: 'reasoning',
      },
    },
  },
  { vendor: 'huggingface', title: 'Hugging Face', baseUrl: 'https://router.huggingface.co/v1' },
  { vendor: 'hyperbolic', title: 'Hyperbolic', baseUrl: 'https://api.hyperbolic.xyz/v1' },
  {
    vendor: 'lmstudio',
    title: 'LM Studio',
    baseUrl: 'http://127.0.0.1:1234/v1',
    isLocal: true,
    page: 'https://lmstudio.ai/docs/developer/openai-compat',
    departures: {
      limits: unlimited,
      outputLimitField: 'max_tokens',
      carries: { ...without(...openaisOwn, 'refusal', 'user', 'count', 'image-url'), 'top-k': 'carried' },
      // `json_object` is refused: https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/189
      words: { efforts: ['low', 'medium', 'high'], givenReasoning: 'reasoning_content', json: 'json_schema' },
    },
  },
  { vendor: 'minimax', title: 'MiniMax', baseUrl: 'https://api.minimax.io/v1' },
  {
    vendor: 'mistral',
    title: 'Mistral',
    baseUrl: 'https://api.mistral.ai/v1',
    hosts: ['api.eu.mistral.ai', 'api.us.mistral.ai'],
    keyName: 'MISTRAL_API_KEY',
    page: 'https://docs.mistral.ai/api/endpoint/chat',
    departures: {
      // refuses unknown fields (422 extra_forbidden), including stream_options. It always reports usage in
      // its last event
      usageInStream: false,
      outputLimitField: 'max_tokens',
      carries: {
        ...without(
          'store',
          'verbosity',
          'user',
          'refusal',
          'participant-name',
          'logprobs',
          'logit-bias',
          'audio',
          'audio-output',
          'service-tier',
        ),
        'file-url': 'carried',
      },
      limits: {
        'call-id': {
          kind: 'id',
          longest: 9,
          allowed: /^[A-Za-z0-9]{9}$/,
          source: 'https://docs.mistral.ai/capabilities/function_calling',
        },
        temperature: {
          kind: 'range',
          least: 0,
          most: 1.5,
          beyond: 'nearest',
          source: 'https://docs.mistral.ai/api/endpoint/chat',
        },
        seed: {
          kind: 'range',
          least: 0,
          most: 2_147_483_647,
          isWhole: true,
          beyond: 'fold',
          source: 'https://docs.mistral.ai/api/endpoint/chat',
        },
        stop: null,
      },
      words: {
        seed: 'random_seed',
        efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'],
        givenReasoning: 'content',
        documents: 'document_url',
      },
    },
  },
  {
    vendor: 'moonshot',
    title: 'Moonshot (Kimi)',
    baseUrl: 'https://api.moonshot.ai/v1',
    hosts: ['api.moonshot.cn'],
    keyName: 'MOONSHOT_API_KEY',
    dialects: ['openai-chat'],
    page: 'https://platform.kimi.ai/docs/api/chat',
    departures: {
      carries: without(
        'store',
        'verbosity',
        'metadata',
        'service-tier',
        'refusal',
        'logit-bias',
        'seed',
        'strict-tool',
      ),
      limits: {
        temperature: {
          kind: 'range',
          least: 0,
          most: 1,
          beyond: 'nearest',
          source: 'https://platform.kimi.ai/docs/api/chat',
        },
        count: {
          kind: 'range',
          least: 1,
          most: 5,
          isWhole: true,
          beyond: 'refuse',
          source: 'https://platform.kimi.ai/docs/api/models-overview',
        },
      },
      words: { reasoning: 'thinking', efforts: [], givenReasoning: 'reasoning_content' },
    },
  },
  { vendor: 'nebius', title: 'Nebius', baseUrl: 'https://api.tokenfactory.nebius.com/v1' },
  { vendor: 'novita', title: 'Novita', baseUrl: 'https://api.novita.ai/openai' },
  { vendor: 'nvidia', title: 'NVIDIA NIM', baseUrl: 'https://integrate.api.nvidia.com/v1' },
  {
    vendor: 'ollama',
    title: 'Ollama',
    baseUrl: 'http://127.0.0.1:11434/v1',
    isLocal: true,
    page: 'https://docs.ollama.com/api/openai-compatibility',
    departures: {
      limits: unlimited,
      // the newer name is ignored, and the output is not limited
      outputLimitField: 'max_tokens',
      carries: without(
        ...openaisOwn,
        'refusal',
        'user',
        'count',
        'logit-bias',
        'image-url',
        'tool-choice',
        'parallel-tool-calls',
        'strict-tool',
      ),
      words: { efforts: ['none', 'low', 'medium', 'high'], givenReasoning: 'reasoning' },
    },
    // "The tag is optional and, if not provided, will default to latest": https://docs.ollama.com/api. The
    // host and "library" are also defaults.
    canonicalModel: (model) =>
      model.replace(/^(?:registry\.ollama\.ai\/)?(?:library\/)?/i, '').replace(/:latest$/i, ''),
    otherNames: (model) => [model.includes(':') ? model : `${model}:latest`, `library/${model}`],
  },
  {
    vendor: 'openai',
    title: 'OpenAI',
    baseUrl: 'https://api.openai.com/v1',
    departures: { takesFreeText: true },
  },
  {
    vendor: 'openrouter',
    reportsCost: true,
    title: 'OpenRouter',
    baseUrl: 'https://openrouter.ai/api/v1',
    keyName: 'OPENROUTER_API_KEY',
    page: 'https://openrouter.ai/docs/use-cases/reasoning-tokens',
    departures: {
      carries: {
        ...without('store', 'allowed-tools'),
        ...sampling,
        developer: 'carried',
        'reasoning-budget': 'carried',
      },
      words: { user: 'user', reasoning: 'reasoning', givenReasoning: 'reasoning with details' },
    },
    // ":nitro", ":online", ":free", …: https://openrouter.ai/docs/guides/routing/model-variants/free
    // Perplexity's models, and every model as ":online", charge a search fee for each request.
    hasOwnPrice: (model) => /:online$/i.test(model) || /^perplexity\//i.test(model),
    otherNames: (model) => (/.:[a-z0-9-]+$/i.test(model) ? [model.slice(0, model.lastIndexOf(':'))] : []),
  },
  { vendor: 'ovhcloud', title: 'OVHcloud', baseUrl: 'https://oai.endpoints.kepler.ai.cloud.ovh.net/v1' },
  {
    vendor: 'perplexity',
    reportsCost: true,
    title: 'Perplexity',
    baseUrl: 'https://api.perplexity.ai',
    keyName: 'PERPLEXITY_API_KEY',
    page: 'https://docs.perplexity.ai/api-reference/chat-completions-post',
    departures: {
      // every event of a stream reports the usage so far
      usageInStream: false,
      outputLimitField: 'max_tokens',
      carries: {
        ...without(
          ...openaisOwn,
          'refusal',
          'user',
          'participant-name',
          'tools',
          'tool-choice',
          'parallel-tool-calls',
          'count',
          'seed',
        ),
        'logit-bias': 'missing',
        logprobs: 'missing',
        'json-output': 'missing',
        'unsigned-reasoning': 'missing',
        'top-k': 'carried',
      },
      words: { alternates: true, efforts: ['minimal', 'low', 'medium', 'high'] },
    },
  },
  { vendor: 'sambanova', title: 'SambaNova', baseUrl: 'https://api.sambanova.ai/v1' },
  {
    vendor: 'together',
    title: 'Together',
    baseUrl: 'https://api.together.ai/v1',
    hosts: ['api.together.xyz'],
    keyName: 'TOGETHER_API_KEY',
    page: 'https://docs.together.ai/reference/chat-completions',
    departures: {
      outputLimitField: 'max_tokens',
      // its `logprobs` is a number
      carries: {
        ...without(...openaisOwn, 'refusal', 'user', 'logprobs', 'parallel-tool-calls'),
        ...sampling,
      },
      words: { efforts: ['low', 'medium', 'high'], givenReasoning: 'reasoning' },
    },
  },
  {
    vendor: 'vllm',
    title: 'vLLM',
    baseUrl: 'http://127.0.0.1:8000/v1',
    isLocal: true,
    page: 'https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html',
    departures: {
      limits: unlimited,
      carries: { ...without(...openaisOwn, 'refusal'), ...sampling },
      words: { user: 'user', givenReasoning: 'reasoning' },
    },
  },
  {
    vendor: 'xai',
    reportsCost: true,
    title: 'xAI',
    baseUrl: 'https://api.x.ai/v1',
    keyName: 'XAI_API_KEY',
    dialects: ['openai-chat', 'openai-responses'],
    page: 'https://docs.x.ai/docs/api-reference',
    departures: {
      carries: without('store', 'verbosity', 'metadata', 'cache-key', 'refusal', 'logit-bias'),
      words: {
        user: 'user',
        efforts: ['none', 'low', 'medium', 'high', 'xhigh'],
        givenReasoning: 'reasoning_content',
      },
    },
  },
  { vendor: 'zai', title: 'Z.AI', baseUrl: 'https://api.z.ai/api/paas/v4' },
  { vendor: 'zhipu', title: 'Zhipu', baseUrl: 'https://open.bigmodel.cn/api/paas/v4' },
]

/** The vendor of an address, by its host. Local servers can have any address. */
export function vendorAt(baseUrl: string): Vendor | undefined {
  const host = hostOf(baseUrl)
  if (host === undefined) return undefined
  byHost ??= new Map(
    vendors.flatMap((vendor) => hostsOf(vendor).map((each) => [each, vendor] as const)).toReversed(),
  )
  return byHost.get(host)
}

/** If two vendors have the same host, the first counts. */
let byHost: ReadonlyMap<string, Vendor> | undefined

/** The vendor's own hosts. A local server has none. */
export const hostsOf = ({ baseUrl, hosts = [], isLocal }: Vendor): readonly string[] =>
  isLocal ? [] : [hostOf(baseUrl) ?? '', ...hosts]

const hostOf = (url: string): string | undefined => URL.parse(url)?.host
