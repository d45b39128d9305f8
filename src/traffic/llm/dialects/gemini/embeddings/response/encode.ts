// The answer as a client of this dialect reads it: of one content, or of a batch.

import type { EmbedResponse, EmbedSeed } from '../../../../canonical/embed/index.ts'
import { written } from '../../../../../../kit/json.ts'
import { usageMember } from '../usage.ts'

export function encodeResponse(
  { vectors, usage = {} }: EmbedResponse,
  { isBatch = false }: EmbedSeed,
): string {
  const embeddings = vectors.map((values) => ({ values }))
  const usageMetadata = usageMember(usage)
  return JSON.stringify(
    written(isBatch ? { embeddings, usageMetadata } : { embedding: embeddings[0], usageMetadata }),
  )
}
