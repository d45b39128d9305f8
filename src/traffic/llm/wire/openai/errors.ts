// Errors of OpenAI's dialects in both directions. Decodes OpenAI's errors into the canonical form, and writes
// any provider's error in OpenAI's form, so that its SDKs raise their typed errors.
// https://platform.openai.com/docs/guides/error-codes

import type { UpstreamFault } from '../../../../contract/response.ts'
import type { Codec, ProviderError } from '../../canonical/index.ts'
import { clientMessage, readErrorBody } from '../error-body.ts'
import { faultOfResponse } from '../faults.ts'

export const decodeError: Codec['decodeError'] = ({ status, headers, bytes, now }, departures) => {
  const body = readErrorBody(bytes)
  const { isPage, param } = body
  const unsaid = isPage
    ? `The provider answered ${status} without a JSON body.`
    : 'The provider stopped with an error.'
  return {
    fault: faultOfResponse(status, headers, body, departures, now),
    message: clientMessage(body, unsaid),
    ...(param === undefined ? {} : { param }),
  }
}

interface Words {
  status: number
  type: string
  code: string | null
}

const words: Readonly<Record<UpstreamFault['kind'], Words>> = {
  'rate-limit': { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  overloaded: { status: 503, type: 'server_error', code: 'overloaded' },
  server: { status: 502, type: 'server_error', code: 'server_error' },
  credential: { status: 401, type: 'invalid_request_error', code: 'invalid_api_key' },
  quota: { status: 429, type: 'insufficient_quota', code: 'insufficient_quota' },
  'context-window': { status: 400, type: 'invalid_request_error', code: 'context_length_exceeded' },
  'content-policy': { status: 400, type: 'invalid_request_error', code: 'content_policy_violation' },
  'not-found': { status: 404, type: 'invalid_request_error', code: 'model_not_found' },
  'bad-request': { status: 400, type: 'invalid_request_error', code: null },
}

export const encodeError: Codec['encodeError'] = (error) => {
  const { kind, status } = error.fault
  const isOwn = kind === 'server' && status >= 500 && status < 600
  return {
    status: isOwn ? status : words[kind].status,
    body: JSON.stringify({ error: providerErrorOf(error) }),
  }
}

/** The same inside of a stream. */
export function providerErrorOf({ fault, message, param }: ProviderError): {
  message: string
  type: string
  param: string | null
  code: string | null
} {
  const { type, code } = words[fault.kind]
  return { message, type, param: param ?? null, code }
}
