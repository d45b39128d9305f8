// Errors of the admin API. Rules throw a ProblemError, and the server turns it and every other error into
// problem+json.

import { HTTPException } from 'hono/http-exception'
import { type Mistake, type Problem, type ProblemCode, problemTable } from '../../contract/admin-api.ts'
import { StoreDown } from '../../contract/stores.ts'

/** The administrator reads `detail`: what was wrong, with which value, and the fix. It never has a secret. */
export class ProblemError extends Error {
  readonly code: ProblemCode
  readonly headers: Readonly<Record<string, string>>
  readonly mistakes: readonly Mistake[]

  constructor(
    code: ProblemCode,
    detail: string,
    more: { headers?: Record<string, string>; mistakes?: readonly Mistake[]; cause?: unknown } = {},
  ) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'ProblemError'
    this.code = code
    this.headers = more.headers ?? {}
    this.mistakes = more.mistakes ?? []
  }
}

export function problemResponse(problem: ProblemError): Response {
  const row = problemTable[problem.code]
  const body: Problem = {
    type: `urn:gatehouse:problem:${problem.code}`,
    title: row.title,
    status: row.status,
    detail: problem.message,
    code: problem.code,
    ...(problem.mistakes.length > 0 ? { errors: [...problem.mistakes] } : {}),
  }
  return new Response(JSON.stringify(body), {
    status: row.status,
    headers: {
      ...problem.headers,
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
  })
}

/**
 * Turns any thrown value into a ProblemError. Unknown errors become `internal`, with the cause for the log.
 */
export function toProblem(thrown: unknown): ProblemError {
  if (thrown instanceof ProblemError) return thrown
  if (thrown instanceof StoreDown) {
    return new ProblemError(
      'store-down',
      'the store does not respond; calls continue with the amounts that the gateway holds. Try again in a few seconds.',
      {
        headers: { 'retry-after': '5' },
        cause: thrown,
      },
    )
  }
  if (thrown instanceof HTTPException && thrown.status === 415) {
    return new ProblemError(
      'unsupported-media-type',
      'the admin API reads JSON only; send `content-type: application/json`.',
    )
  }
  if (thrown instanceof HTTPException && thrown.status === 400) {
    return new ProblemError('bad-request', 'the body is not valid JSON.')
  }
  return new ProblemError('internal', 'Gatehouse failed on this request; the cause is in its log.', {
    cause: thrown,
  })
}
