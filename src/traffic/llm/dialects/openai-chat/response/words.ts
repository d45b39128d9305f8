// Canonical words of an answer in this dialect's: finish reasons, usage, citations, log-probabilities.

import type { Finish, Usage } from '../../../../../contract/usage.ts'
import { written } from '../../../../../kit/json.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import type { Citation, TokenLogprob } from '../../../canonical/index.ts'

const reasons: Readonly<Record<Finish['unified'], string>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  // never written: an answer that failed ends in an error (translate/source.ts)
  error: 'stop',
  other: 'stop',
}

export const reasonOf = ({ unified }: Finish): string => reasons[unified]

/**
 * https://platform.openai.com/docs/api-reference/chat/object#chat-object-usage: its members are numbers, what
 * was not told is 0.
 */
export function usageOf(usage: Usage): JsonObject {
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

/**
 * undefined: a source that the dialect has no citation for. @param offset of the text block in the whole
 * content
 */
export function annotationOf(
  { source, title = '', span }: Citation,
  offset: number,
  length: number,
): JsonObject | undefined {
  if (source?.kind !== 'url') return undefined
  const { start, end } = span ?? { start: 0, end: length }
  return {
    type: 'url_citation',
    url_citation: { start_index: start + offset, end_index: end + offset, title, url: source.url },
  }
}

export const logprobOf = (token: TokenLogprob): JsonObject => ({
  ...alternative(token),
  top_logprobs: token.top.map(alternative),
})

const alternative = ({ token, logprob, bytes }: Omit<TokenLogprob, 'top'>): JsonObject => ({
  token,
  logprob,
  bytes: bytes ?? null,
})
