// Vendors whose OpenAI-compatible address we know: one row each. Any other address works too, as nobody's that we know.

import type { Departures } from '../provider.ts'

export interface Vendor {
  /** Its name in the catalogue, if it is there, and in the option `vendor`. */
  vendor: string
  title: string
  baseUrl: string
  departures?: Partial<Departures>
}

export const vendors: readonly Vendor[] = [
  { vendor: 'anthropic', title: 'Anthropic', baseUrl: 'https://api.anthropic.com/v1' },
  { vendor: 'baseten', title: 'Baseten', baseUrl: 'https://inference.baseten.co/v1' },
  { vendor: 'cerebras', title: 'Cerebras', baseUrl: 'https://api.cerebras.ai/v1' },
  { vendor: 'cohere', title: 'Cohere', baseUrl: 'https://api.cohere.ai/compatibility/v1' },
  { vendor: 'deepinfra', title: 'DeepInfra', baseUrl: 'https://api.deepinfra.com/v1/openai' },
  { vendor: 'deepseek', title: 'DeepSeek', baseUrl: 'https://api.deepseek.com' },
  { vendor: 'fireworks', title: 'Fireworks', baseUrl: 'https://api.fireworks.ai/inference/v1' },
  { vendor: 'google', title: 'Google AI Studio', baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai' },
  { vendor: 'groq', title: 'Groq', baseUrl: 'https://api.groq.com/openai/v1' },
  { vendor: 'huggingface', title: 'Hugging Face', baseUrl: 'https://router.huggingface.co/v1' },
  { vendor: 'hyperbolic', title: 'Hyperbolic', baseUrl: 'https://api.hyperbolic.xyz/v1' },
  { vendor: 'minimax', title: 'MiniMax', baseUrl: 'https://api.minimax.io/v1' },
  // refuses fields that it does not know (422 extra_forbidden), stream_options among them; tells usage in its last chunk anyway
  { vendor: 'mistral', title: 'Mistral', baseUrl: 'https://api.mistral.ai/v1', departures: { usageInStream: false } },
  { vendor: 'moonshot', title: 'Moonshot', baseUrl: 'https://api.moonshot.ai/v1' },
  { vendor: 'nebius', title: 'Nebius', baseUrl: 'https://api.tokenfactory.nebius.com/v1' },
  { vendor: 'novita', title: 'Novita', baseUrl: 'https://api.novita.ai/openai' },
  { vendor: 'nvidia', title: 'NVIDIA NIM', baseUrl: 'https://integrate.api.nvidia.com/v1' },
  { vendor: 'openai', title: 'OpenAI', baseUrl: 'https://api.openai.com/v1', departures: { unbilledErrors: 'refusals', takesFreeText: true } },
  { vendor: 'openrouter', title: 'OpenRouter', baseUrl: 'https://openrouter.ai/api/v1' },
  { vendor: 'ovhcloud', title: 'OVHcloud', baseUrl: 'https://oai.endpoints.kepler.ai.cloud.ovh.net/v1' },
  { vendor: 'perplexity', title: 'Perplexity', baseUrl: 'https://api.perplexity.ai' },
  { vendor: 'sambanova', title: 'SambaNova', baseUrl: 'https://api.sambanova.ai/v1' },
  { vendor: 'together', title: 'Together', baseUrl: 'https://api.together.xyz/v1' },
  { vendor: 'xai', title: 'xAI', baseUrl: 'https://api.x.ai/v1' },
  { vendor: 'zai', title: 'Z.AI', baseUrl: 'https://api.z.ai/api/paas/v4' },
  { vendor: 'zhipu', title: 'Zhipu', baseUrl: 'https://open.bigmodel.cn/api/paas/v4' },
]

/** The vendor that answers at an address, by its host. */
export function vendorAt(baseUrl: string): Vendor | undefined {
  const host = hostOf(baseUrl)
  return host === undefined ? undefined : vendors.find((vendor) => hostOf(vendor.baseUrl) === host)
}

const hostOf = (url: string): string | undefined => URL.parse(url)?.host
