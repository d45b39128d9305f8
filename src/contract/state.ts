// What nodes share through a store role beside money: for now, the rates. Sessions, pins and task ownership follow.

import type { Rate } from './snapshot.ts'

/** Token-bucket rates (GCRA). Synchronous when in memory; a shared store answers later. */
export interface Counters {
  /** Takes `amount` if the rate allows; otherwise says in how many ms it would. */
  take(key: string, rate: Rate, amount: number): { ok: true } | { ok: false; retryAfterMs: number }
  /** Corrects an earlier take by a signed difference; debt is allowed and paid by waiting. */
  adjust(key: string, rate: Rate, difference: number): void
}
