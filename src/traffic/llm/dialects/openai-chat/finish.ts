// Maps the vendor's finish reasons to our names.

import type { Finish } from '../../../../contract/usage.ts'
import { unknownFinish } from '../../wire/finish.ts'

const unified: Readonly<Record<string, Finish['unified']>> = {
  stop: 'stop',
  eos: 'stop',
  end_turn: 'stop',
  length: 'length',
  max_tokens: 'length',
  // Mistral: the context window is full.
  model_length: 'length',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
  error: 'error',
  // DeepSeek: interrupted because of insufficient capacity.
  insufficient_system_resource: 'error',
  // vLLM and SGLang: the request was aborted.
  abort: 'error',
  // Z.AI: https://docs.z.ai/api-reference/llm/chat-completion
  sensitive: 'content-filter',
  network_error: 'error',
}

export function readFinish(raw: string): Finish {
  return { unified: (Object.hasOwn(unified, raw) ? unified[raw] : undefined) ?? unknownFinish(raw), raw }
}

const reasons: Readonly<Record<Finish['unified'], string>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  // Never written: a failed response ends in an error (translate/source.ts).
  error: 'stop',
  other: 'stop',
}

export const writeFinish = ({ unified }: Finish): string => reasons[unified]
