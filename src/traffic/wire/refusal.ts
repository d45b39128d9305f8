// A refusal as an HTTP response. The dialect writes its body.

import type { GatewayError } from '../../contract/errors.ts'

export interface WrittenRefusal {
  status: number
  headers: [string, string][]
  body: string
}

/**
 * A written error with the headers that every dialect's SDK obeys: `x-should-retry` comes before anything
 * else, `retry-after` in seconds.
 * @param exchange id by which the operator finds the call
 */
export function writeRefusal(
  error: GatewayError,
  exchange: string | undefined,
  body: object,
  status: number = error.row.status,
): WrittenRefusal {
  const { details, row } = error
  const headers: [string, string][] = [
    ['content-type', 'application/json'],
    ['x-should-retry', String(row.isRetryable)],
  ]
  if (details.retryAfterSeconds !== undefined)
    headers.push(['retry-after', String(Math.max(1, Math.ceil(details.retryAfterSeconds)))])
  const id = exchange ?? details.exchange
  if (id !== undefined) headers.push(['x-gatehouse-exchange', id])
  return { status, headers, body: JSON.stringify(body) }
}

export function asResponse({ status, headers, body }: WrittenRefusal): Response {
  return new Response(body, { status, headers })
}
