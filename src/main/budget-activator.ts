// Activates budgets and limits: first at the ledger, as differences (gateway/admit/budget-publisher.ts), then
// at admission. Only one request to the ledger runs at a time. A store that is down is asked again until it
// responds. A store that has newer budgets is asked from time to time whether it still has them.

import type { Directory, DirectoryDelta, KeyEntry } from '../contract/directory.ts'
import type { Snapshot } from '../contract/snapshot.ts'
import type { Ledger } from '../contract/stores.ts'
import { type Admission, BudgetPublisher, budgetsOfRules } from '../gateway/admit/index.ts'
import type { Clock, Timer } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'

export interface BudgetActivatorOptions {
  ledger: Pick<Ledger, 'configured' | 'configure'>
  /** The id of this node at the ledger. */
  holder(): string
  admission: Pick<Admission, 'activate' | 'revise'>
  keys: Pick<Directory, 'all' | 'byId'>
  /** Does no other node use the store? */
  isAlone: boolean
  clock: Clock
  log: Log
}

const retryMs = 2_000
const newerRetryMs = 60_000
/** Other nodes may publish between two requests, but not endlessly. */
const maxRequests = 20

export class BudgetActivator {
  readonly #options: BudgetActivatorOptions
  readonly #publisher: BudgetPublisher
  #wanted: Snapshot | undefined
  #active: Snapshot | undefined
  #isStale = false
  #working: Promise<void> | undefined
  #retry: Timer | undefined
  #isStopped = false
  #isOlder = false

  constructor(options: BudgetActivatorOptions) {
    this.#options = options
    this.#publisher = new BudgetPublisher({ keys: options.keys, isAlone: options.isAlone })
  }

  /** Activates the rules of a snapshot. */
  put(snapshot: Snapshot): void {
    this.#wanted = snapshot
    this.#publisher.put(budgetsOfRules(snapshot, this.#options.keys.all()))
    this.#begin()
  }

  /** A key was added, removed or changed. */
  revise(delta: DirectoryDelta, before: KeyEntry | undefined): void {
    this.#publisher.revise(delta.kind === 'put' ? delta.key.id : delta.key, before)
    this.#begin()
  }

  /**
   * Resolves when every change so far is active, or when the store does not respond or has newer budgets. Never
   * rejects.
   */
  settled(): Promise<void> {
    return this.#working ?? Promise.resolve()
  }

  /** The reason why the budgets of this node are not active, for `/readyz`. */
  trouble(): string | undefined {
    return this.#isOlder ? storeIsNewer : undefined
  }

  stop(): void {
    this.#isStopped = true
    this.#retry?.cancel()
  }

  #begin(): void {
    this.#isStale = true
    // Start in a later turn, because a new configuration changes many keys at once.
    this.#working ??= Promise.resolve().then(() => this.#work())
  }

  async #work(): Promise<void> {
    while (this.#isStale && this.#wanted && !this.#isStopped) {
      this.#isStale = false
      try {
        await this.#publish(this.#wanted)
      } catch (thrown) {
        if (this.#isStopped) break
        this.#options.log.error(
          'budgets could not be activated; the earlier ones apply until the store responds',
          {},
          thrown,
        )
        this.#retryAfter(retryMs)
      }
    }
    // No await since the check of #isStale, so a later change starts a new round.
    this.#working = undefined
  }

  async #publish(snapshot: Snapshot): Promise<void> {
    const { ledger, holder, admission, log } = this.#options
    const publisher = this.#publisher
    let requests = 0
    for (let step = publisher.next(); step; step = publisher.next()) {
      if (++requests > maxRequests) publisher.fail()
      if (requests > maxRequests)
        throw new Error(`the store had other budgets at each of ${maxRequests} requests`)
      try {
        const result = await (step.kind === 'read'
          ? ledger.configured(holder())
          : ledger.configure({ ...step.change, holder: holder() }))
        admission.revise(publisher.take(result))
      } catch (thrown) {
        publisher.fail()
        throw thrown
      }
    }
    const wasOlder = this.#isOlder
    this.#isOlder = publisher.standing() === 'older'
    if (this.#isOlder) {
      if (!wasOlder) log.error(storeIsNewer)
      this.#retryAfter(newerRetryMs)
    }
    // Without any rules no call could be served. The ledger grants under the budgets that are active there.
    if (this.#active !== snapshot && (!this.#isOlder || !this.#active)) {
      this.#active = snapshot
      await admission.activate(snapshot)
    }
  }

  #retryAfter(ms: number): void {
    this.#retry?.cancel()
    this.#retry = this.#options.clock.after(ms, () => {
      this.#retry = undefined
      if (this.#isStopped) return
      if (this.#isOlder) this.#publisher.refresh()
      this.#begin()
    })
  }
}

const storeIsNewer =
  'the store has budgets that another node published later than the configuration of this node was written; they stay active. ' +
  'Bring this node the newer configuration, or edit its budgets once more to publish them'
