// Token buckets in memory, by the generic cell rate algorithm (GCRA). Each bucket is one number: the time at
// which it is full again.

import type { Rate } from '../../contract/snapshot.ts'
import type { Counters, TakeResult } from '../../contract/state.ts'
import type { Clock } from '../../kit/clock.ts'

/** They respond synchronously. */
export interface MemoryCounters extends Counters {
  take(key: string, rate: Rate, amount: number): TakeResult
  size(): number
}

/**
 * A bucket holds `rate.amount` and refills evenly over `rate.perMs`. In any time t, at most `amount + amount
 * × t / perMs` is taken (later additions by `adjust` are paid by waiting). An amount larger than the bucket
 * passes when the bucket is full, and leaves debt.
 */
export function createMemoryCounters(clock: Pick<Clock, 'monotonic'>, sweepAbove = 50_000): MemoryCounters {
  const fullAt = new Map<string, number>()
  let sweepNext = sweepAbove

  function put(key: string, at: number, now: number): void {
    fullAt.set(key, at)
    if (fullAt.size <= sweepNext) return
    // a full bucket is equivalent to an unused one
    for (const [other, full] of fullAt) if (full <= now) fullAt.delete(other)
    sweepNext = Math.max(sweepAbove, fullAt.size * 2)
  }

  return {
    size: () => fullAt.size,
    take(key, rate, amount) {
      const now = clock.monotonic()
      const full = Math.max(now, fullAt.get(key) ?? now)
      const waitMs = full - now + cost(rate, Math.min(amount, rate.amount)) - rate.perMs
      if (waitMs > rounding) return { ok: false, retryAfterMs: waitMs }
      put(key, full + cost(rate, amount), now)
      return taken
    },
    adjust(key, rate, difference) {
      if (difference === 0) return
      const now = clock.monotonic()
      put(key, Math.max(now, fullAt.get(key) ?? now) + cost(rate, difference), now)
    },
  }
}

const cost = (rate: Rate, amount: number): number => (amount * rate.perMs) / rate.amount

const taken = { ok: true } as const

/** The rounding error of sums of fractions, ms. */
const rounding = 1e-6
