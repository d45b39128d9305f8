// Puts budgets and limits in force: at the ledger first, by difference (gateway/admit/budget-publisher.ts),
// then at admission. One question at a time; a store that is down is asked until it answers, and one that has
// newer budgets is asked now and then whether it still has.

import type { Directory, DirectoryDelta, KeyEntry } from '../contract/directory.ts'
import type { Snapshot } from '../contract/snapshot.ts'
import type { Ledger } from '../contract/stores.ts'
import { type Admission, BudgetPublisher, budgetsOfRules } from '../gateway/admit/index.ts'
import type { Clock, Timer } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'

export interface Budgets {
  /** From now on these rules hold. */
  put(snapshot: Snapshot): void
  /** A key came, went or changed. */
  revise(delta: DirectoryDelta, before: KeyEntry | undefined): void
  /**
   * Resolves when everything asked so far is in force, or the store did not answer or has newer budgets.
   * Never rejects.
   */
  settled(): Promise<void>
  /** Why the budgets of this node are not in force; for `/readyz`. */
  trouble(): string | undefined
  stop(): void
}

export interface BudgetsOptions {
  ledger: Pick<Ledger, 'configured' | 'configure'>
  /** How this node is known to the ledger. */
  holder(): string
  admission: Pick<Admission, 'activate' | 'revise'>
  keys: Pick<Directory, 'all' | 'byId'>
  /** Does no other node use the store? */
  isAlone: boolean
  clock: Clock
  log: Log
}

const retryMs = 2_000
const lookAgainMs = 60_000
/** Other nodes may publish in between, but not without end. */
const mostQuestions = 20

export function budgets({ ledger, holder, admission, keys, isAlone, clock, log }: BudgetsOptions): Budgets {
  const publisher = new BudgetPublisher({ keys, isAlone })
  let wanted: Snapshot | undefined
  let active: Snapshot | undefined
  let isStale = false
  let working: Promise<void> | undefined
  let retry: Timer | undefined
  let isStopped = false
  let isOlder = false

  function begin() {
    isStale = true
    // A turn later: a new configuration changes many keys at once.
    working ??= Promise.resolve().then(work)
  }

  async function work(): Promise<void> {
    while (isStale && wanted && !isStopped) {
      isStale = false
      try {
        await publish(wanted)
      } catch (thrown) {
        if (isStopped) break
        log.error(
          'budgets could not be put in force; the ones before hold until the store answers',
          {},
          thrown,
        )
        again(retryMs)
      }
    }
    // in the same breath as the look at `isStale`: what comes later begins anew
    working = undefined
  }

  async function publish(snapshot: Snapshot): Promise<void> {
    let questions = 0
    for (let question = publisher.next(); question; question = publisher.next()) {
      if (++questions > mostQuestions) publisher.fail()
      if (questions > mostQuestions)
        throw new Error(`the store was asked ${mostQuestions} times and had other budgets each time`)
      try {
        const answer = await (question.kind === 'read'
          ? ledger.configured(holder())
          : ledger.configure({ ...question.change, holder: holder() }))
        admission.revise(publisher.take(answer))
      } catch (thrown) {
        publisher.fail()
        throw thrown
      }
    }
    const wasOlder = isOlder
    isOlder = publisher.standing() === 'older'
    if (isOlder) {
      if (!wasOlder) log.error(newer)
      again(lookAgainMs)
    }
    // without any rules no call could be served; the ledger grants what is in force there
    if (active !== snapshot && (!isOlder || !active)) {
      active = snapshot
      await admission.activate(snapshot)
    }
  }

  function again(ms: number) {
    retry?.cancel()
    retry = clock.after(ms, () => {
      retry = undefined
      if (isStopped) return
      if (isOlder) publisher.refresh()
      begin()
    })
  }

  return {
    put(snapshot) {
      wanted = snapshot
      publisher.put(budgetsOfRules(snapshot, keys.all()))
      begin()
    },
    revise(delta, before) {
      publisher.revise(delta.kind === 'put' ? delta.key.id : delta.key, before)
      begin()
    },
    settled: () => working ?? Promise.resolve(),
    trouble: () => (isOlder ? newer : undefined),
    stop() {
      isStopped = true
      retry?.cancel()
    },
  }
}

const newer =
  'the store has budgets that another node published later than the configuration of this node was written; they stay in force. ' +
  'Bring this node the newer configuration, or edit its budgets once more to publish them'
