// Puts budgets and limits in force: what the configuration and the keys say, brought to the ledger and to admission. One change at a time and always
// the newest rules with the newest keys, so that of changes that come together the later one wins; a store that is down is asked until it answers.

import type { KeyEntry } from '../contract/directory.ts'
import type { Snapshot } from '../contract/snapshot.ts'
import type { Clock, Timer } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'

export interface Budgets {
  /** From now on these rules hold. */
  put(snapshot: Snapshot): void
  /** Keys came, went or changed. */
  revise(): void
  /** Resolves when everything asked so far is in force, or the store did not answer. Never rejects. */
  settled(): Promise<void>
  stop(): void
}

export interface BudgetsOptions {
  configure(snapshot: Snapshot, keys: Iterable<KeyEntry>): Promise<void>
  keys(): Iterable<KeyEntry>
  clock: Clock
  log: Log
}

const retryMs = 2_000

export function budgets({ configure, keys, clock, log }: BudgetsOptions): Budgets {
  let wanted: Snapshot | undefined
  let isStale = false
  let working: Promise<void> | undefined
  let retry: Timer | undefined
  let isStopped = false

  function revise() {
    isStale = true
    // A turn later: a new configuration changes many keys at once.
    working ??= Promise.resolve().then(work)
  }

  async function work(): Promise<void> {
    while (isStale && wanted && !isStopped) {
      isStale = false
      try {
        await configure(wanted, keys())
      } catch (thrown) {
        if (isStopped) break
        log.error('budgets could not be put in force; the ones before hold until the store answers', {}, thrown)
        retry ??= clock.after(retryMs, again)
      }
    }
    // in the same breath as the look at `isStale`: what comes later begins anew
    working = undefined
  }

  function again() {
    retry = undefined
    if (!isStopped) revise()
  }

  return {
    put(snapshot) {
      wanted = snapshot
      revise()
    },
    revise,
    settled: () => working ?? Promise.resolve(),
    stop() {
      isStopped = true
      retry?.cancel()
    },
  }
}
