// Every refusal and failure of Gatehouse's own, in one table. The reference page, the responses of all
// endpoints and the records use its codes.

export interface ErrorRow {
  /** HTTP status if no byte has been sent yet. A dialect may use another one (see its errors.ts). */
  status: number
  /** Whether the same call may succeed later without any change. Becomes `x-should-retry`. */
  isRetryable: boolean
  /** The party that must act. Circuit breakers count only `upstream`. */
  fault: 'caller' | 'policy' | 'money' | 'upstream' | 'gateway'
  /** Whether a client can get it. Absent: true. `false` is for records only: no client is connected. */
  isSent?: boolean
  /** For the error table of the reference. */
  meaning: string
}

export const errorTable = {
  'bad-request': {
    status: 400,
    isRetryable: false,
    fault: 'caller',
    meaning:
      'The request cannot be read: it is not valid JSON or UTF-8, has a duplicate key, is nested too deeply, or has a field of the wrong type.',
  },
  'request-too-large': {
    status: 413,
    isRetryable: false,
    fault: 'caller',
    meaning: 'The body is larger than `limits.bodyBytes`.',
  },
  'request-too-slow': {
    status: 408,
    isRetryable: true,
    fault: 'caller',
    meaning: 'The body did not arrive within `limits.bodyTime`.',
  },
  'method-not-allowed': {
    status: 405,
    isRetryable: false,
    fault: 'caller',
    meaning: 'The path exists, but not for this HTTP method.',
  },
  'unsupported-media-type': {
    status: 415,
    isRetryable: false,
    fault: 'caller',
    meaning: 'The endpoint does not read this content type or content encoding.',
  },
  'not-found': {
    status: 404,
    isRetryable: false,
    fault: 'caller',
    meaning: 'There is no endpoint at this path.',
  },
  'no-key': {
    status: 401,
    isRetryable: false,
    fault: 'caller',
    meaning: 'The request has no Gatehouse key.',
  },
  'bad-key': {
    status: 401,
    isRetryable: false,
    fault: 'caller',
    meaning: 'The key is unknown or revoked, or it is used where it is not valid.',
  },
  'expired-key': { status: 401, isRetryable: false, fault: 'caller', meaning: 'The key has expired.' },
  revoked: {
    status: 401,
    isRetryable: false,
    fault: 'caller',
    meaning: 'The key was revoked while the call was running.',
  },
  killed: { status: 403, isRetryable: false, fault: 'policy', meaning: 'An administrator stopped the call.' },
  'parent-ended': {
    status: 499,
    isRetryable: false,
    fault: 'caller',
    meaning: 'The call was part of another call, and that call ended first.',
  },
  'bad-run-token': {
    status: 403,
    isRetryable: false,
    fault: 'caller',
    meaning: 'The run token has expired, belongs to another principal, or was not made by this gateway.',
  },
  'unknown-model': {
    status: 404,
    isRetryable: false,
    fault: 'caller',
    meaning:
      'The model does not exist, or the key may not use it. Only administrators can see which (`gatehouse explain`).',
  },
  'unknown-tool': {
    status: 404,
    isRetryable: false,
    fault: 'caller',
    meaning:
      'The tool does not exist, or the key may not use it. Only administrators can see which (`gatehouse explain`).',
  },
  'unknown-agent': {
    status: 404,
    isRetryable: false,
    fault: 'caller',
    meaning:
      'The agent does not exist, or the key may not use it. Only administrators can see which (`gatehouse explain`).',
  },
  unsupported: {
    status: 400,
    isRetryable: false,
    fault: 'caller',
    meaning:
      'The request uses something that no target of the model supports, or that Gatehouse does not allow. The message names it.',
  },
  'policy-denied': { status: 403, isRetryable: false, fault: 'policy', meaning: 'A policy denies the call.' },
  'guard-blocked': {
    status: 400,
    isRetryable: false,
    fault: 'policy',
    meaning: 'A guard found content that its rule blocks, or content that it cannot read, such as token ids.',
  },
  'placeholder-in-arguments': {
    status: 400,
    isRetryable: false,
    fault: 'policy',
    meaning:
      'A tool would get a placeholder instead of the redacted value, either from the model or from the conversation. The tool call was held back. `restoreIn: [arguments]` restores values in tool arguments.',
  },
  'approval-needed': {
    status: 403,
    isRetryable: false,
    fault: 'policy',
    meaning:
      'A policy requires an approval for this call. The message names the approval. Once it is approved (`gatehouse approvals`), the same call passes, once.',
  },
  'policy-unstable': {
    status: 503,
    isRetryable: false,
    fault: 'policy',
    meaning:
      'The rules changed the request, and would change the result again. An administrator must make the rules agree.',
  },
  'guard-failed': {
    status: 503,
    isRetryable: true,
    fault: 'policy',
    meaning: 'A guard or policy could not be evaluated, so the call is refused.',
  },
  'no-target': {
    status: 503,
    isRetryable: true,
    fault: 'policy',
    meaning:
      'No target can serve the call: each one is excluded by a policy or a missing trait, at capacity, or paused after failures.',
  },
  'rate-limited': {
    status: 429,
    isRetryable: true,
    fault: 'money',
    meaning: 'A limit on requests or tokens is used up. `retry-after` gives the time to wait.',
  },
  'too-many-concurrent': {
    status: 429,
    isRetryable: true,
    fault: 'money',
    meaning: 'The key or its team already runs as many calls at once as it may.',
  },
  'budget-exhausted': {
    status: 429,
    isRetryable: false,
    fault: 'money',
    meaning: 'A hard budget cannot cover the highest possible cost of the call.',
  },
  'too-many-values': {
    status: 429,
    isRetryable: false,
    fault: 'caller',
    meaning:
      'A hard budget that counts each tag value or caller separately has reached its maximum number of them.',
  },
  'too-many-runs': {
    status: 429,
    isRetryable: true,
    fault: 'caller',
    meaning: 'The key has its maximum number of open runs, and a hard budget counts each run separately.',
  },
  'run-limited': {
    status: 429,
    isRetryable: false,
    fault: 'money',
    meaning: 'The run has reached its limit of calls, depth or time (`limits.run`).',
  },
  'too-many-children': {
    status: 429,
    isRetryable: true,
    fault: 'money',
    meaning: 'The call already has its maximum number of calls running within it (`runs.children`).',
  },
  'budget-unknown': {
    status: 503,
    isRetryable: true,
    fault: 'money',
    meaning:
      'The budget store does not respond, and the amount that this node holds does not cover the call.',
  },
  'unbounded-cost': {
    status: 400,
    isRetryable: false,
    fault: 'money',
    meaning: 'The cost of the call has no upper bound that a hard budget could reserve. Set an output limit.',
  },
  unpriced: {
    status: 503,
    isRetryable: false,
    fault: 'money',
    meaning: 'A hard budget applies, but the target has no known price for what the call may use.',
  },
  'state-unavailable': {
    status: 503,
    isRetryable: true,
    fault: 'gateway',
    meaning:
      'The store of earlier responses does not respond. Calls that refer to no earlier response still work.',
  },
  overloaded: {
    status: 503,
    isRetryable: true,
    fault: 'gateway',
    meaning:
      'The gateway already runs its maximum number of calls (`limits.inFlight`), or its journal cannot accept records.',
  },
  draining: { status: 503, isRetryable: true, fault: 'gateway', meaning: 'The gateway is shutting down.' },
  'upstream-rate-limited': {
    status: 429,
    isRetryable: true,
    fault: 'policy',
    meaning:
      'The providers of all targets limit our rate, so the targets are paused. `retry-after` gives the time to wait.',
  },
  'upstream-unreachable': {
    status: 502,
    isRetryable: true,
    fault: 'upstream',
    meaning: 'No connection to the provider: it refused, DNS or TLS failed, or its address is not allowed.',
  },
  'upstream-timeout': {
    status: 504,
    isRetryable: true,
    fault: 'upstream',
    meaning: 'The provider did not respond within the connect, first-token, idle or total timeout.',
  },
  'upstream-cut': {
    status: 502,
    isRetryable: true,
    fault: 'upstream',
    meaning: 'The provider closed the connection before its response was complete.',
  },
  'upstream-garbage': {
    status: 502,
    isRetryable: true,
    fault: 'upstream',
    meaning: "The provider's response does not follow its dialect.",
  },
  'upstream-credential': {
    status: 502,
    isRetryable: false,
    fault: 'upstream',
    meaning: 'The provider refused our credential, or no credential could be obtained.',
  },
  'upstream-error': {
    status: 502,
    isRetryable: true,
    fault: 'upstream',
    meaning:
      'The provider responded with an error. Its status and body are passed on if the client uses the same dialect.',
  },
  'client-gone': {
    status: 499,
    isRetryable: false,
    fault: 'caller',
    isSent: false,
    meaning: 'The client disconnected before the response was complete.',
  },
  crashed: {
    status: 500,
    isRetryable: true,
    fault: 'gateway',
    isSent: false,
    meaning: 'The gateway stopped while the call was running. The next start found the call.',
  },
  internal: {
    status: 500,
    isRetryable: true,
    fault: 'gateway',
    meaning: 'A bug in Gatehouse. Its log has the cause, under the exchange id.',
  },
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof errorTable

export interface ErrorDetails {
  /** Seconds to wait before the next try. Becomes `retry-after`. */
  retryAfterSeconds?: number
  /** The request field that is wrong, in the path notation of the client's dialect. */
  param?: string
  /** The limit, budget, guard or policy that decided. Recorded, so it must not contain content. */
  rule?: string
  /** The exchange that was refused or failed. Set by the gate. Becomes `x-gatehouse-exchange`. */
  exchange?: string
  /** For our log only, never sent. */
  cause?: unknown
}

/**
 * The error of all steps. The caller reads `message`: what is wrong, with which value, and how to fix it. It
 * must not contain secrets or content.
 */
export class GatewayError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'GatewayError'
    this.code = code
    this.details = details
  }

  get row(): ErrorRow {
    return errorTable[this.code]
  }
}

/** For boundaries, which catch everything: unknown errors become `internal` and keep their cause for the log. */
export function asGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  return new GatewayError(
    'internal',
    'Gatehouse failed on this call. The operator finds the cause in the log, under the exchange id.',
    { cause: thrown },
  )
}

/** A copy with the exchange that it ended. One error may end many calls: a shutdown, a revoked key. */
export const withExchange = (error: GatewayError, exchange: string): GatewayError =>
  new GatewayError(error.code, error.message, { ...error.details, exchange })
