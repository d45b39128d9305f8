// State that nodes share through a store, in addition to money: rates.

import type { Rate } from './snapshot.ts'

/** Token-bucket rates (GCRA). In memory the result is immediate; a shared store returns a promise. */
export interface Counters {
  /**
   * Takes `amount` if the rate allows it. Otherwise returns the time to wait. Rejects when a shared store
   * does not respond within its deadline. The limit then lets the call pass, because calls must not depend on
   * the store for rates.
   */
  take(key: string, rate: Rate, amount: number): TakeResult | Promise<TakeResult>
  /**
   * Corrects an earlier take by a signed difference; debt is allowed, and later calls wait for it. Never
   * throws: a shared store gets the correction later.
   */
  adjust(key: string, rate: Rate, difference: number): void
}

export type TakeResult = { ok: true } | { ok: false; retryAfterMs: number }
