// What a deployment keeps, in one place: the roles of contract/stores.ts and the drain that fills them.

import type { Approvals } from './approvals.ts'
import type { DrainPort } from './drain.ts'
import type { RecordRetention, Records } from './records.ts'
import type { KeyStore, Ledger } from './stores.ts'

export interface Store {
  ledger: Ledger
  records: Records
  /** Deletes what is old. */
  retention: RecordRetention
  keys: KeyStore
  approvals: Approvals
  /** The drain of the journal, near its only writer. */
  drain: DrainPort
  /** May other nodes use it? One in the data folder is this node's alone. */
  isShared: boolean
  close(): Promise<void>
}
