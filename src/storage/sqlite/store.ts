// The embedded store, which implements the roles of contract/stores.ts.

import type { Store } from '../../contract/store.ts'
import type { Clock } from '../../kit/clock.ts'
import { openThread } from '../../kit/thread.ts'
import type { DrainEvent } from '../../contract/drain.ts'
import type { ReaderCalls } from './calls.ts'
import { startThread, type ThreadClient } from './client.ts'

export interface SqliteStoreOptions {
  /** The path of the database file. Its folder must exist. */
  path: string
  clock: Clock
  /**
   * How long a grant may take while the store serves other requests, ms. A store that serves none counts as
   * down much earlier (admit/hold-driver.ts).
   */
  acquireDeadlineMs?: number
  report(event: DrainEvent): void
  /** Starts a thread that calls `serveStore`. */
  newWorker?(): Worker
}

// Uses its path, not an import, because main connects that thread with code that storage may not import.
export const openStoreThread = () => openThread('main/store-thread.ts')

const cureOfDamage = 'bring back a backup of it, or move the data folder away to begin with empty budgets'
const writeDeadlineMs = 10_000
const readDeadlineMs = 30_000
const readerThreads = 2
/** A thread that sent a message within this time is working. */
const answeringMs = 1_000

/** @throws Error if the store cannot be opened, or a newer Gatehouse wrote it */
export async function openSqliteStore({
  path,
  clock,
  acquireDeadlineMs = 2_000,
  report,
  newWorker = openStoreThread,
}: SqliteStoreOptions): Promise<Store> {
  const writer = await startThread({ role: 'writer', path, clock, onEvent: report, newWorker }).catch(
    (error: unknown) => {
      const why = error instanceof Error ? error.message : String(error)
      throw new Error(
        `${path} cannot be opened: ${why}${/NOTADB|CORRUPT/.test(why) ? `; ${cureOfDamage}` : ''}`,
        { cause: error },
      )
    },
  )
  const startReader = () => startThread({ role: 'reader', path, clock, onEvent: report, newWorker })
  // a report over many records takes seconds; the other thread serves the other calls meanwhile
  const readers = Array.from({ length: readerThreads }, () => startOnDemand(startReader))

  async function read<Name extends keyof ReaderCalls>(
    name: Name,
    takes: Parameters<ReaderCalls[Name]>,
  ): Promise<ReturnType<ReaderCalls[Name]>> {
    const free = readers.reduce((least, other) => (other.waiting < least.waiting ? other : least))
    free.waiting += 1
    try {
      return await (await free.thread()).call<Name>(name, takes, readDeadlineMs)
    } finally {
      free.waiting -= 1
    }
  }

  async function close() {
    for (const reader of readers) await reader.close()
    await writer.close()
  }

  return {
    ledger: {
      holder: (...takes) => writer.call('ledger.holder', takes, writeDeadlineMs),
      register: (...takes) => writer.call('ledger.register', takes, writeDeadlineMs),
      configured: (...takes) => writer.call('ledger.configured', takes, writeDeadlineMs),
      configure: (...takes) => writer.call('ledger.configure', takes, writeDeadlineMs),
      acquire: (...takes) => writer.call('ledger.acquire', takes, acquireDeadlineMs),
      renew: (...takes) => writer.call('ledger.renew', takes, writeDeadlineMs),
      giveBack: (...takes) => writer.call('ledger.giveBack', takes, writeDeadlineMs),
      settle: (...takes) => writer.call('ledger.settle', takes, writeDeadlineMs),
      expire: (...takes) => writer.call('ledger.expire', takes, writeDeadlineMs),
      reconcile: (...takes) => writer.call('ledger.reconcile', takes, writeDeadlineMs),
      adopt: (...takes) => writer.call('ledger.adopt', takes, writeDeadlineMs),
      decide: (...takes) => writer.call('ledger.decide', takes, writeDeadlineMs),
      sweep: (...takes) => writer.call('ledger.sweep', takes, writeDeadlineMs),
      budgets: (...takes) => read('ledger.budgets', takes),
      isAnswering: () => clock.monotonic() - writer.heardAt() < answeringMs,
      close,
    },
    records: {
      list: (...takes) => read('records.list', takes),
      get: (...takes) => read('records.get', takes),
      usage: (...takes) => read('records.usage', takes),
      latency: (...takes) => read('records.latency', takes),
      runs: (...takes) => read('records.runs', takes),
      run: (...takes) => read('records.run', takes),
      takeOver: (...takes) => read('records.takeOver', takes),
    },
    retention: { retain: (...takes) => writer.call('retention.retain', takes, writeDeadlineMs) },
    keys: {
      all: (...takes) => writer.call('keys.all', takes, writeDeadlineMs),
      put: (...takes) => writer.call('keys.put', takes, writeDeadlineMs),
      remove: (...takes) => writer.call('keys.remove', takes, writeDeadlineMs),
    },
    approvals: {
      ask: (...takes) => writer.call('approvals.ask', takes, acquireDeadlineMs),
      take: (...takes) => writer.call('approvals.take', takes, acquireDeadlineMs),
      giveBack: (...takes) => writer.call('approvals.giveBack', takes, writeDeadlineMs),
      decide: (...takes) => writer.call('approvals.decide', takes, writeDeadlineMs),
      get: (...takes) => writer.call('approvals.get', takes, writeDeadlineMs),
      list: (...takes) => writer.call('approvals.list', takes, writeDeadlineMs),
      expire: (...takes) => writer.call('approvals.expire', takes, writeDeadlineMs),
    },
    drain: {
      start: (settings) => writer.call('drain.start', [settings], writeDeadlineMs),
      wake: writer.wake,
      catchUp: (deadlineMs) => writer.call('drain.catchUp', [], deadlineMs),
      retire: (epoch, deadlineMs) => writer.call('drain.retire', [epoch], deadlineMs),
      progress: () => writer.call('drain.progress', [], writeDeadlineMs),
      stop: () => writer.call('drain.stop', [], writeDeadlineMs),
    },
    isShared: false,
    close,
  }
}

/** Most nodes get few queries, so a thread starts with the first query, and again after a failed start. */
function startOnDemand(start: () => Promise<ThreadClient>) {
  let started: Promise<ThreadClient> | undefined
  return {
    /** The number of unfinished queries. */
    waiting: 0,
    thread: () =>
      (started ??= start().catch((thrown: unknown) => {
        started = undefined
        throw thrown
      })),
    async close() {
      // the query that needed it was rejected with the reason
      const client = await started?.catch(() => undefined)
      await client?.close()
    },
  }
}
