// `usage` of an answer. https://platform.openai.com/docs/api-reference/embeddings/create

import type { Usage } from '../../../../contract/usage.ts'
import type { JsonObject } from '../../../../kit/json.ts'

/** Some servers tell only the total, which is the same: there is no output. */
export function readUsage(usage: JsonObject | undefined): Usage | undefined {
  const inputTokens = countIn(usage?.['prompt_tokens']) ?? countIn(usage?.['total_tokens'])
  return inputTokens === undefined ? undefined : { inputTokens, outputTokens: 0 }
}

export const usageMember = ({ inputTokens = 0 }: Usage): JsonObject => ({
  prompt_tokens: inputTokens,
  total_tokens: inputTokens,
})

const countIn = (value: unknown) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
