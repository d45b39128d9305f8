// What this node knows about its targets: breakers, calls in flight per provider, the last failure. Bounded by the number of targets in use.

import type { ErrorCode } from '../../contract/errors.ts'
import type { Clock } from '../../kit/clock.ts'
import { type Breaker, type BreakerState, breaker } from './breaker.ts'

export interface TargetHealth {
  breaker: Breaker
  inFlight: number
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

export function health(clock: Clock): Health {
  const targets = new Map<string, TargetHealth>()
  const providers = new Map<string, number>()

  function of(target: string): TargetHealth {
    let entry = targets.get(target)
    if (!entry) {
      entry = { breaker: breaker(), inFlight: 0 }
      targets.set(target, entry)
    }
    return entry
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
      for (const [target, entry] of targets) if (entry.inFlight === 0 && !isKnown(target)) targets.delete(target)
    },
  }
}
