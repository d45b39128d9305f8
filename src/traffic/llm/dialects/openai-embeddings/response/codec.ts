// Lists of embeddings, to and from the canonical form. Their numbers are JSON or base64 of float32s.

import { fromBase64, toBase64 } from '../../../canonical/embed/index.ts'
import type { EmbedResponse, EmbedSeed } from '../../../canonical/embed/index.ts'
import { isList, isObject, numberIn, objectIn, wordIn } from '../../../../../kit/json.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { ProviderError } from '../../../canonical/index.ts'
import { garbageError, parseResponseJson } from '../../../../wire/response-json.ts'
import { faultOfEvent } from '../../../wire/faults.ts'
import { messageIn } from '../../../wire/error-body.ts'
import { responseDialect, title, readUsage, writeUsage } from './view.ts'

/** @throws GatewayError `upstream-garbage` */
export function decodeResponse(bytes: Uint8Array, inputs: number): EmbedResponse | { error: ProviderError } {
  const body = parseResponseJson(bytes, title)
  if (body['error']) return { error: errorIn(bytes, body) }
  const { data } = body
  if (!isList(data)) throw garbageError(title, 'no "data"')
  if (data.length !== inputs) throw garbageError(title, `${data.length} vectors for ${inputs} inputs`)
  const vectors: (readonly number[])[] = []
  data.forEach((each, position) => {
    if (!isObject(each)) throw garbageError(title, `"data[${position}]" is not an object`)
    // Some small servers omit the index.
    const index = numberIn(each['index']) ?? position
    if (!Number.isInteger(index) || index < 0 || index >= inputs || vectors[index])
      throw garbageError(title, `"data[${position}].index" does not match an input`)
    vectors[index] = vectorIn(each['embedding'], position)
  })
  return {
    vectors,
    ...omitUndefined({ model: wordIn(body['model']), usage: readUsage(objectIn(body['usage'])) }),
  }
}

function vectorIn(embedding: Json | undefined, position: number): readonly number[] {
  const numbers =
    typeof embedding === 'string' ? fromBase64(embedding) : isList(embedding) ? embedding : undefined
  if (!numbers || numbers.length === 0)
    throw garbageError(title, `"data[${position}].embedding" is not a vector`)
  return numbers.map((value) => {
    const number = numberIn(value)
    if (number === undefined)
      throw garbageError(title, `"data[${position}].embedding" holds a value that is not a finite number`)
    return number
  })
}

function errorIn(bytes: Uint8Array, body: JsonObject): ProviderError {
  return { fault: responseDialect.read(bytes).fault ?? faultOfEvent({ text: '' }), message: messageIn(body) }
}

/** The official SDK asks for base64 unless its caller sets a format. */
export function encodeResponse({ model, vectors, usage = {} }: EmbedResponse, asked: EmbedSeed): string {
  return JSON.stringify({
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: asked.format === 'base64' ? toBase64(vector) : vector,
    })),
    model: model ?? asked.model,
    usage: writeUsage(usage),
  })
}
