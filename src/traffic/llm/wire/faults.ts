// What a provider's error means: for retries, fallbacks, breakers and money. Codes are kept, messages are not (they may quote content).
// https://platform.openai.com/docs/guides/error-codes; departures seen at OpenRouter, Azure, vLLM, Mistral, DeepSeek.

import type { UpstreamFault } from '../../../contract/traffic.ts'
import { JsonFault } from '../../../kit/json-fault.ts'
import { members, numberAt, scan, stringAt } from '../../../kit/json-spans.ts'
import type { JsonSource, JsonSpan } from '../../../kit/json-spans.ts'
import type { Departures, UnbilledErrors } from '../provider.ts'
import type { Fields } from './field.ts'

/** What an error body says of itself. */
export interface ErrorBody {
  /** Vendor's code or type, only if it has the form of one. */
  code?: string
  /** A status that stands in the body of an answer whose own status is 200. */
  status?: number
  /** The message, for recognition only; it must not travel on. */
  text: string
}

/** An error answer (status ≥ 400). */
export function faultOfAnswer(status: number, headers: Headers, body: ErrorBody, departures: Departures): UpstreamFault {
  const retryAfterMs = retryAfter(headers)
  return { ...faultOf(status, body, departures), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}

/** An error inside of an answer with status 200: part of the answer may have been made and billed. */
export function faultOfEvent(body: ErrorBody): UpstreamFault {
  return { ...faultOf(body.status ?? statusOfCode.get(body.code ?? '') ?? 502, body, noDepartures), isUnbilled: false }
}

/** What an error without a status of its own would have been as an answer. */
const statusOfCode: ReadonlyMap<string, number> = new Map([
  ['content_filter', 400],
  ['content_policy_violation', 400],
  ['context_length_exceeded', 400],
  ['rate_limit_exceeded', 429],
  ['insufficient_quota', 429],
  ['overloaded_error', 529],
])

function faultOf(status: number, body: ErrorBody, departures: Departures): UpstreamFault {
  return {
    status,
    kind: kindOf(status, body),
    isUnbilled: isUnbilled[departures.unbilledErrors](status),
    ...(body.code === undefined ? {} : { code: body.code }),
  }
}

const turnedAway: ReadonlySet<number> = new Set([401, 403, 404, 429])

const isUnbilled: Readonly<Record<UnbilledErrors, (status: number) => boolean>> = {
  none: () => false,
  unserved: (status) => turnedAway.has(status),
  refusals: (status) => status < 500,
  all: () => true,
}

const byStatus: Readonly<Record<number, UpstreamFault['kind']>> = {
  401: 'credential',
  402: 'quota',
  403: 'credential',
  404: 'not-found',
  408: 'server',
  409: 'server',
  413: 'context-window',
  429: 'rate-limit',
  503: 'overloaded',
  529: 'overloaded',
}

// Our own patterns over short texts; no nested repetition.
const isQuota = /insufficient_quota|billing_hard_limit|insufficient[_ ]balance|exceeded_current_quota|exceeded your current quota|credit balance/i
const isContextWindow =
  /context_length_exceeded|context length|context window|maximum context|max_prompt_tokens|prompt is too long|too many tokens|reduce the length/i
// xAI tells a wrong key by 400
const isCredential = /(incorrect|invalid) api key/i
const isContentPolicy = /content_filter|content_policy|content management policy|responsibleaipolicy|moderation|safety system/i

function kindOf(status: number, { code = '', text }: ErrorBody): UpstreamFault['kind'] {
  const said = `${code} ${text.slice(0, 2000)}`
  if (status === 429 || status === 402) return isQuota.test(said) ? 'quota' : (byStatus[status] ?? 'rate-limit')
  if (status === 400 || status === 413 || status === 422) {
    if (isContextWindow.test(said)) return 'context-window'
    if (isContentPolicy.test(said)) return 'content-policy'
    if (isCredential.test(said)) return 'credential'
    // Anthropic's empty account is a bad request
    if (isQuota.test(said)) return 'quota'
  }
  // OpenRouter words a flagged prompt as 403.
  if (status === 403 && isContentPolicy.test(said)) return 'content-policy'
  return byStatus[status] ?? (status < 500 ? 'bad-request' : 'server')
}

/** `retry-after-ms`, or `retry-after` in seconds or as a date (counted from the answer's own `date`, whatever our clock says). */
function retryAfter(headers: Headers): number | undefined {
  const ms = Number(headers.get('retry-after-ms') ?? Number.NaN)
  if (ms >= 0) return ms
  const value = headers.get('retry-after')
  if (value === null) return undefined
  const seconds = Number(value)
  if (value.trim() !== '' && seconds >= 0) return seconds * 1000
  const wait = Date.parse(value) - Date.parse(headers.get('date') ?? '')
  return wait >= 0 ? wait : undefined
}

/** Reads an error body of any shape; undefined when it is no JSON object. */
export function readErrorBody(bytes: Uint8Array): ErrorBody | undefined {
  try {
    const document = scan(bytes, { maxDepth: 64 })
    if (document.root.kind !== 'object') return undefined
    return readError(document, document.members) ?? bodyOf(document, document.members)
  } catch (thrown) {
    if (thrown instanceof JsonFault) return undefined
    throw thrown
  }
}

/** The `error` member of an answer; undefined when there is none or it is null. */
export function readError(source: JsonSource, fields: Fields): ErrorBody | undefined {
  const error = fields.get('error')
  if (error?.kind === 'object') return bodyOf(source, members(source, error))
  // xAI: {"code":"invalid-argument","error":"…"}
  if (error?.kind === 'string' && error.end - error.start > 2) return { ...bodyOf(source, fields), text: stringAt(source, error) }
  // vLLM before 0.9: {"object":"error","message":…,"code":400}
  const object = fields.get('object')
  return object?.kind === 'string' && stringAt(source, object) === 'error' ? bodyOf(source, fields) : undefined
}

const codeForm = /^[A-Za-z][\w.-]{0,63}$/

function bodyOf(source: JsonSource, fields: Fields): ErrorBody {
  const text = textOf(source, fields.get('message') ?? fields.get('detail'))
  const codes = ['code', 'type'].map((name) => textOf(source, fields.get(name)))
  const code = codes.find((value) => codeForm.test(value))
  const status = ['code', 'status', 'status_code'].map((name) => statusOf(source, fields.get(name))).find((value) => value !== undefined)
  return { text, ...(code === undefined ? {} : { code }), ...(status === undefined ? {} : { status }) }
}

function textOf(source: JsonSource, span: JsonSpan | undefined): string {
  if (span?.kind === 'string') return stringAt(source, span)
  // Mistral and others on FastAPI: a list of faults in "detail", at Mistral inside of "message"
  if (span?.kind === 'object') return textOf(source, members(source, span).get('detail'))
  return span?.kind === 'array' ? source.latin1.slice(span.start, Math.min(span.end, span.start + 500)) : ''
}

function statusOf(source: JsonSource, span: JsonSpan | undefined): number | undefined {
  const value = span?.kind === 'number' ? numberAt(source, span) : span?.kind === 'string' ? Number(stringAt(source, span)) : Number.NaN
  return Number.isInteger(value) && value >= 400 && value < 600 ? value : undefined
}

const noDepartures: Departures = { usageInStream: true, unbilledErrors: 'none' }
