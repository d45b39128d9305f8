// The calls from the main thread to the store's threads, and the messages that carry them. Both ends use
// these types.

import type { Approvals } from '../../contract/approvals.ts'
import type { DrainOffset, KeptStore, Ledger, KeyStore } from '../../contract/stores.ts'
import type { RecordRetention, Records } from '../../contract/records.ts'
import type { DrainEvent, DrainProgress, DrainSettings } from '../../contract/drain.ts'

type Methods<Role> = {
  [Name in keyof Role & string]: Role[Name] extends (...takes: infer Takes) => Promise<infer Answer>
    ? (...takes: Takes) => Answer
    : never
}

/** Handled by the writing thread. */
export type WriterCalls = Prefixed<
  'ledger',
  Omit<Methods<Omit<Ledger, 'listen' | 'isAnswering'>>, 'close' | 'budgets'>
> &
  Prefixed<'keys', Methods<KeyStore>> &
  Prefixed<'approvals', Methods<Approvals>> &
  Prefixed<'retention', Methods<RecordRetention>> & {
    'drain.start': (settings: DrainSettings) => void
    'drain.catchUp': () => boolean
    'drain.retire': (epoch: number) => boolean
    'drain.progress': () => DrainProgress
    'drain.stop': () => void
  }

/** Handled by the reading thread. */
export type ReaderCalls = Prefixed<'records', Methods<Records>> &
  Prefixed<'ledger', Pick<Methods<Ledger>, 'budgets'>>

/** Handled by the thread of kept objects, which has a separate file. */
export type KeeperCalls = Prefixed<'kept', Omit<Methods<KeptStore>, 'close'>>

export type Calls = WriterCalls & ReaderCalls & KeeperCalls

export type Role = 'writer' | 'reader' | 'keeper'

export type Question =
  | { kind: 'open'; role: Role; path: string }
  | { kind: 'call'; id: number; name: keyof Calls; takes: readonly unknown[] }
  | { kind: 'wake'; synced: DrainOffset | undefined }
  | { kind: 'close' }

export type Answer =
  | { kind: 'opened' }
  | { kind: 'answer'; id: number; value: unknown }
  | { kind: 'error'; id: number | undefined; isStoreDown: boolean; message: string }
  | { kind: 'event'; event: DrainEvent }
  | { kind: 'closed' }

type Prefixed<Prefix extends string, Role> = {
  [Name in keyof Role & string as `${Prefix}.${Name}`]: Role[Name]
}
