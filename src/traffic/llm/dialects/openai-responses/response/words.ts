// Canonical facts of an answer in this dialect's words: status, usage, log-probabilities.

import type { Finish, Usage } from '../../../../../contract/usage.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { TokenLogprob } from '../../../canonical/index.ts'

/** How the answer ended. https://platform.openai.com/docs/api-reference/responses/object */
export function endOf({ unified }: Finish): { status: string; incomplete_details: Json; error: Json } {
  if (unified === 'length')
    return { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, error: null }
  if (unified === 'content-filter')
    return { status: 'incomplete', incomplete_details: { reason: 'content_filter' }, error: null }
  if (unified === 'error')
    return {
      status: 'failed',
      incomplete_details: null,
      error: { code: 'server_error', message: 'The provider broke the answer off.' },
    }
  return { status: 'completed', incomplete_details: null, error: null }
}

/** Its members are numbers; what was not told is 0. */
export function usageOf({
  inputTokens = 0,
  outputTokens = 0,
  cacheReadTokens = 0,
  cacheWriteTokens = 0,
  reasoningTokens = 0,
}: Usage): JsonObject {
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cacheReadTokens, cache_write_tokens: cacheWriteTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: inputTokens + outputTokens,
  }
}

export const logprobOf = (token: TokenLogprob): JsonObject => ({
  ...alternative(token),
  top_logprobs: token.top.map(alternative),
})

const alternative = ({ token, logprob, bytes }: Omit<TokenLogprob, 'top'>): JsonObject => ({
  token,
  logprob,
  bytes: bytes ?? [],
})
