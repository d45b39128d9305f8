// Where an error stands in what Google sends. https://google.aip.dev/193

import { isList, isObject, objectIn } from '../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../kit/json.ts'

/**
 * The `error` object of an error answer or of a chunk: `{code, message, status, details}`. A list of them,
 * for streams without SSE, means its first.
 */
export function errorIn(body: Json | undefined): JsonObject | undefined {
  if (isList(body)) return errorIn(body[0])
  return isObject(body) ? objectIn(body['error']) : undefined
}
