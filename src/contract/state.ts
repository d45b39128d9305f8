// What nodes share through a store role beside money: for now, the rates. Sessions, pins and task ownership
// follow.

import type { Rate } from './snapshot.ts'

/** Token-bucket rates (GCRA). In memory they answer at once; a shared store answers later. */
export interface Counters {
  /**
   * Takes `amount` if the rate allows; otherwise says in how many ms it would. Rejects when a shared store
   * does not answer within its deadline: the limit lets the call pass then, because rates are not money and
   * calls must not depend on the store.
   */
  take(key: string, rate: Rate, amount: number): TakeResult | Promise<TakeResult>
  /**
   * Corrects an earlier take by a signed difference; debt is allowed and paid by waiting. Never throws: a
   * shared store hears of it later.
   */
  adjust(key: string, rate: Rate, difference: number): void
}

export type TakeResult = { ok: true } | { ok: false; retryAfterMs: number }
