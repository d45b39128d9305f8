// Errors of Google, and errors in its words. https://google.aip.dev/193

import type { UpstreamFault } from '../../../../contract/response.ts'
import type { JsonObject } from '../../../../kit/json.ts'
import type { Codec, ProviderError } from '../../canonical/index.ts'
import { clientMessage, errorIn as errorBodyIn, readErrorBody } from '../../wire/error-body.ts'
import { faultOfAnswer, faultOfEvent } from '../../wire/faults.ts'
import { retryInfo, statusWord } from './errors.ts'

export const decodeError: Codec['decodeError'] = ({ status, headers, bytes, now }, departures) => {
  const body = readErrorBody(bytes)
  return {
    fault: faultOfAnswer(status, headers, body, departures, now),
    message: clientMessage(body, `The provider answered ${status}.`),
  }
}

/** An error in the place of an answer. */
export function errorOfEvent(error: JsonObject): ProviderError {
  const body = errorBodyIn({ error }) ?? { text: '' }
  return { fault: faultOfEvent(body), message: clientMessage(body, 'The provider answered with an error.') }
}

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
  const status =
    fault.kind === 'server' && fault.status >= 500 ? Math.min(fault.status, 504) : byKind[fault.kind]
  const details: JsonObject[] = [
    ...(param === undefined
      ? []
      : [
          {
            '@type': 'type.googleapis.com/google.rpc.BadRequest',
            fieldViolations: [{ field: param, description: message }],
          },
        ]),
    ...(fault.retryAfterMs === undefined ? [] : [retryInfo(fault.retryAfterMs)]),
  ]
  const body = {
    error: { code: status, message, status: statusWord(status), ...(details.length > 0 ? { details } : {}) },
  }
  return { status, body: JSON.stringify(body) }
}
