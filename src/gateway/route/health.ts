// This node's state of its targets: breakers, calls in flight per provider, the last failure. Bounded by the
// number of targets in use.

import type { ErrorCode } from '../../contract/errors.ts'
import type { Clock } from '../../kit/clock.ts'
import { Breaker, type BreakerState } from './breaker.ts'
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
  /** Counts a call in. The returned function counts it out and is idempotent. */
  enter(provider: string, target: string): () => void
  report(): TargetReport[]
  /** Forgets targets that the new configuration does not have. */
  keep(isKnown: (target: string) => boolean): void
}

/** The state of a new target, or of one that is not kept, such as the client. */
export const createTargetHealth = (): TargetHealth => ({
  breaker: new Breaker(),
  inFlight: 0,
  latency: new Latency(),
})

/**
 * The number of targets that are kept. Callers can name any model of a provider that they may use. More are
 * kept only during as many concurrent calls.
 */
const mostTargets = 4096

export const createHealth = (clock: Clock): Health => new NodeHealth(clock)

class NodeHealth implements Health {
  readonly #clock: Clock
  readonly #targets = new Map<string, TargetHealth>()
  /** Calls in flight. */
  readonly #providers = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  of(target: string): TargetHealth {
    let entry = this.#targets.get(target)
    if (!entry) {
      if (this.#targets.size >= mostTargets) this.#forgetOne()
      entry = createTargetHealth()
      this.#targets.set(target, entry)
    }
    return entry
  }

  /** The oldest without calls whose breaker is closed. If every breaker is open, the oldest without calls. */
  #forgetOne(): void {
    const now = this.#clock.monotonic()
    let oldest: string | undefined
    for (const [target, { inFlight, breaker }] of this.#targets) {
      if (inFlight > 0) continue
      oldest ??= target
      if (breaker.state(now) !== 'closed') continue
      oldest = target
      break
    }
    if (oldest !== undefined) this.#targets.delete(oldest)
  }

  inFlightAt(provider: string): number {
    return this.#providers.get(provider) ?? 0
  }

  enter(provider: string, target: string): () => void {
    const entry = this.of(target)
    entry.inFlight += 1
    this.#providers.set(provider, this.inFlightAt(provider) + 1)
    let isInside = true
    return () => {
      if (!isInside) return
      isInside = false
      entry.inFlight -= 1
      this.#providers.set(provider, (this.#providers.get(provider) ?? 1) - 1)
    }
  }

  report(): TargetReport[] {
    const now = this.#clock.monotonic()
    return [...this.#targets].map(([target, { breaker, inFlight, lastFailure, lastSuccessAt }]) => ({
      target,
      state: breaker.state(now),
      inFlight,
      ...(lastFailure && { lastFailure }),
      ...(lastSuccessAt !== undefined && { lastSuccessAt }),
    }))
  }

  keep(isKnown: (target: string) => boolean): void {
    for (const [target, entry] of this.#targets)
      if (entry.inFlight === 0 && !isKnown(target)) this.#targets.delete(target)
  }
}
