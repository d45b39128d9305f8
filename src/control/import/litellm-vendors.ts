// The vendors of LiteLLM's model names (`groq/llama-3.3-70b`): their kind here.
// https://docs.litellm.ai/docs/providers

export interface ImportedVendor {
  kind: string
  /** `options.vendor` of a compatible server. */
  vendor?: string
  /** The base URL, where the kind has none of its own. */
  url?: string
  /** The variable that LiteLLM reads if `api_key` is missing. Absent: the server needs no key. */
  keyVariable?: string
  /** The server's API is below this path, which LiteLLM's `api_base` leaves out. */
  apiPath?: string
}

const compatible = (vendor: string, url: string, keyVariable: string): ImportedVendor => ({
  kind: 'openai-compatible',
  vendor,
  url,
  keyVariable,
})

export const importedVendors: Readonly<Record<string, ImportedVendor>> = {
  openai: { kind: 'openai', keyVariable: 'OPENAI_API_KEY' },
  azure: { kind: 'azure', keyVariable: 'AZURE_API_KEY' },
  azure_ai: { kind: 'azure', keyVariable: 'AZURE_AI_API_KEY' },
  anthropic: { kind: 'anthropic', keyVariable: 'ANTHROPIC_API_KEY' },
  gemini: { kind: 'gemini', keyVariable: 'GEMINI_API_KEY' },
  cerebras: { kind: 'cerebras', keyVariable: 'CEREBRAS_API_KEY' },
  dashscope: { kind: 'dashscope', keyVariable: 'DASHSCOPE_API_KEY' },
  deepseek: { kind: 'deepseek', keyVariable: 'DEEPSEEK_API_KEY' },
  fireworks_ai: { kind: 'fireworks', keyVariable: 'FIREWORKS_API_KEY' },
  groq: { kind: 'groq', keyVariable: 'GROQ_API_KEY' },
  lm_studio: { kind: 'lmstudio' },
  mistral: { kind: 'mistral', keyVariable: 'MISTRAL_API_KEY' },
  moonshot: { kind: 'moonshot', keyVariable: 'MOONSHOT_API_KEY' },
  ollama: { kind: 'ollama', apiPath: '/v1' },
  ollama_chat: { kind: 'ollama', apiPath: '/v1' },
  openrouter: { kind: 'openrouter', keyVariable: 'OPENROUTER_API_KEY' },
  perplexity: { kind: 'perplexity', keyVariable: 'PERPLEXITYAI_API_KEY' },
  together_ai: { kind: 'together', keyVariable: 'TOGETHERAI_API_KEY' },
  hosted_vllm: { kind: 'vllm' },
  vllm: { kind: 'vllm' },
  xai: { kind: 'xai', keyVariable: 'XAI_API_KEY' },
  cohere: compatible('cohere', 'https://api.cohere.ai/compatibility/v1', 'COHERE_API_KEY'),
  cohere_chat: compatible('cohere', 'https://api.cohere.ai/compatibility/v1', 'COHERE_API_KEY'),
  deepinfra: compatible('deepinfra', 'https://api.deepinfra.com/v1/openai', 'DEEPINFRA_API_KEY'),
  huggingface: compatible('huggingface', 'https://router.huggingface.co/v1', 'HF_TOKEN'),
  hyperbolic: compatible('hyperbolic', 'https://api.hyperbolic.xyz/v1', 'HYPERBOLIC_API_KEY'),
  minimax: compatible('minimax', 'https://api.minimax.io/v1', 'MINIMAX_API_KEY'),
  nebius: compatible('nebius', 'https://api.tokenfactory.nebius.com/v1', 'NEBIUS_API_KEY'),
  novita: compatible('novita', 'https://api.novita.ai/openai', 'NOVITA_API_KEY'),
  nvidia_nim: compatible('nvidia', 'https://integrate.api.nvidia.com/v1', 'NVIDIA_NIM_API_KEY'),
  sambanova: compatible('sambanova', 'https://api.sambanova.ai/v1', 'SAMBANOVA_API_KEY'),
  zai: compatible('zai', 'https://api.z.ai/api/paas/v4', 'ZAI_API_KEY'),
}

/** The beginnings of names whose vendor LiteLLM knows without a prefix. */
const plainNames: readonly (readonly [start: string, vendor: string])[] = [
  ['claude', 'anthropic'],
  ['gemini', 'gemini'],
  ['mistral', 'mistral'],
  ['codestral', 'mistral'],
  ['ministral', 'mistral'],
  ['magistral', 'mistral'],
  ['deepseek', 'deepseek'],
  ['command', 'cohere'],
]

export const vendorOfPlainName = (model: string): string =>
  plainNames.find(([start]) => model.startsWith(start))?.[1] ?? 'openai'
