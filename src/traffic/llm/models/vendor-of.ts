// Finds the vendor of a bare model name (`gpt-5-mini`), for a start without a configuration file.

import { lookup } from './lookup.ts'

/** Vendors that make models, in the order in which a name is searched. Resellers are not searched. */
const makers = [
  'openai',
  'anthropic',
  'google',
  'mistral',
  'deepseek',
  'xai',
  'cohere',
  'perplexity',
  'moonshot',
  'zhipu',
  'minimax',
]

/** Prefixes of the names of a family, for models that are newer than the catalog. */
const families: Readonly<Record<string, readonly string[]>> = {
  openai: [
    'gpt-',
    'chatgpt-',
    'o1',
    'o3',
    'o4',
    'text-embedding-3-',
    'whisper-',
    'tts-',
    'dall-e-',
    'omni-moderation-',
  ],
  anthropic: ['claude-'],
  google: ['gemini-'],
  mistral: ['mistral-', 'ministral-', 'magistral-', 'codestral-', 'devstral-', 'pixtral-', 'voxtral-'],
  deepseek: ['deepseek-'],
  xai: ['grok-'],
  cohere: ['command-'],
  perplexity: ['sonar'],
  moonshot: ['kimi-', 'moonshot-'],
  zhipu: ['glm-'],
  minimax: ['minimax-'],
}

/**
 * The vendor's name in the catalog. Undefined when no vendor matches. `gpt-oss-…` is an open model that many
 * vendors serve, so it matches none.
 */
export function vendorOf(model: string): string | undefined {
  const name = model.toLowerCase()
  if (name.includes('/') || name.startsWith('gpt-oss')) return undefined
  return (
    makers.find((vendor) => families[vendor]?.some((prefix) => name.startsWith(prefix))) ??
    makers.find((vendor) => lookup(vendor, name))
  )
}
