// `usageMetadata` of an answer, which older models leave out.
// https://ai.google.dev/api/embeddings#EmbeddingUsageMetadata

import type { Usage } from '../../../../../contract/usage.ts'
import { objectsIn } from '../../../../../kit/json.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'

export function readUsage(metadata: JsonObject | undefined): Usage | undefined {
  const inputTokens = countIn(metadata?.['promptTokenCount'])
  if (inputTokens === undefined) return undefined
  const audio = objectsIn(metadata?.['promptTokenDetails']).filter(({ modality }) => modality === 'AUDIO')
  const inputAudioTokens =
    audio.length === 0
      ? undefined
      : audio.reduce((sum, { tokenCount }) => sum + (countIn(tokenCount) ?? 0), 0)
  return { inputTokens, outputTokens: 0, ...omitUndefined({ inputAudioTokens }) }
}

/** An estimate is not told: the dialect has no need of it. */
export function usageMember({ inputTokens, isEstimated }: Usage): JsonObject | undefined {
  return inputTokens === undefined || isEstimated ? undefined : { promptTokenCount: inputTokens }
}

const countIn = (value: Json | undefined) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
