// The embedded store of kept things, in a thread of its own that starts with the first question: who keeps
// nothing does not pay for it.

import type { DrainEvent } from '../../contract/drain.ts'
import type { KeptStore } from '../../contract/stores.ts'
import type { SqliteStoreOptions } from './store.ts'
import { openStoreThread } from './store.ts'
import { startThread, type ThreadClient } from './client.ts'

const writeDeadlineMs = 10_000
/** A call waits for it. */
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

  /** One that could not start, or died, is started again with the next question. */
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
