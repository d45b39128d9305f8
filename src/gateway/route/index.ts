// The targets that may serve a call, in order: the strategy orders them, then policies, readiness, health and
// capacity remove some.

import type { Decision } from '../../contract/decide.ts'
import { GatewayError } from '../../contract/errors.ts'
import type { DestinationRule, Plan, TargetRule } from '../../contract/snapshot.ts'
import type { Clock } from '../../kit/clock.ts'
import type { Health } from './health.ts'

export {
  type Health,
  type TargetHealth,
  type TargetReport,
  createHealth,
  createTargetHealth,
} from './health.ts'

/** The sources that the router reads. */
export interface TargetLookup {
  target(id: string): TargetRule | undefined
  destination(name: string): DestinationRule | undefined
  /** Compiled glob of a policy's `only` list. */
  admits(patterns: readonly string[], target: string): boolean
}

/**
 * The strategy's order without the targets that policies and readiness exclude. Capacity and breakers are
 * checked before each attempt (`enter`), because both change during a call.
 * @throws GatewayError `no-target`
 */
export function findCandidates(
  plan: Plan,
  order: Plan['targets'],
  only: Decision['only'],
  lookup: TargetLookup,
): readonly TargetRule[] {
  const admitted: TargetRule[] = []
  const refusals = new Set<string>()
  for (const { target: id } of order) {
    const target = lookup.target(id)
    const provider = target && lookup.destination(target.provider)
    if (!target || !provider) refusals.add('not configured')
    else if (provider.notReady !== undefined)
      refusals.add(`provider "${provider.name}" is not ready: ${provider.notReady}`)
    else {
      const policy = only.find((rule) => !isAdmitted(rule, target, lookup))
      if (policy) refusals.add(`policy "${policy.name}" keeps this call to other targets`)
      else admitted.push(target)
    }
  }
  if (admitted.length > 0) return admitted
  throw new GatewayError(
    'no-target',
    `No target of ${plan.kind} "${plan.name}" may serve this call: ${[...refusals].join('; ')}.`,
    only[0] ? { rule: `policy:${only[0].name}` } : {},
  )
}

export function isAdmitted(
  rule: Decision['only'][number],
  target: TargetRule,
  lookup: TargetLookup,
): boolean {
  if (rule.targets.length > 0 && !lookup.admits(rule.targets, target.id)) return false
  return rule.traits.every((trait) => target.traits.includes(trait))
}

export type Entrance =
  | { kind: 'entered' /** Counts the try out. Idempotent. */; leave(): void }
  | {
      kind: 'obstacle'
      reason: string /** Until it may be gone. */
      waitMs: number /** The provider is rate limiting us. */
      isRateLimited?: true
    }

/**
 * Counts a try in if it may be sent now. Check and count are one step, because another call could take the
 * slot in between. The caller must call `leave`, and report the result to the breaker.
 */
export function enterTarget(
  target: TargetRule,
  provider: DestinationRule | undefined,
  health: Health,
  clock: Clock,
): Entrance {
  const limit = provider?.capacity?.concurrent
  if (limit !== undefined && health.inFlightAt(target.provider) >= limit) {
    return {
      kind: 'obstacle',
      reason: `provider "${target.provider}" is at its capacity of ${limit} calls`,
      waitMs: 1000,
    }
  }
  const { breaker } = health.of(target.id)
  const now = clock.monotonic()
  if (breaker.admit(now)) return { kind: 'entered', leave: health.enter(target.provider, target.id) }
  const waitMs = breaker.waitMs(now)
  if (breaker.isRateLimited(now))
    return {
      kind: 'obstacle',
      reason: `target "${target.id}" is paused because its provider limits the rate`,
      waitMs,
      isRateLimited: true,
    }
  return { kind: 'obstacle', reason: `target "${target.id}" is paused after failures`, waitMs }
}
