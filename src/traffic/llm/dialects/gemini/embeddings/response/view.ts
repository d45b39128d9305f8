// The lens on a response: usage or an error. Guards do not read it, because vectors hold no text.

import type { JsonDocument } from '../../../../../../kit/json-spans.ts'
import { countIn, objectIn, objectsIn } from '../../../../../../kit/json.ts'
import { readResponseJson } from '../../../../../wire/response-json.ts'
import type { ResponseFacts } from '../../../../../wire/facts.ts'
import { faultOfEvent, readError } from '../../../../wire/faults.ts'
import { jsonAt } from '../../../../../wire/field.ts'
import { hasElements, wholeDialect } from '../../../../wire/whole-dialect.ts'
import { forms } from '../../response/forms.ts'
import { writeError } from '../../errors.ts'
import type { Usage } from '../../../../../../contract/usage.ts'
import { omitUndefined } from '../../../../canonical/index.ts'
import type { JsonObject } from '../../../../../../kit/json.ts'

export const title = 'a Gemini response with embeddings'

export const responseDialect = wholeDialect({
  title,
  read: (data) => readResponseJson(data, title, factsOf),
  missing: ({ document }) =>
    document.members.get('embedding')?.kind === 'object' || hasElements(document, 'embeddings')
      ? undefined
      : 'no "embedding" and no "embeddings"',
  writeError,
  forms,
})

function factsOf(document: JsonDocument): ResponseFacts {
  const facts: ResponseFacts = { document, groups: [] }
  const metadata = document.members.get('usageMetadata')
  const usage = metadata && readUsage(objectIn(jsonAt(document, metadata)))
  if (usage) facts.usage = usage
  const error = readError(document, document.members)
  if (error) facts.fault = faultOfEvent(error)
  return facts
}

/**
 * Older models leave `usageMetadata` out. https://ai.google.dev/api/embeddings#EmbeddingUsageMetadata
 */
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

/** An estimate is left out: clients of this dialect expect no usage. */
export function writeUsage({ inputTokens, isEstimated }: Usage): JsonObject | undefined {
  return inputTokens === undefined || isEstimated ? undefined : { promptTokenCount: inputTokens }
}
