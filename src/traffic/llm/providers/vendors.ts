// Vendors whose OpenAI-compatible address we know: one row each. Any other address works too, as nobody's
// that we know.
//
// A row with a key's name, or of a server of one's own, is a kind of its own. What departs from OpenAI's chat
// dialect there was checked against the vendor's page or SDK, which the row names; whatever a vendor ignores
// without changing the answer is no departure.

import type { CanonicalField } from '../fields/canonical-fields.ts'
import type { Limits } from '../losses/limits.ts'
import type { Dialect } from '../dialect.ts'
import type { Departures } from '../provider.ts'

export interface Vendor {
  /** Its name in the catalog, if it is there, in the option `vendor`, and as a kind. */
  vendor: string
  title: string
  baseUrl: string
  /** Other hosts of the same vendor: regions, older names. */
  hosts?: readonly string[]
  /** The environment variable in which its key usually lies. */
  keyName?: string
  /** A server of one's own: it needs no key, and its address is a usual one. */
  isLocal?: boolean
  /** Which of OpenAI's APIs it answers. Absent: chat and embeddings. */
  dialects?: readonly Dialect[]
  departures?: Partial<Departures>
  /** Where its departures are documented. */
  page?: string
  /** Does it bill the calls itself and report with each what it cost? */
  reportsCost?: boolean
  /** Does the model cost more than the catalog can say? Then it has no known price. */
  hasOwnPrice?(model: string): boolean
  /** The one name of a model that has several. */
  canonicalModel?(model: string): string
  /** Other names whose deny closes the model, too. */
  otherNames?(model: string): readonly string[]
}

/** OpenAI's own, which few others take: who keeps, bills and watches what. */
const openaisOwn: readonly CanonicalField[] = ['store', 'verbosity', 'cache-key', 'metadata', 'service-tier']

type Carries = NonNullable<Departures['carries']>

/**
 * Dropped as a loss, or refused, by a translation: `canonicalFields` says which. Instructions of developers
 * become the system's.
 */
function without(...fields: readonly CanonicalField[]): Carries {
  return Object.fromEntries(
    ['developer' as const, 'allowed-tools' as const, ...fields].map((field) => [field, 'missing' as const]),
  )
}

/** Servers of one's own take what their models take. */
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
      // it tells usage in `x_groq` of the last event, unasked, and its SDK knows no `stream_options`
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
      // refuses fields that it does not know (422 extra_forbidden), stream_options among them; tells usage in
      // its last event anyway
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
      // the newer name is ignored, and the model writes on
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
    // host and "library" are defaults, too.
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
    // Perplexity's models search for a fee for each request, and so does every model as ":online".
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
      // every event of a stream tells the usage so far
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

/** The vendor that answers at an address, by its host; a server of one's own may be anywhere. */
export function vendorAt(baseUrl: string): Vendor | undefined {
  const host = hostOf(baseUrl)
  if (host === undefined) return undefined
  byHost ??= new Map(
    vendors.flatMap((vendor) => hostsOf(vendor).map((each) => [each, vendor] as const)).toReversed(),
  )
  return byHost.get(host)
}

/** Of two vendors at one host the first counts. */
let byHost: ReadonlyMap<string, Vendor> | undefined

/** Of the vendor itself; a server of one's own has none. */
export const hostsOf = ({ baseUrl, hosts = [], isLocal }: Vendor): readonly string[] =>
  isLocal ? [] : [hostOf(baseUrl) ?? '', ...hosts]

const hostOf = (url: string): string | undefined => URL.parse(url)?.host
