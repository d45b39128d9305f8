// Requests to a provider of this dialect: the caller's own bytes, or the canonical request written in this
// dialect. The latter is always a batch, whose response has the same facts as that of a single request.

import type { EmbedInput, EmbedPart, EmbedRequest } from '../../../../canonical/embed/index.ts'
import { written } from '../../../../../../kit/json.ts'
import type { Json } from '../../../../../../kit/json.ts'
import type { EncodeContext, EncodedRequest } from '../../../../canonical/index.ts'
import { dropUncarriedOfEmbedding } from '../../../../losses/index.ts'
import { pathOf } from '../../address.ts'
import { encodeMedia } from '../../request/media.ts'
import { splice } from '../../../../../../kit/splice.ts'
import { overwrite } from '../../../../../wire/member.ts'
import type { Outgoing, OutgoingTarget } from '../../../../wire/operation.ts'
import type { GeminiEmbeddingsView } from './view.ts'

/**
 * The API refuses more with "at most 100 requests can be in one batch". Its reference does not document this.
 */
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

/** The caller's bytes. The model in the path changes, and any models in the body. */
export function forwardRequest(
  { document, address, isBatch, fields, requests }: GeminiEmbeddingsView,
  { model }: OutgoingTarget,
): Outgoing {
  const named = [...(isBatch ? [fields] : []), ...requests.map((request) => request.fields)].flatMap(
    (each) => each.get('model') ?? [],
  )
  const name = JSON.stringify(modelName(model))
  return {
    path: pathOf({ model, method: address.method }),
    body: splice(
      document.bytes,
      named.map((span) => overwrite(span, name)),
    ),
    swallowsUsage: false,
  }
}

/** Tuned models have a separate prefix. */
const modelName = (model: string): string => (model.includes('/') ? model : `models/${model}`)
