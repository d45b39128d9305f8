// Scans a request's body into positions in the caller's own bytes. Reports the caller's mistakes.

import { isUtf8 } from 'node:buffer'
import { GatewayError } from '../../contract/errors.ts'
import { JsonFault } from '../../kit/json-fault.ts'
import { scanAhead, scanOnce, scanSlice } from '../../kit/json-slices.ts'
import type { JsonDocument } from '../../kit/json-spans.ts'
import type { Pause } from '../../kit/steps.ts'

interface Limits {
  /** The deepest nesting of containers. */
  maxDepth: number
}

/** Long bodies that were already checked. They are not checked again. */
const checked = new WeakSet<Uint8Array>()

/**
 * @throws GatewayError `bad-request` when it is not a JSON object in UTF-8. The message contains no part of
 * the body except names of fields
 */
export function scanBody(body: Uint8Array, limits: Limits): JsonDocument {
  if ((body.length <= scanSlice || !checked.has(body)) && !isUtf8(body)) throw notUtf8()
  try {
    return objectOf(scanOnce(body, limits))
  } catch (thrown) {
    throw wordFault(thrown, body)
  }
}

/**
 * Checks a long body slice by slice, so that `scanBody` need not check it again. Leaves a short body to
 * `scanBody`.
 * @throws GatewayError as `scanBody`
 */
export async function checkLongBody(body: Uint8Array, limits: Limits, pause: Pause): Promise<void> {
  if (body.length <= scanSlice) return
  if (!isUtf8(body)) throw notUtf8()
  checked.add(body)
  await pause()
  try {
    await scanAhead(body, limits, pause)
  } catch (thrown) {
    throw wordFault(thrown, body)
  }
}

const notUtf8 = () => new GatewayError('bad-request', 'the body is not valid UTF-8')

function objectOf(document: JsonDocument): JsonDocument {
  if (document.root.kind !== 'object')
    throw new GatewayError('bad-request', `the body must be a JSON object, not ${document.root.kind}`)
  return document
}

function wordFault(thrown: unknown, body: Uint8Array): unknown {
  if (!(thrown instanceof JsonFault)) return thrown
  const message =
    body.length === 0
      ? 'the body is empty; it must be a JSON object'
      : `the body is not valid JSON: ${thrown.message}`
  return new GatewayError('bad-request', message)
}
