// A provider's error as the gate uses it. failures.ts defines its meaning for retries, fallbacks, breakers
// and money.

import type { UpstreamFault } from '../../../contract/response.ts'
import type { ResponseHeaders } from '../../../contract/upstream.ts'
import { stringAt } from '../../../kit/json-spans.ts'
import type { JsonSource } from '../../../kit/json-spans.ts'
import { written } from '../../../kit/json.ts'
import type { Departures, UnbilledErrors } from '../provider.ts'
import { errorIn } from './error-body.ts'
import type { ErrorBody } from './error-body.ts'
import { failureOf } from './failures.ts'
import { optionalJson } from '../../wire/field.ts'
import type { Fields } from '../../wire/field.ts'
import { delayInText, retryAfterOf } from '../../wire/retry-after.ts'

/**
 * An error response (status ≥ 400).
 * @param now ms since the epoch, for a retry date in a response without a `date` header
 */
export function faultOfResponse(
  status: number,
  headers: ResponseHeaders,
  body: ErrorBody,
  departures: Departures,
  now?: number,
): UpstreamFault {
  const failure = failureOf(status, body)
  const { kind, isUnbilled = isFree[departures.unbilledErrors](status, { ...body, kind }) } = failure
  const retryAfterMs =
    retryAfterOf(headers, now) ??
    body.retryAfterMs ??
    (kind === 'rate-limit' ? delayInText(body.text) : undefined)
  return {
    status,
    kind,
    isUnbilled,
    ...(body.code === undefined ? {} : { code: body.code }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs: Math.min(retryAfterMs, longestWaitMs) }),
  }
}

/**
 * One day. JSON can hold numbers beyond all doubles, and a client would get a delay of `Infinity` seconds.
 */
const longestWaitMs = 86_400_000

/** An error inside of a response with status 200. Part of the response may have been generated and billed. */
export function faultOfEvent(body: ErrorBody): UpstreamFault {
  const { kind, status } = failureOf(body.status, body)
  return {
    status,
    kind,
    isUnbilled: false,
    ...(body.code === undefined ? {} : { code: body.code }),
    ...(body.retryAfterMs === undefined ? {} : { retryAfterMs: Math.min(body.retryAfterMs, longestWaitMs) }),
  }
}

/**
 * The error in place of a response. Undefined when there is none, or it is null. Only the members that can
 * hold errors are parsed.
 */
export function readError(source: JsonSource, fields: Fields): ErrorBody | undefined {
  const object = fields.get('object')
  const isError = object?.kind === 'string' && stringAt(source, object) === 'error'
  if (!isError && signs.every((name) => (fields.get(name)?.kind ?? 'null') === 'null')) return undefined
  return errorIn(
    written(Object.fromEntries(errorMembers.map((name) => [name, optionalJson(source, fields, name)]))),
  )
}

/** A body that is an error has one of these members. */
const signs = ['error', 'errors', 'base_resp']
const errorMembers = [...signs, 'object', 'code', 'type', 'status', 'message', 'detail']

const turnedAway: ReadonlySet<number> = new Set([401, 403, 404, 429, 503, 529])

/**
 * A proxy between us and the model gave up. The vendor may continue to work. 52x:
 * https://developers.cloudflare.com/support/troubleshooting/http-status-codes/
 */
const isProxys = (status: number) =>
  status === 408 || status === 499 || status === 502 || status === 504 || (status >= 520 && status < 529)

const isFree: Readonly<
  Record<
    UnbilledErrors,
    (status: number, body: Pick<ErrorBody, 'isPage'> & Pick<UpstreamFault, 'kind'>) => boolean
  >
> = {
  none: () => false,
  unserved: (status) => turnedAway.has(status),
  refusals: (status) => status < 500,
  // A model read the content that a filter refused, so the call may be billed.
  own: (status, { isPage, kind }) => !isPage && !isProxys(status) && kind !== 'content-policy',
  all: () => true,
}
