// Token counts in Anthropic's spelling, where the input's three parts (plain, written to the cache, read from it) are told apart.
// https://docs.claude.com/en/docs/build-with-claude/prompt-caching#tracking-cache-performance

import type { Usage } from '../../../../contract/traffic.ts'
import { objectIn, textIn, told } from '../../canonical/index.ts'
import type { Json, JsonObject } from '../../canonical/index.ts'
import { toldTerm } from '../../wire/tier.ts'
import { termsOf } from './terms.ts'

/** A count is a whole number from 0 up; anything else was not told. */
const countIn = (value: Json | undefined): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined

export function usageOf(usage: JsonObject): Usage {
  const split = objectIn(usage['cache_creation']) ?? {}
  const long = countIn(split['ephemeral_1h_input_tokens'])
  const short = countIn(split['ephemeral_5m_input_tokens'])
  const cacheWriteTokens =
    countIn(usage['cache_creation_input_tokens']) ?? (long === undefined && short === undefined ? undefined : (long ?? 0) + (short ?? 0))
  const cacheReadTokens = countIn(usage['cache_read_input_tokens'])
  const plain = countIn(usage['input_tokens'])
  const searches = countIn(objectIn(usage['server_tool_use'])?.['web_search_requests'])
  const terms = termsOf({ tier: toldTerm(textIn(usage['service_tier'])), speed: textIn(usage['speed']), geo: textIn(usage['inference_geo']) })
  return {
    ...told({
      inputTokens: plain === undefined ? undefined : plain + (cacheWriteTokens ?? 0) + (cacheReadTokens ?? 0),
      outputTokens: countIn(usage['output_tokens']),
      cacheReadTokens,
      cacheWriteTokens,
      cacheWriteLongTokens: long,
      reasoningTokens: countIn(objectIn(usage['output_tokens_details'])?.['thinking_tokens']),
    }),
    ...(searches ? { fees: { web_search: searches } } : {}),
    ...(terms.length > 0 ? { terms } : {}),
  }
}

/** What is known before the answer. Its count of output is provisional and tells nothing. */
export function startUsageOf(usage: JsonObject): Usage {
  const { outputTokens: _provisional, reasoningTokens: _none, ...known } = usageOf(usage)
  return known
}

/** A stream's counts: `message_delta` replaces what `message_start` told, where it tells it again. */
export function mergedUsage(start: JsonObject | undefined, delta: JsonObject): JsonObject {
  return { ...start, ...Object.fromEntries(Object.entries(delta).filter(([, value]) => value !== null)) }
}

/** The counts as Anthropic writes them: SDKs expect input and output always. */
export function writtenUsage(usage: Usage): JsonObject {
  const { inputTokens = 0, outputTokens = 0, cacheReadTokens, cacheWriteTokens, cacheWriteLongTokens, reasoningTokens, fees } = usage
  const searches = fees?.['web_search']
  return {
    input_tokens: Math.max(0, inputTokens - (cacheReadTokens ?? 0) - (cacheWriteTokens ?? 0)),
    cache_creation_input_tokens: cacheWriteTokens ?? 0,
    cache_read_input_tokens: cacheReadTokens ?? 0,
    ...(cacheWriteLongTokens === undefined
      ? {}
      : {
          cache_creation: {
            ephemeral_5m_input_tokens: Math.max(0, (cacheWriteTokens ?? 0) - cacheWriteLongTokens),
            ephemeral_1h_input_tokens: cacheWriteLongTokens,
          },
        }),
    output_tokens: outputTokens,
    ...(reasoningTokens === undefined ? {} : { output_tokens_details: { thinking_tokens: reasoningTokens } }),
    ...(searches === undefined ? {} : { server_tool_use: { web_search_requests: searches, web_fetch_requests: 0 } }),
  }
}
