// The canonical request as a provider of this dialect takes it: always a batch, whose answer tells as much as
// that of a single one.

import type { EmbedInput, EmbedPart, EmbedRequest } from '../../../../canonical/embed/index.ts'
import { written } from '../../../../../../kit/json.ts'
import type { Json } from '../../../../../../kit/json.ts'
import type { EncodeContext, EncodedRequest } from '../../../../canonical/index.ts'
import { dropUncarriedOfEmbedding } from '../../../../losses/index.ts'
import { pathOf } from '../../address.ts'
import { modelName } from './forward.ts'
import { encodeMedia } from '../../request/media.ts'

/** "at most 100 requests can be in one batch", says the API to more; its reference is silent. */
const mostInputs = 100

export function encodeRequest(request: EmbedRequest, { notes }: EncodeContext): EncodedRequest {
  dropUncarriedOfEmbedding(request, 'gemini-embeddings', notes)
  const { model, inputs } = request
  if (inputs.length > mostInputs)
    notes.drop(
      'many-inputs',
      `${inputs.length} inputs; at most ${mostInputs} are taken in one call: send them in several`,
    )
  const requests = inputs.map((input) => encodeInput(input, modelName(model)))
  return { path: pathOf({ model, method: 'batchEmbedContents' }), body: JSON.stringify({ requests }) }
}

function encodeInput({ parts, taskType, title, dimensions }: EmbedInput, model: string): Json {
  return written({
    model,
    content: { parts: parts.flatMap(encodePart) },
    taskType,
    title,
    outputDimensionality: dimensions,
  })
}

function encodePart(part: EmbedPart): Json[] {
  if (part.kind === 'media') return encodeMedia(part)
  return part.kind === 'text' ? [{ text: part.text }] : []
}
