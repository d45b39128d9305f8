// Errors of this dialect: those of Google in canonical form, and refusals of the gateway and other vendors'
// errors as Google's SDKs expect them. https://google.aip.dev/193

import type { ErrorCode, GatewayError } from '../../../../contract/errors.ts'
import type { JsonObject, Json } from '../../../../kit/json.ts'
import { writeRefusal } from '../../../wire/refusal.ts'
import type { WrittenRefusal } from '../../../wire/refusal.ts'
import type { UpstreamFault } from '../../../../contract/response.ts'
import type { Codec, ProviderError } from '../../canonical/index.ts'
import { clientMessage, errorIn as errorBodyIn, readErrorBody } from '../../wire/error-body.ts'
import { faultOfResponse, faultOfEvent } from '../../wire/faults.ts'
import { isList, isObject, objectIn } from '../../../../kit/json.ts'

/** @param exchange the id by which the operator finds the call */
export function writeError(error: GatewayError, exchange?: string): WrittenRefusal {
  return writeRefusal(error, exchange, bodyOf(error))
}

export const writeBrokenStream = (error: GatewayError): string => brokenStream(bodyOf(error))

/**
 * The end of a stream that failed, written twice. Most clients parse events. Google's own SDKs treat an error
 * event as an empty response, and raise an error for JSON that is not an event. Event parsers drop that JSON,
 * because no blank line follows it.
 */
export function brokenStream(error: { error: JsonObject }): string {
  const body = JSON.stringify(error)
  return `data: ${body}\n\n${body}`
}

function bodyOf(error: GatewayError): { error: JsonObject } {
  const { code, message, details, row } = error
  const { retryAfterSeconds } = details
  return {
    error: {
      code: row.status,
      message,
      status: ownStatuses[code] ?? statusWord(row.status),
      details: [
        {
          '@type': `${types}ErrorInfo`,
          reason: code.replaceAll('-', '_').toUpperCase(),
          domain: 'gatehouse',
        },
        ...(details.param === undefined
          ? []
          : [
              {
                '@type': `${types}BadRequest`,
                fieldViolations: [{ field: details.param, description: message }],
              },
            ]),
        ...(retryAfterSeconds === undefined ? [] : [retryInfo(retryAfterSeconds * 1000)]),
      ],
    },
  }
}

const types = 'type.googleapis.com/google.rpc.'

export const retryInfo = (ms: number): JsonObject => ({
  '@type': `${types}RetryInfo`,
  retryDelay: `${Math.max(1, Math.ceil(ms / 1000))}s`,
})

/** Google's name for a status. https://cloud.google.com/apis/design/errors */
export function statusWord(status: number): string {
  return byStatus[status] ?? (status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL')
}

const byStatus: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

/** Codes whose HTTP status alone would mean another error. */
const ownStatuses: Partial<Record<ErrorCode, string>> = { 'unbounded-cost': 'FAILED_PRECONDITION' }

export const decodeError: Codec['decodeError'] = ({ status, headers, bytes, now }, departures) => {
  const body = readErrorBody(bytes)
  return {
    fault: faultOfResponse(status, headers, body, departures, now),
    message: clientMessage(body, `The provider answered ${status}.`),
  }
}

/** An error instead of a response. */
export function errorOfEvent(error: JsonObject): ProviderError {
  const body = errorBodyIn({ error }) ?? { text: '' }
  return { fault: faultOfEvent(body), message: clientMessage(body, 'The provider answered with an error.') }
}

/** The status that Google's SDKs would get if Google had refused. */
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
            '@type': `${types}BadRequest`,
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

/**
 * The `error` object of an error response or of a chunk: `{code, message, status, details}`. Streams without
 * SSE have a list of these objects; the first one counts.
 */
export function errorIn(body: Json | undefined): JsonObject | undefined {
  if (isList(body)) return errorIn(body[0])
  return isObject(body) ? objectIn(body['error']) : undefined
}
