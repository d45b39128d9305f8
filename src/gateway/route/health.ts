// What this node knows about its targets: breakers, calls in flight per provider, the last failure. Bounded
// by the number of targets in use.

import type { ErrorCode } from '../../contract/errors.ts'
import type { Clock } from '../../kit/clock.ts'
import { type Breaker, type BreakerState, createBreaker } from './breaker.ts'
import { Latency } from './latency.ts'

export interface TargetHealth {
  breaker: Breaker
  inFlight: number
  latency: Latency
  lastFailure?: { at: number; code: ErrorCode; status?: number }
  lastSuccessAt?: number
}

export interface TargetReport {
  target: string
  state: BreakerState
  inFlight: number
  lastFailure?: { at: number; code: ErrorCode; status?: number }
  lastSuccessAt?: number
}

export interface Health {
  of(target: string): TargetHealth
  inFlightAt(provider: string): number
  /** Counts a call in; the returned function counts it out and is idempotent. */
  enter(provider: string, target: string): () => void
  report(): TargetReport[]
  /** Forgets targets that the new configuration does not have. */
  keep(isKnown: (target: string) => boolean): void
}

/** A target of which nothing is known yet; by itself, of a target that is not kept, such as the client. */
export const createTargetHealth = (): TargetHealth => ({
  breaker: createBreaker(),
  inFlight: 0,
  latency: new Latency(),
})

/**
 * Callers can name any model of a provider that they may use; more are known at once only while more are
 * called at once.
 */
const mostTargets = 4096

export function createHealth(clock: Clock): Health {
  const targets = new Map<string, TargetHealth>()
  const providers = new Map<string, number>()

  function of(target: string): TargetHealth {
    let entry = targets.get(target)
    if (!entry) {
      if (targets.size >= mostTargets) forgetOne()
      entry = createTargetHealth()
      targets.set(target, entry)
    }
    return entry
  }

  /**
   * The oldest that nobody calls and that is well; one that is not may still be needed, unless all are so.
   */
  function forgetOne() {
    const now = clock.monotonic()
    let oldest: string | undefined
    for (const [
      target,
      {
        inFlight,
        breaker: { state },
      },
    ] of targets) {
      if (inFlight > 0) continue
      oldest ??= target
      if (state(now) !== 'closed') continue
      oldest = target
      break
    }
    if (oldest !== undefined) targets.delete(oldest)
  }

  return {
    of,
    inFlightAt: (provider) => providers.get(provider) ?? 0,
    enter(provider, target) {
      const entry = of(target)
      entry.inFlight += 1
      providers.set(provider, (providers.get(provider) ?? 0) + 1)
      let isInside = true
      return () => {
        if (!isInside) return
        isInside = false
        entry.inFlight -= 1
        providers.set(provider, (providers.get(provider) ?? 1) - 1)
      }
    },
    report: () =>
      [...targets].map(([target, entry]) => ({
        target,
        state: entry.breaker.state(clock.monotonic()),
        inFlight: entry.inFlight,
        ...(entry.lastFailure ? { lastFailure: entry.lastFailure } : {}),
        ...(entry.lastSuccessAt === undefined ? {} : { lastSuccessAt: entry.lastSuccessAt }),
      })),
    keep(isKnown) {
      for (const [target, entry] of targets)
        if (entry.inFlight === 0 && !isKnown(target)) targets.delete(target)
    },
  }
}
