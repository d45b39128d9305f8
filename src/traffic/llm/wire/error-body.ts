// Reads an error body in any shape that vendors write: an object, a list, a text, a page. Codes are recorded.
// Messages are not, because they may quote content. They serve only to recognize the error and to inform the
// client.

import { parseJson } from '../../../kit/json.ts'
import type { Json, JsonObject } from '../../../kit/json.ts'
import { isList, isObject, numberIn, objectIn, objectsIn, textIn, wordIn } from '../../../kit/json.ts'
import { durationMs } from '../../wire/retry-after.ts'

export interface ErrorBody {
  /** The vendor's code or type, if it has the form of a code. */
  code?: string
  /** All codes that may identify the kind of failure. */
  codes?: readonly string[]
  /** The status that the body names. */
  status?: number
  /** The message. */
  text: string
  /** The request's field at fault, as the provider names it. */
  param?: string
  /**
   * The error that a router received from its vendor (OpenRouter's `metadata.raw`). Used to recognize the
   * failure.
   */
  heard?: string
  /** The delay before a retry, if the body contains one (Google's RetryInfo). */
  retryAfterMs?: number
  /** The body is not JSON, but a page or plain text, usually from a proxy. */
  isPage?: boolean
}

/** An error body of any shape. */
export function readErrorBody(bytes: Uint8Array): ErrorBody {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  const value = jsonIn(text)
  if (value === undefined) return { text: plain(text), isPage: true }
  if (typeof value === 'string') return { text: value, isPage: true }
  const said = unlisted(value)
  return isObject(said) ? (errorIn(said) ?? bodyOf(said)) : { text: '', isPage: true }
}

/** The error in place of a response. Undefined when there is none, or it is null. */
export function errorIn(said: JsonObject): ErrorBody | undefined {
  const error = unlisted(said['error'] ?? said['errors'] ?? null)
  if (isObject(error)) return bodyOf(error)
  // xAI: {"code":"invalid-argument","error":"…"}
  if (typeof error === 'string' && error !== '') return { ...bodyOf(said), text: error }
  // vLLM before 0.9 and Mistral: {"object":"error","message":…,"code":400}
  if (said['object'] === 'error') return bodyOf(said)
  // MiniMax: {"base_resp":{"status_code":1008,"status_msg":"insufficient balance"}}, 0 means success
  const base = objectIn(said['base_resp'])
  return base && numberIn(base['status_code']) ? bodyOf(base) : undefined
}

/** Unwraps errors of streams that are lists (Google's). Clients understand the error, but not the list. */
export function unlistedBytes(bytes: Uint8Array): Uint8Array | string {
  if (bytes[0] !== 0x5b) return bytes
  const [first] = objectsIn(
    jsonIn(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')),
  )
  return first ? JSON.stringify(first) : bytes
}

/** The error message for the client. A page is not a useful message. */
export const clientMessage = ({ text, isPage }: ErrorBody, unsaid: string): string =>
  isPage || text === '' ? unsaid : text

/** The same for an error in place of a response. */
export const messageIn = (said: JsonObject): string =>
  clientMessage(errorIn(said) ?? bodyOf(said), 'The provider stopped with an error.')

const codeForm = /^[A-Za-z][\w.:-]{0,63}$/
const codeMembers = [
  'code',
  'type',
  'status',
  'reason',
  'error_code',
  'error_type',
  'status_code',
  'statusCode',
] as const
const messageMembers = [
  'message',
  'detail',
  'msg',
  'error',
  'error_description',
  'status_msg',
  'Message',
  'title',
] as const
const statusMembers = ['code', 'status', 'status_code', 'statusCode'] as const

function bodyOf(error: JsonObject): ErrorBody {
  const inner = objectIn(error['innererror'])
  const details = objectsIn(error['details'])
  const codes = [
    ...codeMembers.map((name) => wordOf(error[name])),
    wordOf(inner?.['code']),
    wordOf(objectIn(error['metadata'])?.['reason']),
    ...details.map((detail) => wordOf(detail['reason'])),
    ...details.flatMap((detail) => objectsIn(detail['violations'])).map(({ quotaId }) => wordOf(quotaId)),
  ].filter((code) => code !== '')
  const code = codes.find((word) => codeForm.test(word))
  const status = statusMembers.map((name) => statusIn(error[name])).find((value) => value !== undefined)
  const retryAfterMs = delayIn(error, details)
  const heard = textIn(objectIn(error['metadata'])?.['raw'])
  return {
    text: messageOf(error),
    codes,
    ...(heard === undefined ? {} : { heard }),
    ...(wordIn(error['param']) === undefined ? {} : { param: textOf(error['param']) }),
    ...(code === undefined ? {} : { code }),
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
}

function messageOf(error: JsonObject): string {
  for (const name of messageMembers) {
    const text = textOf(error[name])
    if (text !== '') return text
  }
  return ''
}

/**
 * FastAPI lists its faults in "detail" (`[{"loc":["body","seed"],"msg":"…"}]`). Mistral lists them inside of
 * "message".
 */
function textOf(value: Json | undefined): string {
  if (typeof value === 'string') return value
  if (isObject(value)) return placed(messageOf(value), value['loc'])
  if (!isList(value)) return ''
  const texts = value.slice(0, 20).map((each) => textOf(each))
  return texts.filter((text) => text !== '').join('; ')
}

function placed(text: string, loc: Json | undefined): string {
  const where = isList(loc)
    ? loc.filter((step) => typeof step === 'string' || typeof step === 'number').join('.')
    : ''
  return text === '' || where === '' ? text : `${where}: ${text}`
}

const wordOf = (value: Json | undefined): string =>
  typeof value === 'string' ? value.slice(0, 200) : typeof value === 'number' ? String(value) : ''

function statusIn(value: Json | undefined): number | undefined {
  const status =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && /^\d{3}$/.test(value)
        ? Number(value)
        : Number.NaN
  return Number.isInteger(status) && status >= 400 && status < 600 ? status : undefined
}

/** Google's `retryDelay: "12.5s"`; other vendors have `retry_after` in seconds. */
function delayIn(error: JsonObject, details: readonly JsonObject[]): number | undefined {
  for (const { retryDelay } of details) {
    const ms = typeof retryDelay === 'string' ? durationMs(retryDelay) : undefined
    if (ms !== undefined) return ms
  }
  const seconds = numberIn(error['retry_after'])
  return seconds !== undefined && seconds >= 0 ? Math.ceil(seconds * 1000) : undefined
}

/**
 * Google sends the error of a stream in a list if events were not requested. Cloudflare always sends a list.
 * The first error counts.
 */
const unlisted = (value: Json): Json => (isList(value) ? (value[0] ?? null) : value)

function jsonIn(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** The text of a page, without tags and extra white space. */
const plain = (text: string): string =>
  text
    .slice(0, 20_000)
    .replaceAll(/<[^<>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
