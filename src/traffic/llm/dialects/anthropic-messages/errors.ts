// Errors of this dialect: those of a provider in canonical form, and refusals of the gateway and other
// vendors' errors as Anthropic's SDKs expect them. https://docs.claude.com/en/api/errors

import type { UpstreamFault } from '../../../../contract/response.ts'
import type { JsonDocument } from '../../../../kit/json-spans.ts'
import type { Codec, ProviderError } from '../../canonical/index.ts'
import { clientMessage, readErrorBody } from '../../wire/error-body.ts'
import { faultOfResponse, faultOfEvent, readError } from '../../wire/faults.ts'
import type { ErrorCode, GatewayError } from '../../../../contract/errors.ts'
import { encodeEvent } from '../../../../kit/sse.ts'
import { writeRefusal } from '../../../wire/refusal.ts'
import type { WrittenRefusal } from '../../../wire/refusal.ts'

interface WordedFault {
  status: number
  type: string
}

const byKind: Readonly<Record<UpstreamFault['kind'], WordedFault>> = {
  'rate-limit': { status: 429, type: 'rate_limit_error' },
  overloaded: { status: 529, type: 'overloaded_error' },
  server: { status: 500, type: 'api_error' },
  credential: { status: 401, type: 'authentication_error' },
  quota: { status: 402, type: 'billing_error' },
  'context-window': { status: 400, type: 'invalid_request_error' },
  'content-policy': { status: 400, type: 'invalid_request_error' },
  'not-found': { status: 404, type: 'not_found_error' },
  'bad-request': { status: 400, type: 'invalid_request_error' },
}

/** The form in which Anthropic reports such an error. */
function wordedFault({ kind, status }: UpstreamFault): WordedFault {
  if (kind === 'credential' && status === 403) return { status, type: 'permission_error' }
  if (kind === 'server' && status > 500)
    return { status, type: status === 504 ? 'timeout_error' : 'api_error' }
  return byKind[kind]
}

const noMessage = 'The provider answered with an error and without a word about it.'

export const decodeError: Codec['decodeError'] = ({ status, headers, bytes, now }, departures) => {
  const body = readErrorBody(bytes)
  return {
    fault: faultOfResponse(status, headers, body, departures, now),
    message: clientMessage(body, noMessage),
  }
}

/** The error instead of a response, or in an event. Undefined when there is none. */
export function errorIn(document: JsonDocument): ProviderError | undefined {
  const body = readError(document, document.members)
  return body && { fault: faultOfEvent(body), message: body.text || noMessage }
}

export function encodeError({ fault, message }: ProviderError): { status: number; body: string } {
  const { status, type } = wordedFault(fault)
  return {
    status,
    body: JSON.stringify({
      type: 'error',
      error: { type, message: compactableMessage(fault.kind, message) },
    }),
  }
}

/** Agents compact their conversation when they read this text. */
function compactableMessage(kind: ProviderError['fault']['kind'], message: string): string {
  return kind === 'context-window' && !/prompt is too long/i.test(message)
    ? `prompt is too long: ${message}`
    : message
}

/** @param exchange the id by which the operator finds the call. SDKs show it as the request id */
export function writeError(error: GatewayError, exchange?: string): WrittenRefusal {
  const id = exchange ?? error.details.exchange
  const refusal = writeRefusal(error, exchange, bodyOf(error, id), ownErrors[error.code]?.status)
  return id === undefined ? refusal : { ...refusal, headers: [...refusal.headers, ['request-id', id]] }
}

/**
 * The event that ends a stream when it fails after its first byte. No `message_stop` follows, so the official
 * SDKs raise an APIError.
 */
export function writeBrokenStream(error: GatewayError): string {
  return encodeEvent({ name: 'error', data: JSON.stringify(bodyOf(error, error.details.exchange)) })
}

function bodyOf(error: GatewayError, id: string | undefined): object {
  const type = ownErrors[error.code]?.type ?? typeOf(error.row.status)
  return {
    type: 'error',
    error: { type, message: error.message },
    ...(id === undefined ? {} : { request_id: id }),
  }
}

const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
}

const typeOf = (status: number): string =>
  types[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')

/** Errors for which Anthropic has its own type or status. */
const ownErrors: Partial<Record<ErrorCode, { type: string; status?: number }>> = {
  'budget-exhausted': { type: 'billing_error', status: 402 },
  overloaded: { type: 'overloaded_error', status: 529 },
  draining: { type: 'overloaded_error', status: 529 },
}
