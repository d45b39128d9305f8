// The embedded store as the roles of contract/stores.ts.

import type { KeyStore, Ledger, Records } from '../../contract/stores.ts'
import type { Clock } from '../../kit/clock.ts'
import type { DrainEvent, DrainPort } from '../../contract/drain.ts'
import { startThread, type ThreadClient } from './client.ts'

export interface SqliteStoreOptions {
  /** Of the database file; its folder exists. */
  path: string
  clock: Clock
  /** How long a call may wait for a grant, ms. */
  acquireDeadlineMs?: number
  report(event: DrainEvent): void
  /** Starts a thread that calls `serveStore`. */
  newWorker?(): Worker
}

// by its place, not by import: main wires that thread, and knows what storage may not
export const mainsThread = () => new Worker(new URL('../../main/store-thread.ts', import.meta.url).href)

export interface SqliteStore {
  ledger: Ledger
  records: Records
  keys: KeyStore
  /** The drain of the journal, in the writing thread. */
  drain: DrainPort
  close(): Promise<void>
}

const cureOfDamage = 'bring back a backup of it, or move the data folder away to begin with empty budgets'
const writeDeadlineMs = 10_000
const readDeadlineMs = 30_000

/** @throws Error when the store cannot be opened, or was written by a newer Gatehouse */
export async function openSqliteStore({
  path,
  clock,
  acquireDeadlineMs = 250,
  report,
  newWorker = mainsThread,
}: SqliteStoreOptions): Promise<SqliteStore> {
  const writer = await startThread({ role: 'writer', path, clock, onEvent: report, newWorker }).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`${path} cannot be opened: ${why}${/NOTADB|CORRUPT/.test(why) ? `; ${cureOfDamage}` : ''}`, { cause: error })
  })
  let reader: Promise<ThreadClient> | undefined
  // most nodes are asked rarely: the second thread starts with the first question
  const reading = () => (reader ??= startThread({ role: 'reader', path, clock, onEvent: report, newWorker }).catch(forget))

  /** One that could not start is started again with the next question. */
  function forget(thrown: unknown): never {
    reader = undefined
    throw thrown
  }

  async function close() {
    // whoever asked was told why it did not start
    const started = await reader?.catch(() => undefined)
    await started?.close()
    await writer.close()
  }

  return {
    ledger: {
      holder: (...takes) => writer.call('ledger.holder', takes, writeDeadlineMs),
      register: (...takes) => writer.call('ledger.register', takes, writeDeadlineMs),
      configure: (...takes) => writer.call('ledger.configure', takes, writeDeadlineMs),
      acquire: (...takes) => writer.call('ledger.acquire', takes, acquireDeadlineMs),
      renew: (...takes) => writer.call('ledger.renew', takes, writeDeadlineMs),
      giveBack: (...takes) => writer.call('ledger.giveBack', takes, writeDeadlineMs),
      settle: (...takes) => writer.call('ledger.settle', takes, writeDeadlineMs),
      expire: (...takes) => writer.call('ledger.expire', takes, writeDeadlineMs),
      reconcile: (...takes) => writer.call('ledger.reconcile', takes, writeDeadlineMs),
      adopt: (...takes) => writer.call('ledger.adopt', takes, writeDeadlineMs),
      writeOff: (...takes) => writer.call('ledger.writeOff', takes, writeDeadlineMs),
      budgets: (...takes) => writer.call('ledger.budgets', takes, writeDeadlineMs),
      close,
    },
    records: {
      list: async (...takes) => (await reading()).call('records.list', takes, readDeadlineMs),
      get: async (...takes) => (await reading()).call('records.get', takes, readDeadlineMs),
      usage: async (...takes) => (await reading()).call('records.usage', takes, readDeadlineMs),
    },
    keys: {
      all: (...takes) => writer.call('keys.all', takes, writeDeadlineMs),
      put: (...takes) => writer.call('keys.put', takes, writeDeadlineMs),
      remove: (...takes) => writer.call('keys.remove', takes, writeDeadlineMs),
    },
    drain: {
      start: (settings) => writer.call('drain.start', [settings], writeDeadlineMs),
      wake: writer.wake,
      catchUp: (deadlineMs) => writer.call('drain.catchUp', [], deadlineMs),
      retire: (epoch, deadlineMs) => writer.call('drain.retire', [epoch], deadlineMs),
      progress: () => writer.call('drain.progress', [], writeDeadlineMs),
      stop: () => writer.call('drain.stop', [], writeDeadlineMs),
    },
    close,
  }
}
