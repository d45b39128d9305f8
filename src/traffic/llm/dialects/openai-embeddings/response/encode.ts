// The answer as a client of this dialect reads it. The official SDK asks for base64 unless it is told
// otherwise.

import { toBase64 } from '../../../canonical/embed/index.ts'
import type { EmbedResponse, EmbedSeed } from '../../../canonical/embed/index.ts'
import { usageMember } from '../usage.ts'

export function encodeResponse({ model, vectors, usage = {} }: EmbedResponse, asked: EmbedSeed): string {
  return JSON.stringify({
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: asked.format === 'base64' ? toBase64(vector) : vector,
    })),
    model: model ?? asked.model,
    usage: usageMember(usage),
  })
}
