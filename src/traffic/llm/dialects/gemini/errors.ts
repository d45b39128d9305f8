// Our refusals in Google's words, so that its SDKs raise their typed errors. Shape:
// https://google.aip.dev/193

import type { ErrorCode, GatewayError } from '../../../../contract/errors.ts'
import type { JsonObject } from '../../../../kit/json.ts'
import { worded } from '../../../wire/refusal.ts'
import type { WordedError } from '../../../wire/refusal.ts'

/** @param exchange id under which the operator finds the call */
export function wordError(error: GatewayError, exchange?: string): WordedError {
  return worded(error, exchange, bodyOf(error))
}

export const wordBrokenStream = (error: GatewayError): string => brokenStream(bodyOf(error))

/**
 * The end of a stream that failed, said twice. Most clients parse events; Google's own SDKs pass an event
 * with an error by as an empty answer, and raise for JSON that stands in the stream without being an event,
 * which event parsers drop because no blank line follows.
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
      status: words[code] ?? statusWord(row.status),
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

/** The canonical word for a status. https://cloud.google.com/apis/design/errors */
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

/** Where the status alone would say something else. */
const words: Partial<Record<ErrorCode, string>> = { 'unbounded-cost': 'FAILED_PRECONDITION' }
