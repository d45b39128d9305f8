// The drain moves closed records from the journal into the store. The gateway implements it, and it runs in
// the store's thread. This is the contract between both.

import type { Clock } from '../kit/clock.ts'
import type { DrainOffset, Ledger } from './stores.ts'

export interface DrainSettings {
  /** The journal's. */
  folder: string
  /** This node's holder, and the position up to which the store has its records. */
  holder: string
  from: DrainOffset
  /** The position up to which the journal is synced. The drain reads no further. */
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
  /** Announces that there may be new records. @param synced the position up to which the journal is synced */
  wake(synced?: DrainOffset): void
  /**
   * Drains all records. false: it did not reach the end, because the store is down or the drain was stopped.
   */
  catchUp(): Promise<boolean>
  /** The epoch ended cleanly. Once it is drained, the ledger releases its holds. false: it is not drained. */
  retire(epoch: number): Promise<boolean>
  progress(): DrainProgress
  /** Waits for the running transaction. */
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
