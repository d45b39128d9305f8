// The stores of keys: one suite over all adapters.

import { afterEach } from 'bun:test'
import { join } from 'node:path'
import { createRealClock } from '../../src/kit/real-clock.ts'
import { memoryKeys } from '../../src/storage/memory/index.ts'
import { openSqliteStore } from '../../src/storage/sqlite/index.ts'
import { folder } from '../journal/kit.ts'
import { keysSuite } from './keys-suite.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

keysSuite('memory', async () => memoryKeys())
keysSuite('sqlite', async () => {
  const made = folder()
  cleanups.push(made.remove)
  const store = await openSqliteStore({
    path: join(made.path, 'gatehouse.db'),
    clock: createRealClock(),
    report() {},
  })
  cleanups.push(store.close)
  return store.keys
})
