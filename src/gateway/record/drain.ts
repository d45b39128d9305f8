// The drain moves closed records from the journal to the store, each exactly once. It runs in the store's
// thread. drain-pass.ts decides what to do. This file decides when, executes it, and waits while the store is
// down.

import type { Drain, DrainProgress, StartDrain } from '../../contract/drain.ts'
import { type DrainOffset, isBefore, type SettleBatch, StoreDown } from '../../contract/stores.ts'
import type { Timer } from '../../kit/clock.ts'
import { drainPass, type DrainState, type DrainSteps, retireEpoch, type SettleOutcome } from './drain-pass.ts'
import { type JournalDisk, journalDisk } from './journal-disk.ts'

const retryMs = 1_000
const deleteOldEveryMs = 60_000
/**
 * Every pass costs a transaction, even for little data. So the next pass waits for this time or this many
 * bytes, whichever comes first.
 */
const pauseMs = 250
const enoughBytes = 1024 * 1024

type DrainOptions = Parameters<StartDrain>[0]

/** Segments of other holders (in a copied folder) are drained under the name of their holder. */
export const startDrain: StartDrain = (options) => new JournalDrain(options)

class JournalDrain implements Drain {
  readonly #options: DrainOptions
  readonly #disk: JournalDisk
  readonly #state: DrainState
  #running: Promise<boolean> | undefined
  #isStoreDown = false
  #retry: Timer | undefined
  #pause: Timer | undefined
  /** The end of the last pass, monotonic ms. */
  #passedAt = -Infinity
  #nextDeletion = 0

  constructor(options: DrainOptions) {
    const { folder, holder, from, synced, batchRecords } = options
    this.#options = options
    this.#disk = journalDisk(folder)
    this.#state = {
      offsets: new Map([[holder, from]]),
      cursor: from,
      synced,
      batchRecords,
      isStopped: false,
      isWoken: false,
      records: 0,
      rejected: 0,
    }
  }

  wake(position?: DrainOffset): void {
    if (position && isBefore(this.#state.synced, position)) this.#state.synced = position
    const waitMs = this.#passedAt + pauseMs - this.#options.clock.monotonic()
    if (waitMs <= 0 || this.#hasEnough()) void this.catchUp()
    else this.#pause ??= this.#options.clock.after(waitMs, () => void this.catchUp())
  }

  catchUp(): Promise<boolean> {
    this.#pause?.cancel()
    this.#pause = undefined
    this.#state.isWoken = true
    this.#running ??= this.#pass().finally(() => {
      this.#running = undefined
      this.#passedAt = this.#options.clock.monotonic()
    })
    return this.#running
  }

  async retire(epoch: number): Promise<boolean> {
    if (!(await this.catchUp()) || isBefore(this.#state.cursor, this.#state.synced)) return false
    if (this.#disk.quarantinedEpochs().has(epoch)) return false
    try {
      return await this.#drive(retireEpoch(this.#state, this.#options.holder, epoch))
    } catch (error) {
      this.#note(error)
      return false
    }
  }

  progress(): DrainProgress {
    let behindBytes = 0
    const { cursor, records, rejected } = this.#state
    for (const file of this.#disk.list(cursor.segment)) {
      const size = Math.min(file.limit, this.#disk.size(file))
      if (file.number >= cursor.segment)
        behindBytes += Math.max(0, size - (file.number === cursor.segment ? cursor.offset : 0))
    }
    return { ...cursor, records, rejected, isStoreDown: this.#isStoreDown, behindBytes }
  }

  async stop(): Promise<void> {
    this.#state.isStopped = true
    this.#retry?.cancel()
    this.#pause?.cancel()
    await this.#running
  }

  #hasEnough(): boolean {
    const { cursor, synced } = this.#state
    return cursor.segment !== synced.segment || synced.offset - cursor.offset >= enoughBytes
  }

  async #pass(): Promise<boolean> {
    const { report, clock } = this.#options
    const state = this.#state
    try {
      while (state.isWoken && !state.isStopped)
        await this.#drive(drainPass(state, { disk: this.#disk, report }))
      this.#deleteOld()
      if (this.#isStoreDown)
        report({ kind: 'store-back', message: 'the store responds again; the journal is drained' })
      this.#isStoreDown = false
      return !state.isStopped
    } catch (error) {
      this.#note(error)
      if (!state.isStopped) this.#retry ??= clock.after(retryMs, () => this.#passAgain())
      return false
    }
  }

  #passAgain(): void {
    this.#retry = undefined
    void this.catchUp()
  }

  async #drive<Result>(steps: DrainSteps<Result>): Promise<Result> {
    for (let step = steps.next(); ; ) {
      if (step.done) return step.value
      step = steps.next(await this.#settle(step.value))
    }
  }

  /** If the store is down, the pass ends and nothing is lost. */
  async #settle(batch: SettleBatch): Promise<SettleOutcome> {
    try {
      return await this.#options.ledger.settle(batch)
    } catch (error) {
      if (error instanceof StoreDown) throw error
      return { kind: 'refused', error }
    }
  }

  #note(error: unknown): void {
    const { report } = this.#options
    if (!(error instanceof StoreDown)) {
      const cause = error instanceof Error ? error.message : String(error)
      report({ kind: 'drain-failed', message: `the journal could not be drained: ${cause}` })
      return
    }
    if (!this.#isStoreDown)
      report({ kind: 'store-down', message: `records wait in the journal: ${error.message}` })
    this.#isStoreDown = true
  }

  #deleteOld(): void {
    const { clock, holder, keepMs, keepBytes } = this.#options
    if (clock.monotonic() < this.#nextDeletion) return
    this.#nextDeletion = clock.monotonic() + deleteOldEveryMs
    const below = this.#state.offsets.get(holder)?.segment ?? 0
    this.#disk.deleteOld(below, clock.now(), { keepMs, keepBytes })
  }
}
