// What a failed try teaches: the breaker of its target learns, and the fault gets the words in which callers hear of it.

import { GatewayError } from '../../contract/errors.ts'
import type { TargetRule } from '../../contract/snapshot.ts'
import type { UpstreamFault } from '../../contract/response.ts'
import type { Parts } from '../parts.ts'
import type { Verdict } from './verdict.ts'

/** @param isCallersKey does the try present the caller's own credential? */
export function learner({ clock, health }: Pick<Parts, 'clock' | 'health'>, target: TargetRule, isCallersKey: boolean) {
  return (verdict: Verdict, error: GatewayError, status?: number): void => {
    const now = clock.monotonic()
    const known = health.of(target.id)
    const { breaker } = known
    // A caller's own key that is missing or wrong says nothing about the provider to those who have a good one.
    if (isCallersKey && error.code === 'upstream-credential') return breaker.untold()
    if (verdict.health === 'failed') breaker.failed(now)
    else if (verdict.health === 'rests') breaker.rest(now, verdict.retryAfterMs ?? usualRestMs)
    else if (verdict.health === 'succeeded') breaker.succeeded(now)
    else breaker.untold()
    if (verdict.health !== 'succeeded') known.lastFailure = { at: clock.now(), code: error.code, ...(status === undefined ? {} : { status }) }
  }
}

/** For a provider that says "too many" and not for how long. */
const usualRestMs = 1_000

export function faultError(target: TargetRule, fault: UpstreamFault, isCallersKey: boolean): GatewayError {
  const retryAfter = fault.retryAfterMs === undefined ? {} : { retryAfterSeconds: Math.ceil(fault.retryAfterMs / 1000) }
  if (fault.kind === 'credential') {
    return new GatewayError(
      'upstream-credential',
      isCallersKey
        ? `The provider "${target.provider}" refuses the key of your own that you sent for it; check that key.`
        : `The provider "${target.provider}" refuses Gatehouse's credential; its operator has to renew it.`,
      retryAfter,
    )
  }
  return new GatewayError('upstream-error', `The provider "${target.provider}" answered ${fault.status} (${fault.kind}).`, retryAfter)
}
