// One JSON text of a provider's response: the whole body, or the data of one event.

import { GatewayError } from '../../contract/errors.ts'
import { JsonFault } from '../../kit/json-fault.ts'
import { scanAhead, scanOnce } from '../../kit/json-slices.ts'
import type { JsonDocument } from '../../kit/json-spans.ts'
import type { Pause } from '../../kit/steps.ts'
import { isObject, parseJson } from '../../kit/json.ts'
import type { Json, JsonObject } from '../../kit/json.ts'

/** Vendors nest little. A deeper response does not belong to any dialect. */
const maxDepth = 256

/**
 * Scans a response and reads it.
 * @param title the dialect's title, with its article: `an OpenAI chat answer`
 * @param read may throw JsonFault for a repeated key
 * @throws GatewayError `upstream-garbage` when it is not a JSON object
 */
export function readResponseJson<Facts>(
  data: Uint8Array,
  title: string,
  read: (document: JsonDocument) => Facts,
): Facts {
  try {
    const document = scanOnce(data, { maxDepth })
    if (document.root.kind !== 'object') throw garbageError(title, `JSON of kind ${document.root.kind}`)
    return read(document)
  } catch (thrown) {
    if (thrown instanceof JsonFault) throw garbageError(title, `no valid JSON: ${thrown.message}`)
    throw thrown
  }
}

/**
 * Scans a long response slice by slice, so that `readResponseJson` need not scan it again. @throws
 * GatewayError as `readResponseJson`
 */
export async function scanLongResponse(data: Uint8Array, title: string, pause: Pause): Promise<void> {
  try {
    await scanAhead(data, { maxDepth }, pause)
  } catch (thrown) {
    if (thrown instanceof JsonFault) throw garbageError(title, `no valid JSON: ${thrown.message}`)
    throw thrown
  }
}

/**
 * The same for code that needs values, such as translations. It parses natively. @throws GatewayError
 * `upstream-garbage`
 */
export function parseResponseJson(data: Uint8Array | string, title: string): JsonObject {
  let value: Json
  try {
    value = parseJson(typeof data === 'string' ? data : textOf(data))
  } catch {
    throw garbageError(title, 'no valid JSON')
  }
  if (!isObject(value)) throw garbageError(title, 'JSON, but no object')
  return value
}

export const textOf = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')

export function garbageError(title: string, what: string): GatewayError {
  return new GatewayError('upstream-garbage', `The provider sent something that is not ${title} (${what}).`)
}
