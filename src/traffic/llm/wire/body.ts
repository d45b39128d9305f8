// A request's body as positions in the caller's own bytes, or the caller's mistake in words.

import { isUtf8 } from 'node:buffer'
import { GatewayError } from '../../../contract/errors.ts'
import { JsonFault } from '../../../kit/json-fault.ts'
import { scan } from '../../../kit/json-spans.ts'
import type { JsonDocument } from '../../../kit/json-spans.ts'

/**
 * @param limits maxDepth: containers in each other
 * @throws GatewayError `bad-request` when it is no JSON object in UTF-8; nothing of the body is in its message but names of fields
 */
export function scanBody(body: Uint8Array, limits: { maxDepth: number }): JsonDocument {
  if (!isUtf8(body)) throw new GatewayError('bad-request', 'the body is not valid UTF-8')
  const document = scanned(body, limits)
  if (document.root.kind !== 'object') throw new GatewayError('bad-request', `the body must be a JSON object, not ${document.root.kind}`)
  return document
}

function scanned(body: Uint8Array, limits: { maxDepth: number }): JsonDocument {
  try {
    return scan(body, limits)
  } catch (thrown) {
    if (!(thrown instanceof JsonFault)) throw thrown
    throw new GatewayError(
      'bad-request',
      body.length === 0 ? 'the body is empty; it must be a JSON object' : `the body is not valid JSON: ${thrown.message}`,
    )
  }
}
