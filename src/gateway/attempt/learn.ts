// Applies the result of a failed attempt: updates the breaker of its target, and gives the fault the message
// that callers see.

import { GatewayError } from '../../contract/errors.ts'
import type { TargetRule } from '../../contract/snapshot.ts'
import type { UpstreamFault } from '../../contract/response.ts'
import type { Clock } from '../../kit/clock.ts'
import type { TargetHealth } from '../route/index.ts'
import type { Verdict } from './verdict.ts'

export interface Lesson {
  verdict: Verdict
  error: GatewayError
  /** Of the provider's error response. */
  status: number | undefined
  /** Did the attempt present the caller's own credential? */
  isCallersKey: boolean
}

export function learn(
  clock: Clock,
  known: TargetHealth,
  { verdict, error, status, isCallersKey }: Lesson,
): void {
  const now = clock.monotonic()
  const { breaker } = known
  // A caller's own key that is missing or wrong shows nothing about the provider for callers with a valid
  // key.
  if (isCallersKey && error.code === 'upstream-credential') return breaker.endProbe()
  if (verdict.health === 'failed') breaker.noteFailure(now)
  else if (verdict.health === 'rests') breaker.rest(now, verdict.retryAfterMs ?? usualRestMs)
  else if (verdict.health === 'succeeded') breaker.noteSuccess(now)
  else breaker.endProbe()
  if (verdict.health !== 'succeeded')
    known.lastFailure = { at: clock.now(), code: error.code, ...(status !== undefined && { status }) }
}

/** For a provider that reports "too many" without a time. */
const usualRestMs = 1_000

export function faultError(target: TargetRule, fault: UpstreamFault, isCallersKey: boolean): GatewayError {
  const retryAfter =
    fault.retryAfterMs === undefined ? {} : { retryAfterSeconds: Math.ceil(fault.retryAfterMs / 1000) }
  if (fault.kind === 'credential') {
    return new GatewayError(
      'upstream-credential',
      isCallersKey
        ? `The provider "${target.provider}" refuses the key of your own that you sent for it; check that key.`
        : `The provider "${target.provider}" refuses Gatehouse's credential; its operator has to renew it.`,
      retryAfter,
    )
  }
  return new GatewayError(
    'upstream-error',
    `The provider "${target.provider}" answered ${fault.status} (${fault.kind}).`,
    retryAfter,
  )
}
