// The store of a deployment: the roles of contract/stores.ts, and the drain that fills them.

import type { Approvals } from './approvals.ts'
import type { DrainPort } from './drain.ts'
import type { RecordRetention, Records } from './records.ts'
import type { KeyStore, Ledger } from './stores.ts'

export interface Store {
  ledger: Ledger
  records: Records
  /** Deletes old records. */
  retention: RecordRetention
  keys: KeyStore
  approvals: Approvals
  /** The drain of the journal, near its only writer. */
  drain: DrainPort
  /** Whether other nodes use it too. A store in the data folder belongs to this node only. */
  isShared: boolean
  close(): Promise<void>
}
