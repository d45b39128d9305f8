// Decides what follows a failed attempt: try this target again, move to another, or return the error to the
// caller.

import type { ErrorCode, GatewayError } from '../../contract/errors.ts'
import type { FallbackTrigger } from '../../contract/snapshot.ts'
import type { UpstreamFault } from '../../contract/response.ts'

export interface Verdict {
  /** Is another try at the same target useful? */
  isRetryable: boolean
  /**
   * The trigger that allows another target; `always` needs no setting; undefined if every target would
   * respond the same.
   */
  trigger: FallbackTrigger | 'always' | undefined
  /** The result for the target's breaker. */
  health: 'failed' | 'rests' | 'untold' | 'succeeded'
  retryAfterMs?: number
  /** For the record. */
  fault: string
}

const byFault: Record<UpstreamFault['kind'], Omit<Verdict, 'retryAfterMs' | 'fault'>> = {
  'rate-limit': { isRetryable: true, trigger: 'rate-limit', health: 'rests' },
  overloaded: { isRetryable: true, trigger: 'error', health: 'failed' },
  server: { isRetryable: true, trigger: 'error', health: 'failed' },
  credential: { isRetryable: false, trigger: 'credential', health: 'failed' },
  quota: { isRetryable: false, trigger: 'rate-limit', health: 'failed' },
  'context-window': { isRetryable: false, trigger: 'context-window', health: 'succeeded' },
  'content-policy': { isRetryable: false, trigger: 'content-policy', health: 'succeeded' },
  'not-found': { isRetryable: false, trigger: 'error', health: 'untold' },
  'bad-request': { isRetryable: false, trigger: undefined, health: 'succeeded' },
}

const byCode: Partial<Record<ErrorCode, Omit<Verdict, 'retryAfterMs' | 'fault'>>> = {
  'upstream-unreachable': { isRetryable: true, trigger: 'error', health: 'failed' },
  'upstream-timeout': { isRetryable: false, trigger: 'timeout', health: 'failed' },
  'upstream-cut': { isRetryable: true, trigger: 'error', health: 'failed' },
  'upstream-garbage': { isRetryable: false, trigger: 'error', health: 'failed' },
  'upstream-credential': { isRetryable: false, trigger: 'credential', health: 'failed' },
  'upstream-error': { isRetryable: true, trigger: 'error', health: 'failed' },
  // Nothing was sent: this target's dialect cannot express the request. Another target of the model may.
  unsupported: { isRetryable: false, trigger: 'always', health: 'untold' },
}

export function judgeFault(fault: UpstreamFault): Verdict {
  return {
    ...byFault[fault.kind],
    fault: fault.kind,
    ...(fault.retryAfterMs === undefined ? {} : { retryAfterMs: fault.retryAfterMs }),
  }
}

/**
 * The verdict for an error that an attempt threw. Errors that Gatehouse or the caller caused end the call.
 */
export function judgeError(error: GatewayError): Verdict {
  const known = byCode[error.code]
  return { ...(known ?? { isRetryable: false, trigger: undefined, health: 'untold' }), fault: error.code }
}
