// The embedded store of kept objects, in a separate thread. It starts with the first call, so that gateways
// that keep nothing do not pay for it.

import type { DrainEvent } from '../../contract/drain.ts'
import type { KeptStore } from '../../contract/stores.ts'
import type { SqliteStoreOptions } from './store.ts'
import { openStoreThread } from './store.ts'
import { startThread, type ThreadClient } from './client.ts'

const writeDeadlineMs = 10_000
/** A call waits for its result. */
const readDeadlineMs = 2_000

export function openSqliteKept({
  path,
  clock,
  report,
  newWorker = openStoreThread,
}: Omit<SqliteStoreOptions, 'acquireDeadlineMs'>): KeptStore {
  let thread: Promise<ThreadClient> | undefined
  const working = () =>
    (thread ??= startThread({ role: 'keeper', path, clock, onEvent, newWorker }).catch(forget))

  function onEvent(event: DrainEvent): void {
    if (event.kind === 'store-down') thread = undefined
    report(event)
  }

  /** A thread that could not start, or died, is started again by the next call. */
  function forget(thrown: unknown): never {
    thread = undefined
    throw thrown
  }

  return {
    put: async (...takes) => (await working()).call('kept.put', takes, writeDeadlineMs),
    get: async (...takes) => (await working()).call('kept.get', takes, readDeadlineMs),
    find: async (...takes) => (await working()).call('kept.find', takes, readDeadlineMs),
    remove: async (...takes) => (await working()).call('kept.remove', takes, writeDeadlineMs),
    forget: async (...takes) => (await working()).call('kept.forget', takes, writeDeadlineMs),
    sweep: async (...takes) => (await working()).call('kept.sweep', takes, writeDeadlineMs),
    keys: async (...takes) => (await working()).call('kept.keys', takes, readDeadlineMs),
    stats: async (...takes) => (await working()).call('kept.stats', takes, readDeadlineMs),
    async close() {
      const started = await thread?.catch(() => undefined)
      await started?.close()
    },
  }
}
