// The drain carries closed records from the journal into the store. The gateway knows how, the store's thread
// is where it runs; this is what both agree on.

import type { Clock } from '../kit/clock.ts'
import type { DrainOffset, Ledger } from './stores.ts'

export interface DrainSettings {
  /** The journal's. */
  folder: string
  /** This node's holder, and where the store stands for it. */
  holder: string
  from: DrainOffset
  /** Up to where the journal is synced: the drain reads no further. */
  synced: DrainOffset
  batchRecords: number
  /** How long drained segments are kept, and how many bytes of them. */
  keepMs: number
  keepBytes: number
}

export interface DrainEvent {
  kind:
    | 'store-down'
    | 'store-back'
    | 'record-rejected'
    | 'money-rejected'
    | 'line-unreadable'
    | 'segment-unreadable'
    | 'drain-failed'
  message: string
}

export interface DrainProgress {
  segment: number
  offset: number
  /** Since the start. */
  records: number
  rejected: number
  isStoreDown: boolean
  /** Bytes in the journal that are not drained yet. */
  behindBytes: number
}

/** A drain, in the thread where it runs. */
export interface Drain {
  /** There may be something new. @param synced up to where */
  wake(synced?: DrainOffset): void
  /**
   * Drains what there is. false: it did not get to the end, because the store is down or the drain was
   * stopped.
   */
  catchUp(): Promise<boolean>
  /**
   * The epoch ended clean: once it is drained, the ledger is told to forget what it held. false: it was not.
   */
  retire(epoch: number): Promise<boolean>
  progress(): DrainProgress
  /** Lets the transaction in hand finish. */
  stop(): Promise<void>
}

export type StartDrain = (
  options: DrainSettings & { ledger: Pick<Ledger, 'settle'>; clock: Clock; report(event: DrainEvent): void },
) => Drain

/** A drain as the main thread sees it, wherever it runs. */
export interface DrainPort {
  start(settings: DrainSettings): Promise<void>
  wake(synced?: DrainOffset): void
  catchUp(deadlineMs: number): Promise<boolean>
  retire(epoch: number, deadlineMs: number): Promise<boolean>
  progress(): Promise<DrainProgress>
  stop(): Promise<void>
}
