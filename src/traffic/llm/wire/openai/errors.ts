// Errors of OpenAI's dialects both ways: a provider's in canonical form, any provider's in OpenAI's words, so that its SDKs raise their typed errors.
// https://platform.openai.com/docs/guides/error-codes

import type { UpstreamFault } from '../../../../contract/traffic.ts'
import { isList, isObject, objectIn, objectsIn, wordIn } from '../../canonical/index.ts'
import type { Codec, Json, JsonObject, ProviderError } from '../../canonical/index.ts'
import { parseAnswer } from '../answer.ts'
import { faultOfAnswer, readErrorBody } from '../faults.ts'

export const decodeError: Codec['decodeError'] = ({ status, headers, bytes }, departures) => {
  const body = readErrorBody(bytes)
  const fault = faultOfAnswer(status, headers, body ?? { text: '' }, departures)
  // no JSON: a page of HTML says nothing to a client
  if (!body) return { fault, message: `The provider answered ${status} without a JSON body.` }
  const said = parseAnswer(bytes, 'an error of OpenAI’s dialects')
  const param = wordIn(objectIn(said['error'])?.['param'])
  return { fault, message: messageIn(said), ...(param === undefined ? {} : { param }) }
}

/** What the provider says of its error, for the client. */
export function messageIn(said: JsonObject): string {
  const error = said['error']
  const inner = objectIn(error) ?? said
  return wordIn(error) ?? faultsIn(inner['message']) ?? faultsIn(inner['detail']) ?? 'The provider broke off with an error.'
}

/** A text, or what FastAPI says of each fault (`{"detail":[{"loc":["body","seed"],"msg":"…"}]}`), at Mistral inside of "message". */
function faultsIn(said: Json | undefined): string | undefined {
  if (isObject(said)) return faultsIn(said['detail'])
  if (!isList(said)) return wordIn(said)
  const faults = objectsIn(said).flatMap(({ loc, msg }) => {
    const what = wordIn(msg)
    const where = isList(loc) ? loc.filter((step) => typeof step === 'string' || typeof step === 'number').join('.') : ''
    return what === undefined ? [] : [where === '' ? what : `${where}: ${what}`]
  })
  return faults.length === 0 ? undefined : faults.join('; ')
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
  return { status: isOwn ? status : words[kind].status, body: JSON.stringify({ error: providerErrorOf(error) }) }
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
