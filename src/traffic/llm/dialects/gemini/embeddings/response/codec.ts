// Vectors, to and from the canonical form. https://ai.google.dev/api/embeddings#ContentEmbedding

import type { EmbedResponse, EmbedSeed } from '../../../../canonical/embed/index.ts'
import { isList, numberIn, objectIn, objectsIn, written } from '../../../../../../kit/json.ts'
import { omitUndefined } from '../../../../canonical/index.ts'
import type { JsonObject } from '../../../../../../kit/json.ts'
import type { ProviderError } from '../../../../canonical/index.ts'
import { garbageError, parseResponseJson } from '../../../../../wire/response-json.ts'
import { title, readUsage, writeUsage } from './view.ts'
import { errorOfEvent, errorIn } from '../../errors.ts'

/** @throws GatewayError `upstream-garbage` */
export function decodeResponse(bytes: Uint8Array, inputs: number): EmbedResponse | { error: ProviderError } {
  const body = parseResponseJson(bytes, title)
  const error = errorIn(body)
  if (error) return { error: errorOfEvent(error) }
  const alone = objectIn(body['embedding'])
  const embeddings = alone ? [alone] : objectsIn(body['embeddings'])
  // Models that fuse their inputs return one vector for all inputs.
  if (embeddings.length !== inputs)
    throw garbageError(title, `${embeddings.length} vectors for ${inputs} inputs`)
  return {
    vectors: embeddings.map(vectorIn),
    ...omitUndefined({ usage: readUsage(objectIn(body['usageMetadata'])) }),
  }
}

function vectorIn({ values }: JsonObject, position: number): readonly number[] {
  if (!isList(values) || values.length === 0)
    throw garbageError(title, `"embeddings[${position}].values" is not a vector`)
  return values.map((value) => {
    const number = numberIn(value)
    if (number === undefined)
      throw garbageError(title, `"embeddings[${position}].values" holds a value that is not a finite number`)
    return number
  })
}

/** The response to one content or to a batch. */
export function encodeResponse(
  { vectors, usage = {} }: EmbedResponse,
  { isBatch = false }: EmbedSeed,
): string {
  const embeddings = vectors.map((values) => ({ values }))
  const usageMetadata = writeUsage(usage)
  return JSON.stringify(
    written(isBatch ? { embeddings, usageMetadata } : { embedding: embeddings[0], usageMetadata }),
  )
}
