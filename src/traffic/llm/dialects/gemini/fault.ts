// What Google's errors mean where the common reading (wire/faults.ts) would go wrong. https://ai.google.dev/gemini-api/docs/troubleshooting,
// https://google.aip.dev/193

import type { UpstreamFault } from '../../../../contract/traffic.ts'
import { isList, isObject, objectIn, objectsIn, textIn } from '../../canonical/index.ts'
import type { Json, JsonObject } from '../../canonical/index.ts'

/** The `error` object of an error answer or of a chunk: `{code, message, status, details}`. A list of them, for streams without SSE, means its first. */
export function errorIn(body: Json | undefined): JsonObject | undefined {
  if (isList(body)) return errorIn(body[0])
  return isObject(body) ? objectIn(body['error']) : undefined
}

/** @param fault what status and headers say */
export function refineFault(fault: UpstreamFault, error: JsonObject): UpstreamFault {
  const status = textIn(error['status'])
  const retryAfterMs = fault.retryAfterMs ?? retryDelay(error)
  return {
    ...fault,
    kind: kindOf(fault, error),
    ...(status !== undefined && /^[A-Z_]{1,64}$/.test(status) ? { code: status } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
}

function kindOf(fault: UpstreamFault, error: JsonObject): UpstreamFault['kind'] {
  const message = (textIn(error['message']) ?? '').slice(0, 2000)
  // "You exceeded your current quota" is said of the limit per minute too; only a day's limit is worth no second try.
  if (fault.status === 429) return isUsedUp(error) ? 'quota' : 'rate-limit'
  if (fault.status === 400 && /input token count.{0,80}exceeds|maximum number of tokens allowed/i.test(message)) return 'context-window'
  // A wrong key is a 400 here.
  if (
    fault.status === 400 &&
    (detailsOf(error, 'ErrorInfo').some(({ reason }) => reason === 'API_KEY_INVALID') || /^API key (?:not valid|expired)/i.test(message))
  )
    return 'credential'
  if (fault.status === 499) return 'server'
  return fault.kind
}

function isUsedUp(error: JsonObject): boolean {
  const violations = detailsOf(error, 'QuotaFailure').flatMap((detail) => objectsIn(detail['violations']))
  return (
    violations.some(({ quotaId }) => /PerDay/i.test(textIn(quotaId) ?? '')) || /billing|prepayment|credits? (?:are|is) depleted/i.test(unplain(error))
  )
}

/** The usual text of all 429s speaks of billing details, which says nothing. */
const unplain = (error: JsonObject) => (textIn(error['message']) ?? '').slice(0, 2000).replace(/please check your plan and billing details/i, '')

/** `"12.5s"` or `"12s"`, a protobuf Duration. */
function retryDelay(error: JsonObject): number | undefined {
  for (const detail of detailsOf(error, 'RetryInfo')) {
    const seconds = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(textIn(detail['retryDelay']) ?? '')?.[1]
    if (seconds !== undefined) return Math.ceil(Number(seconds) * 1000)
  }
  return undefined
}

const detailsOf = (error: JsonObject, type: string) =>
  objectsIn(error['details']).filter((detail) => textIn(detail['@type'])?.endsWith(`google.rpc.${type}`))
