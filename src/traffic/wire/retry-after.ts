// Reads when a provider accepts the next request: from a header, in milliseconds, seconds or as a date, or
// from the body.

import type { ResponseHeaders } from '../../contract/upstream.ts'

/**
 * `retry-after-ms`, or `retry-after` in seconds, as a duration (`1m30s`) or as a date. A date is relative to
 * the response's own `date` header. Without one, it is relative to our clock.
 * @param now ms since the epoch
 */
export function retryAfterOf(
  headers: Pick<ResponseHeaders, 'get'>,
  now: number | undefined,
): number | undefined {
  const ms = numberOf(headers.get('retry-after-ms'))
  if (ms !== undefined) return Math.ceil(ms)
  const value = headers.get('retry-after')?.trim()
  if (value === undefined || value === '') return undefined
  const seconds = numberOf(value)
  if (seconds !== undefined) return Math.ceil(seconds * 1000)
  const duration = durationMs(value)
  if (duration !== undefined) return duration
  // `Date.parse` reads a bare number as a year.
  const until = /[A-Za-z]{3}/.test(value) ? Date.parse(value) : Number.NaN
  const since = Date.parse(headers.get('date') ?? '')
  const wait = until - (Number.isNaN(since) ? (now ?? Number.NaN) : since)
  return Number.isNaN(wait) ? undefined : Math.max(0, wait)
}

function numberOf(value: string | null | undefined): number | undefined {
  const text = value?.trim() ?? ''
  return /^\d{1,12}(?:\.\d{1,12})?$/.test(text) ? Number(text) : undefined
}

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const

/** `12.5s`, `1m30s`, `20ms`. Undefined if the text is not a duration. */
export function durationMs(text: string): number | undefined {
  if (!/^(?:\d{1,9}(?:\.\d{1,9})?(?:ms|[smh])){1,4}$/.test(text)) return undefined
  let total = 0
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smh])/g)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the pattern has no other units
    total += Number(count) * units[unit as keyof typeof units]
  }
  return Math.ceil(total)
}

/** `Please try again in 4.77s` (OpenAI, Groq), `Please retry after 37 seconds` (Azure). */
export function delayInText(text: string): number | undefined {
  const [, seconds, delay] =
    /(?:try again|retry) (?:in|after) (?:(\d{1,9}(?:\.\d{1,9})?) seconds?|([\d.hms]{2,20}?)(?=[.,]?(?:\s|$)))/i.exec(
      text.slice(0, 2000),
    ) ?? []
  if (seconds !== undefined) return Math.ceil(Number(seconds) * 1000)
  return delay === undefined ? undefined : durationMs(delay)
}
