// The step `attempt`: tries targets until one responds. After the first output has left for the client there
// is no further attempt, because the client would notice repeated or lost text.

import { type ErrorCode, GatewayError } from '../../contract/errors.ts'
import type { Plan, TargetRule } from '../../contract/snapshot.ts'
import { delay } from '../../kit/clock.ts'
import type { Call } from '../call.ts'
import { isClient } from '../client-target.ts'
import type { Parts } from '../parts.ts'
import { enterTarget } from '../route/index.ts'
import { pauseMs } from '../attempt/pause.ts'
import { TargetAttempt } from '../attempt/target-attempt.ts'
import type { Verdict } from '../attempt/verdict.ts'
import type { Routed } from './route.ts'

export type { TargetAttempt } from '../attempt/target-attempt.ts'

/**
 * @returns the attempt that succeeded, or the last failed one whose provider response the client may see
 * @throws GatewayError
 */
export async function attempt(
  parts: Parts,
  call: Call,
  { plan, operation, targets, depth }: Routed,
): Promise<TargetAttempt> {
  const { clock } = parts
  const startedAt = clock.monotonic()
  const settings = { operation, depth }
  const obstacles = new Obstacles(plan)
  let number = 0
  let last: TargetAttempt | undefined

  for (const target of targets) {
    for (let tries = 1; tries <= plan.retry.attempts; tries += 1) {
      const leave = enterOrNote(parts, call, target, obstacles)
      if (!leave) break
      await last?.discard()
      const current = new TargetAttempt(parts, call, settings, { target, number: number + 1, leave })
      const unaffordable = await current.reserve()
      if (unaffordable) {
        // A target without a price is skipped, whether the whole price is missing (above) or only that of a
        // unit.
        const trigger = limits.has(unaffordable.code) ? 'rate-limit' : 'cost'
        if (unaffordable.code !== 'unpriced' && !plan.fallbackOn.includes(trigger)) throw unaffordable
        obstacles.unpayable ??= unaffordable
        last = undefined
        break
      }
      number += 1
      const failure = await current.send(targets.at(-1) !== target || tries < plan.retry.attempts)
      if (!failure) return current
      last = current
      await stopOrDiscard(call, last)
      // The client is gone, or a further attempt could repeat side effects of this one.
      if (call.lifetime.isLeft || (last.wasSent && operation.repeat === 'unsent')) return conclude(last)
      const wait = tries < plan.retry.attempts ? retryAfter(parts, target, failure.verdict, tries) : undefined
      // A provider is not asked again if its Retry-After exceeds the deadline.
      if (wait === undefined || clock.monotonic() - startedAt + wait > plan.retry.withinMs) break
      // No response is pending that could still be read: a client that leaves ends the pause, even under a
      // hard budget.
      await pause(parts, call, wait)
      await stopOrDiscard(call, last)
      if (call.lifetime.isLeft) return conclude(last)
    }
    if (last?.failure && !movesOn(last.failure.verdict.trigger, plan)) break
  }
  if (last) return conclude(last)
  throw obstacles.refusal()
}

/** Of the destination. */
const limits: ReadonlySet<ErrorCode> = new Set(['rate-limited', 'too-many-concurrent'])

/**
 * Counts an attempt in at the target. @returns counts it out; undefined: this target cannot take the call now
 */
function enterOrNote(
  parts: Parts,
  call: Call,
  target: TargetRule,
  obstacles: Obstacles,
): (() => void) | undefined {
  const trouble = call.ticket && parts.admission.unpayable(call.ticket, target, call.draft.at)
  if (trouble) {
    obstacles.unpayable ??= trouble
    return undefined
  }
  if (isClient(target)) return leaveNothing
  const entrance = enterTarget(target, call.runtime.destination(target.provider), parts.health, parts.clock)
  if (entrance.kind === 'entered') return entrance.leave
  obstacles.reason = entrance.reason
  obstacles.waitMs = Math.min(obstacles.waitMs, entrance.waitMs)
  obstacles.isRateLimited ||= entrance.isRateLimited === true
  return undefined
}

const leaveNothing = () => {}

async function pause({ clock }: Parts, { lifetime, opening }: Call, forMs: number): Promise<void> {
  const stop = lifetime.begin()
  const leave = () => stop.abort(undefined)
  const { clientGone } = opening
  if (clientGone.aborted) return
  clientGone.addEventListener('abort', leave)
  await delay(clock, forMs, stop)
  clientGone.removeEventListener('abort', leave)
}

/**
 * A call that is stopped between two attempts must still pay for the last one. @throws GatewayError when it
 * was stopped
 */
async function stopOrDiscard({ lifetime }: Call, last: TargetAttempt): Promise<void> {
  if (lifetime.stopped) await last.discard()
  lifetime.check()
}

/** ms until another attempt at this target; undefined if none is useful. */
function retryAfter(parts: Parts, target: TargetRule, verdict: Verdict, tries: number): number | undefined {
  if (!verdict.isRetryable) return undefined
  const now = parts.clock.monotonic()
  const { breaker } = parts.health.of(target.id)
  // A target with an open breaker gets no further attempt after a pause.
  if (breaker.state(now) === 'open') return undefined
  return pauseMs(tries, verdict.retryAfterMs, breaker.waitMs(now), parts.random)
}

/**
 * The provider's own error response if the client may see it. Our message if it would mislead (our credential
 * is not the caller's).
 */
async function conclude(last: TargetAttempt): Promise<TargetAttempt> {
  if (last.response && last.failure?.verdict.fault !== 'credential') return last
  await last.discard()
  throw last.failure?.error ?? new GatewayError('internal', 'An attempt failed without an error.')
}

const movesOn = (trigger: Verdict['trigger'], plan: Plan) =>
  trigger === 'always' || (trigger !== undefined && plan.fallbackOn.includes(trigger))

/** The error if no target could be tried. */
class Obstacles {
  reason: string | undefined
  waitMs = Number.POSITIVE_INFINITY
  isRateLimited = false
  unpayable: GatewayError | undefined
  readonly #plan: Plan

  constructor(plan: Plan) {
    this.#plan = plan
  }

  refusal(): GatewayError {
    if (this.unpayable && this.reason === undefined) return this.unpayable
    // Clients slow down after a 429; a 503 would report a failure that did not happen.
    const code = this.isRateLimited ? 'upstream-rate-limited' : 'no-target'
    return new GatewayError(
      code,
      `No target of "${this.#plan.name}" can take the call now: ${this.reason ?? 'none is configured'}.`,
      {
        retryAfterSeconds: Math.max(1, Math.ceil((Number.isFinite(this.waitMs) ? this.waitMs : 1000) / 1000)),
      },
    )
  }
}
