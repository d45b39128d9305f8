// Token counts as vendors spell them in this dialect. The last usage of a response wins. Counts that are not
// reported stay absent.

import type { Usage } from '../../../../contract/usage.ts'
import { members } from '../../../../kit/json-spans.ts'
import type { JsonSource, JsonSpan } from '../../../../kit/json-spans.ts'
import { omitUndefined } from '../../canonical/index.ts'
import { firstCount, innerFields } from '../../wire/counts.ts'
import type { Fields } from '../../../wire/field.ts'
import { written } from '../../../../kit/json.ts'
import type { JsonObject } from '../../../../kit/json.ts'
import { reportedNano } from '../../wire/reported-cost.ts'

/** @throws JsonFault for a repeated key */
export function readUsage(source: JsonSource, span: JsonSpan): Usage {
  const fields = members(source, span)
  const prompt = innerFields(source, fields, 'prompt_tokens_details')
  const completion = innerFields(source, fields, 'completion_tokens_details')
  const count = (from: Fields, ...names: string[]) => firstCount(source, from, names)

  const audio = count(prompt, 'audio_tokens') ?? count(fields, 'audio_prompt_tokens')
  const total = count(fields, 'total_tokens')
  const output = count(fields, 'completion_tokens')
  const input = inputTokens(count(fields, 'prompt_tokens'), audio, output, total)
  const cached =
    count(prompt, 'cached_tokens') ??
    count(fields, 'cached_tokens', 'num_cached_tokens', 'prompt_cache_hit_tokens')
  const cacheWrite = count(
    prompt,
    'cache_write_tokens',
    'cache_creation_tokens',
    'cache_creation_input_tokens',
  )
  const searches =
    count(innerFields(source, fields, 'server_tool_use_details'), 'web_search_requests') ??
    count(innerFields(source, fields, 'server_tool_use'), 'web_search_requests')
  const counts = {
    inputTokens: input,
    outputTokens: outputTokens(input, output, total),
    // Azure's Grok counts more cached tokens than tokens.
    cacheReadTokens: atMost(input, cached),
    cacheWriteTokens: atMost(input, cacheWrite),
    cacheWrite12hTokens: count(innerFields(source, prompt, 'cache_write_tokens_details'), 'ttl_12h_tokens'),
    reasoningTokens: count(completion, 'reasoning_tokens'),
    inputAudioTokens: audio,
    outputAudioTokens: count(completion, 'audio_tokens'),
  }
  return {
    ...omitUndefined(counts),
    ...(searches ? { fees: { web_search: searches } } : {}),
    ...omitUndefined({ reportedNano: reportedNano(source, fields) }),
  }
}

/** Mistral's Voxtral leaves audio out of `prompt_tokens` and counts it in `total_tokens` only. */
function inputTokens(
  prompt: number | undefined,
  audio: number | undefined,
  output: number | undefined,
  total: number | undefined,
) {
  if (prompt === undefined || !audio || output === undefined || total === undefined) return prompt
  return prompt + audio + output === total ? prompt + audio : prompt
}

/** xAI and Gemini leave reasoning out of `completion_tokens` and count it in `total_tokens` only. */
function outputTokens(
  input: number | undefined,
  output: number | undefined,
  total: number | undefined,
): number | undefined {
  if (output === undefined || input === undefined || total === undefined) return output
  return Math.max(output, total - input)
}

const atMost = (most: number | undefined, value: number | undefined) =>
  most === undefined || value === undefined ? value : Math.min(most, value)

/**
 * https://platform.openai.com/docs/api-reference/chat/object#chat-object-usage: its members are numbers, so
 * counts that were not reported are 0.
 */
export function writeUsage(usage: Usage): JsonObject {
  const { inputTokens = 0, outputTokens = 0 } = usage
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: written({
      cached_tokens: usage.cacheReadTokens ?? 0,
      cache_write_tokens: usage.cacheWriteTokens,
      audio_tokens: usage.inputAudioTokens ?? 0,
    }),
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens ?? 0,
      audio_tokens: usage.outputAudioTokens ?? 0,
    },
  }
}
