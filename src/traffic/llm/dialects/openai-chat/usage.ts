// Token counts as vendors spell them in this dialect. The last usage of a response wins. Counts that are not
// reported stay absent.

import type { Usage } from '../../../../contract/usage.ts'
import { members } from '../../../../kit/json-spans.ts'
import type { JsonSource, JsonSpan } from '../../../../kit/json-spans.ts'
import { omitUndefined } from '../../canonical/index.ts'
import { countIn, firstCount, innerFields } from '../../wire/counts.ts'
import { written } from '../../../../kit/json.ts'
import type { JsonObject } from '../../../../kit/json.ts'
import { reportedNano } from '../../wire/reported-cost.ts'

/** @throws JsonFault for a repeated key */
export function readUsage(source: JsonSource, span: JsonSpan): Usage {
  const fields = members(source, span)
  const prompt = innerFields(source, fields, 'prompt_tokens_details')
  const completion = innerFields(source, fields, 'completion_tokens_details')
  const audio = countIn(source, prompt, 'audio_tokens') ?? countIn(source, fields, 'audio_prompt_tokens')
  const total = countIn(source, fields, 'total_tokens')
  const output = countIn(source, fields, 'completion_tokens')
  const input = inputTokens(countIn(source, fields, 'prompt_tokens'), audio, output, total)
  const cached = countIn(source, prompt, 'cached_tokens') ?? firstCount(source, fields, cachedNames)
  const cacheWrite = firstCount(source, prompt, cacheWriteNames)
  const searches =
    countIn(source, innerFields(source, fields, 'server_tool_use_details'), 'web_search_requests') ??
    countIn(source, innerFields(source, fields, 'server_tool_use'), 'web_search_requests')
  const reported = reportedNano(source, fields)
  const counts = {
    inputTokens: input,
    outputTokens: outputTokens(input, output, total),
    // Azure's Grok counts more cached tokens than tokens.
    cacheReadTokens: atMost(input, cached),
    cacheWriteTokens: atMost(input, cacheWrite),
    cacheWrite12hTokens: countIn(
      source,
      innerFields(source, prompt, 'cache_write_tokens_details'),
      'ttl_12h_tokens',
    ),
    reasoningTokens: countIn(source, completion, 'reasoning_tokens'),
    inputAudioTokens: audio,
    outputAudioTokens: countIn(source, completion, 'audio_tokens'),
  }
  return {
    ...omitUndefined(counts),
    ...(searches ? { fees: { web_search: searches } } : {}),
    ...(reported === undefined ? {} : { reportedNano: reported }),
  }
}

const cachedNames = ['cached_tokens', 'num_cached_tokens', 'prompt_cache_hit_tokens']
const cacheWriteNames = ['cache_write_tokens', 'cache_creation_tokens', 'cache_creation_input_tokens']

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
