// Where an error stands in what Google sends. https://google.aip.dev/193

import { isList, isObject, objectIn } from '../../canonical/index.ts'
import type { Json, JsonObject } from '../../canonical/index.ts'

/** The `error` object of an error answer or of a chunk: `{code, message, status, details}`. A list of them, for streams without SSE, means its first. */
export function errorIn(body: Json | undefined): JsonObject | undefined {
  if (isList(body)) return errorIn(body[0])
  return isObject(body) ? objectIn(body['error']) : undefined
}
