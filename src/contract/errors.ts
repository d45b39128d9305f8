// Every refusal and failure that Gatehouse itself words, in one table: the docs, the doors and the records
// are made from it.

export interface ErrorRow {
  /** HTTP status of the refusal before the first byte; dialects may differ (see the room's wording). */
  status: number
  /** May the same call succeed later without anybody changing anything? Becomes `x-should-retry`. */
  isRetryable: boolean
  /** Who has to act. Breakers and alerts look only at `upstream`. */
  fault: 'caller' | 'policy' | 'money' | 'upstream' | 'gateway'
  meaning: string
}

export const errorTable = {
  'bad-request': {
    status: 400,
    isRetryable: false,
    fault: 'caller',
    meaning:
      'The request could not be read: not JSON, a wrong type where we read, a duplicate key, too deep, not UTF-8.',
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
    meaning: 'The body did not arrive in time.',
  },
  'method-not-allowed': {
    status: 405,
    isRetryable: false,
    fault: 'caller',
    meaning: 'The path exists, the method does not.',
  },
  'unsupported-media-type': {
    status: 415,
    isRetryable: false,
    fault: 'caller',
    meaning: 'The body is not of a content type (or content encoding) that the door reads.',
  },
  'not-found': { status: 404, isRetryable: false, fault: 'caller', meaning: 'No door at this path.' },
  'no-key': {
    status: 401,
    isRetryable: false,
    fault: 'caller',
    meaning: 'No Gatehouse key came with the request.',
  },
  'bad-key': {
    status: 401,
    isRetryable: false,
    fault: 'caller',
    meaning: 'The key is unknown, revoked or from a place where it is not valid.',
  },
  'expired-key': { status: 401, isRetryable: false, fault: 'caller', meaning: 'The key has expired.' },
  revoked: {
    status: 401,
    isRetryable: false,
    fault: 'caller',
    meaning: 'The key was revoked while the call was running.',
  },
  killed: {
    status: 403,
    isRetryable: false,
    fault: 'policy',
    meaning: 'An administrator stopped this exchange.',
  },
  'parent-ended': {
    status: 499,
    isRetryable: false,
    fault: 'caller',
    meaning: 'The exchange that this call was part of has ended. Only recorded.',
  },
  'bad-run-token': {
    status: 403,
    isRetryable: false,
    fault: 'caller',
    meaning: 'The run token has expired, was made for another principal, or is not one of this gateway.',
  },
  'unknown-model': {
    status: 404,
    isRetryable: false,
    fault: 'caller',
    meaning:
      'The model is unknown or not open to this key; which of the two is told to administrators only (`gatehouse explain`).',
  },
  'unknown-tool': {
    status: 404,
    isRetryable: false,
    fault: 'caller',
    meaning:
      'The tool is unknown or not open to this key; which of the two is told to administrators only (`gatehouse explain`).',
  },
  'unknown-agent': {
    status: 404,
    isRetryable: false,
    fault: 'caller',
    meaning:
      'The agent is unknown or not open to this key; which of the two is told to administrators only (`gatehouse explain`).',
  },
  unsupported: {
    status: 400,
    isRetryable: false,
    fault: 'caller',
    meaning: 'The request asks for something whose meaning would be lost on every target that may serve it.',
  },
  'policy-denied': { status: 403, isRetryable: false, fault: 'policy', meaning: 'A policy denies the call.' },
  'guard-blocked': {
    status: 400,
    isRetryable: false,
    fault: 'policy',
    meaning: 'A guard found content that must not pass, or content that it cannot read (ids of tokens).',
  },
  'placeholder-in-arguments': {
    status: 400,
    isRetryable: false,
    fault: 'policy',
    meaning:
      'A placeholder would reach a tool, which can do nothing with it: a model put one into the arguments of a tool, or a call of a tool holds a value that a rule hides. The call of the tool was held back. `restoreIn: [arguments]` gives values back there.',
  },
  'approval-needed': {
    status: 403,
    isRetryable: false,
    fault: 'policy',
    meaning:
      'A policy asks for an approval before this call may be sent. The message names the approval; once it is approved (`gatehouse approvals`), the same call passes, once.',
  },
  'policy-unstable': {
    status: 503,
    isRetryable: false,
    fault: 'policy',
    meaning:
      'After the rules had changed the request they would change it a second time; an administrator must make the rules agree.',
  },
  'guard-failed': {
    status: 503,
    isRetryable: true,
    fault: 'policy',
    meaning: 'A guard or policy could not be evaluated and fails closed.',
  },
  'no-target': {
    status: 503,
    isRetryable: true,
    fault: 'policy',
    meaning: 'No target is left after policies, traits, capacity and health.',
  },
  'rate-limited': {
    status: 429,
    isRetryable: true,
    fault: 'money',
    meaning: 'A limit on requests or tokens is used up; `retry-after` says when to come back.',
  },
  'too-many-concurrent': {
    status: 429,
    isRetryable: true,
    fault: 'money',
    meaning: 'Too many calls at once for this key or team.',
  },
  'budget-exhausted': {
    status: 429,
    isRetryable: false,
    fault: 'money',
    meaning: 'A hard budget cannot cover the worst case of this call.',
  },
  'too-many-values': {
    status: 429,
    isRetryable: false,
    fault: 'caller',
    meaning:
      'A hard budget counts the values of a tag, or callers, apart, and already has as many as it may.',
  },
  'too-many-runs': {
    status: 429,
    isRetryable: true,
    fault: 'caller',
    meaning: 'The key has as many open runs as it may have, and a hard budget counts each of them.',
  },
  'run-limited': {
    status: 429,
    isRetryable: false,
    fault: 'money',
    meaning: 'The run has reached a limit of calls, depth or time (`limits.run`).',
  },
  'too-many-children': {
    status: 429,
    isRetryable: true,
    fault: 'money',
    meaning: 'The call has as many calls running within it as it may have (`runs.children`).',
  },
  'budget-unknown': {
    status: 503,
    isRetryable: true,
    fault: 'money',
    meaning:
      'The store that holds the budgets does not answer and what this node holds does not cover the call.',
  },
  'unbounded-cost': {
    status: 400,
    isRetryable: false,
    fault: 'money',
    meaning:
      'The cost of this call has no upper bound that a hard budget could reserve; set an output limit.',
  },
  unpriced: {
    status: 503,
    isRetryable: false,
    fault: 'money',
    meaning: 'The target has no known price for what the call may use, and a hard budget applies.',
  },
  'state-unavailable': {
    status: 503,
    isRetryable: true,
    fault: 'gateway',
    meaning:
      'The store of what the gateway keeps for callers (earlier responses) does not answer; calls that refer to nothing go on.',
  },
  overloaded: {
    status: 503,
    isRetryable: true,
    fault: 'gateway',
    meaning: 'The gateway is at its bound of calls in flight, or its journal cannot take records.',
  },
  draining: { status: 503, isRetryable: true, fault: 'gateway', meaning: 'The gateway is shutting down.' },
  'upstream-rate-limited': {
    status: 429,
    isRetryable: true,
    fault: 'policy',
    meaning:
      'The providers of all targets limit our rate: the targets are paused; `retry-after` says when to come back.',
  },
  'upstream-unreachable': {
    status: 502,
    isRetryable: true,
    fault: 'upstream',
    meaning: 'No connection to the provider: refused, DNS, TLS, or an address that is not allowed.',
  },
  'upstream-timeout': {
    status: 504,
    isRetryable: true,
    fault: 'upstream',
    meaning: 'The provider did not answer within the connect, first-token, idle or total time-out.',
  },
  'upstream-cut': {
    status: 502,
    isRetryable: true,
    fault: 'upstream',
    meaning: 'The provider closed the connection before its answer was complete.',
  },
  'upstream-garbage': {
    status: 502,
    isRetryable: true,
    fault: 'upstream',
    meaning: 'The provider answered something that is not of its dialect.',
  },
  'upstream-credential': {
    status: 502,
    isRetryable: false,
    fault: 'upstream',
    meaning: 'The provider refused our credential, or none could be obtained.',
  },
  'upstream-error': {
    status: 502,
    isRetryable: true,
    fault: 'upstream',
    meaning:
      'The provider answered with an error; its own status and body are passed on where the dialect is the same.',
  },
  'client-gone': {
    status: 499,
    isRetryable: false,
    fault: 'caller',
    meaning: 'The client left before the answer was complete. Never sent; stands on the record.',
  },
  crashed: {
    status: 500,
    isRetryable: true,
    fault: 'gateway',
    meaning: 'The gateway stopped while the call was running; found by recovery. Stands on the record.',
  },
  internal: {
    status: 500,
    isRetryable: true,
    fault: 'gateway',
    meaning: 'A fault of Gatehouse. The log has the cause under the exchange id.',
  },
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof errorTable

export interface ErrorDetails {
  /** Seconds after which the caller may come back; becomes `retry-after`. */
  retryAfterSeconds?: number
  /** The request field at fault, in the dialect's own path notation. */
  param?: string
  /** Names of limits, budgets, guards, policies: for the record, never content. */
  rule?: string
  /** The exchange that was refused or failed; set by the gate, becomes `x-gatehouse-exchange`. */
  exchange?: string
  /** Ours alone: logged, never sent. */
  cause?: unknown
}

/**
 * What steps throw. `message` goes to the caller: what was wrong, with which value, and the fix; no secret,
 * no content.
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

/**
 * The boundary's turn: anything thrown becomes a GatewayError, unknown things become `internal` with the
 * cause kept for the log.
 */
export function asGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  return new GatewayError(
    'internal',
    'Gatehouse failed on this call; the operator finds the cause in the log under the exchange id.',
    {
      cause: thrown,
    },
  )
}

/**
 * The same error with the exchange that it ended. A new one: one error may end many calls at once (a
 * shutdown, a revoked key).
 */
export const withExchange = (error: GatewayError, exchange: string): GatewayError =>
  new GatewayError(error.code, error.message, { ...error.details, exchange })
