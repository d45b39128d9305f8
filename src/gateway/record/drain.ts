// The drain: carries closed records from the journal into the store, each exactly once. Runs in the store's
// own thread. drain-pass.ts decides what to do; this file carries it out, again and again, and waits while
// the store is down.

import type { Drain, StartDrain } from '../../contract/drain.ts'
import { isBefore, StoreDown } from '../../contract/stores.ts'
import type { Timer } from '../../kit/clock.ts'
import { drainPass, type DrainState, type DrainSteps, retireEpoch, type SettleOutcome } from './drain-pass.ts'
import { journalDisk } from './journal-disk.ts'

const retryMs = 1_000
const sweepEveryMs = 60_000

/** Others' segments (in a copied folder) are drained under the name of their own holder. */
export function startDrain(options: Parameters<StartDrain>[0]): Drain {
  const { folder, ledger, clock, report, holder, from, synced, batchRecords } = options
  const disk = journalDisk(folder)
  const state: DrainState = {
    offsets: new Map([[holder, from]]),
    cursor: from,
    synced,
    batchRecords,
    isStopped: false,
    isWoken: false,
    records: 0,
    rejected: 0,
  }
  let running: Promise<boolean> | undefined
  let isStoreDown = false
  let retry: Timer | undefined
  let nextSweep = 0

  function catchUp(): Promise<boolean> {
    state.isWoken = true
    running ??= passes().finally(() => {
      running = undefined
    })
    return running
  }

  async function passes(): Promise<boolean> {
    try {
      while (state.isWoken && !state.isStopped) await drive(drainPass(state, { disk, report }))
      sweep()
      if (isStoreDown)
        report({ kind: 'store-back', message: 'the store answers again; the journal is drained' })
      isStoreDown = false
      return !state.isStopped
    } catch (error) {
      note(error)
      if (!state.isStopped) retry ??= clock.after(retryMs, wakeAgain)
      return false
    }
  }

  function note(error: unknown) {
    if (error instanceof StoreDown) {
      if (!isStoreDown)
        report({ kind: 'store-down', message: `records wait in the journal: ${error.message}` })
      isStoreDown = true
    } else
      report({
        kind: 'drain-failed',
        message: `the journal could not be drained: ${error instanceof Error ? error.message : String(error)}`,
      })
  }

  function wakeAgain() {
    retry = undefined
    void catchUp()
  }

  async function drive<Result>(steps: DrainSteps<Result>): Promise<Result> {
    for (let step = steps.next(); ; ) {
      if (step.done) return step.value
      step = steps.next(await attempt(step.value))
    }
  }

  /** A store that is down ends the pass; nothing of it is lost. */
  async function attempt(batch: Parameters<typeof ledger.settle>[0]): Promise<SettleOutcome> {
    try {
      return await ledger.settle(batch)
    } catch (error) {
      if (error instanceof StoreDown) throw error
      return { kind: 'refused', error }
    }
  }

  function sweep() {
    if (clock.monotonic() < nextSweep) return
    nextSweep = clock.monotonic() + sweepEveryMs
    disk.deleteOld(state.offsets.get(holder)?.segment ?? 0, clock.now(), options)
  }

  return {
    wake(position) {
      if (position && isBefore(state.synced, position)) state.synced = position
      void catchUp()
    },
    catchUp,
    async retire(epoch) {
      if (!(await catchUp()) || isBefore(state.cursor, state.synced) || disk.quarantinedEpochs().has(epoch))
        return false
      return drive(retireEpoch(state, holder, epoch)).catch((error: unknown) => {
        note(error)
        return false
      })
    },
    progress() {
      let behindBytes = 0
      const { cursor, records, rejected } = state
      for (const file of disk.list(cursor.segment)) {
        const size = Math.min(file.limit, disk.size(file))
        if (file.number >= cursor.segment)
          behindBytes += Math.max(0, size - (file.number === cursor.segment ? cursor.offset : 0))
      }
      return { ...cursor, records, rejected, isStoreDown, behindBytes }
    },
    async stop() {
      state.isStopped = true
      retry?.cancel()
      await running
    },
  }
}
