// Errors of Google, and errors in its words. https://google.aip.dev/193

import type { UpstreamFault } from '../../../../../contract/traffic.ts'
import { numberIn, textIn } from '../../../canonical/index.ts'
import type { Codec, Json, JsonObject, ProviderError } from '../../../canonical/index.ts'
import { faultOfAnswer, faultOfEvent, readErrorBody } from '../../../wire/faults.ts'
import { errorIn, refineFault } from '../fault.ts'
import { retryInfo, statusWord } from '../wording.ts'

export const decodeError: Codec['decodeError'] = ({ status, headers, bytes }, departures) => {
  const fault = faultOfAnswer(status, headers, readErrorBody(bytes) ?? { text: '' }, departures)
  const error = errorIn(parsed(bytes))
  return error ? { fault: refineFault(fault, error), message: messageOf(error) } : { fault, message: `The provider answered ${status}.` }
}

/** An error in the place of an answer. */
export function errorOfEvent(error: JsonObject): ProviderError {
  const code = numberIn(error['code'])
  const status = code !== undefined && code >= 400 && code < 600 ? code : 502
  return { fault: refineFault(faultOfEvent({ text: messageOf(error), status }), error), message: messageOf(error) }
}

const messageOf = (error: JsonObject) => textIn(error['message']) ?? 'The provider answered with an error.'

/** What Google's SDKs would see if Google had refused. */
const byKind: Readonly<Record<UpstreamFault['kind'], number>> = {
  'rate-limit': 429,
  quota: 429,
  overloaded: 503,
  server: 500,
  credential: 403,
  'context-window': 400,
  'content-policy': 400,
  'not-found': 404,
  'bad-request': 400,
}

export const encodeError: Codec['encodeError'] = ({ fault, message, param }) => {
  const status = fault.kind === 'server' && fault.status >= 500 ? Math.min(fault.status, 504) : byKind[fault.kind]
  const details: JsonObject[] = [
    ...(param === undefined
      ? []
      : [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field: param, description: message }] }]),
    ...(fault.retryAfterMs === undefined ? [] : [retryInfo(fault.retryAfterMs)]),
  ]
  const body = { error: { code: status, message, status: statusWord(status), ...(details.length > 0 ? { details } : {}) } }
  return { status, body: JSON.stringify(body) }
}

function parsed(bytes: Uint8Array): Json | undefined {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
  } catch {
    return undefined
  }
}
