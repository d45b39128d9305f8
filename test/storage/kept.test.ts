// The stores of kept items: one suite over all adapters, and behavior that needs a file.

import { Database } from 'bun:sqlite'
import { afterEach, expect, test } from 'bun:test'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { StoreDown } from '../../src/contract/stores.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { createRealClock } from '../../src/kit/real-clock.ts'
import { memoryKept } from '../../src/storage/memory/index.ts'
import { openSqliteKept } from '../../src/storage/sqlite/index.ts'
import { failureOf, folder } from '../journal/kit.ts'
import { keptSuite, thing } from './kept-suite.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function freshFolder(): string {
  const made = folder()
  cleanups.push(made.remove)
  return made.path
}

const events: string[] = []

function open(path = freshFolder(), clock = createRealClock()) {
  const store = openSqliteKept({
    path: join(path, 'kept.db'),
    clock,
    report: ({ message }) => void events.push(message),
  })
  cleanups.push(store.close)
  return store
}

keptSuite('memory', async () => memoryKept())
keptSuite('sqlite', async () => open())

const roomy = { totalBytes: 1_000_000, bytesPerOwner: 1_000_000 }
const secret = Buffer.from('a body that must not be found again')

/** Every byte of the files, including the log of the database. */
function onDisk(path: string): string {
  return readdirSync(path)
    .map((name) => readFileSync(join(path, name), 'latin1'))
    .join('')
}

test('an unused store of kept items has neither thread nor file; its data survives a restart, readable only by its owner', async () => {
  const path = freshFolder()
  const first = open(path)
  expect(readdirSync(path)).toEqual([])
  await first.put([thing('ann', 'a', { labels: ['x'], body: secret })], roomy)
  expect(statSync(join(path, 'kept.db')).mode & 0o777).toBe(0o600)
  await first.close()
  const second = open(path)
  expect(Buffer.from((await second.find('ann', 'x', 0))?.body ?? []).toString()).toBe(secret.toString())
  expect(await second.stats()).toEqual({ things: 1, bytes: secret.length })
})

test.each([
  ['deleted', (store: ReturnType<typeof open>) => store.remove('ann', 'a')],
  ['of a key that is gone', (store: ReturnType<typeof open>) => store.forget('ann')],
  ['too old', (store: ReturnType<typeof open>) => store.sweep(Number.MAX_SAFE_INTEGER)],
])('what is %s is in no file any more', async (_what, remove) => {
  const path = freshFolder()
  const store = open(path)
  await store.put([thing('ann', 'a', { body: secret }), thing('ben', 'b', { bytes: 200_000 })], roomy)
  expect(onDisk(path)).toContain(secret.toString())
  await remove(store)
  expect(onDisk(path)).not.toContain(secret.toString())
})

test('an item that an earlier build wrote belongs to its key and is removed with it', async () => {
  const path = freshFolder()
  const old = new Database(join(path, 'kept.db'), { create: true })
  old.run(`CREATE TABLE thing (
    number INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, id TEXT NOT NULL, made INTEGER NOT NULL, bytes INTEGER NOT NULL, body BLOB NOT NULL,
    UNIQUE (owner, id)
  ) STRICT`)
  old.run('CREATE TABLE label (owner TEXT NOT NULL, label TEXT NOT NULL, thing INTEGER NOT NULL) STRICT')
  old.run('CREATE TABLE share (owner TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT')
  old.run(
    "INSERT INTO thing (owner, id, made, bytes, body) VALUES ('ci', 'a', 5, 1, x'41'), ('ben', 'a', 5, 1, x'42')",
  )
  old.run('PRAGMA user_version = 1')
  old.close()
  const store = open(path)
  expect(await store.get('ci', 'a', 0)).toEqual({
    owner: 'ci',
    key: 'ci',
    id: 'a',
    madeAt: 5,
    labels: [],
    body: new Uint8Array([0x41]),
  })
  expect(await store.keys()).toEqual(['ben', 'ci'])
  await store.forget('ci')
  expect(await store.get('ci', 'a', 0)).toBeUndefined()
  expect(await store.keys()).toEqual(['ben'])
})

test('names of removed kept items are removed', async () => {
  const path = freshFolder()
  const store = open(path)
  await store.put([thing('ann', 'a', { labels: ['x', 'y'] }), thing('ben', 'b', { labels: ['x'] })], roomy)
  await store.remove('ann', 'a')
  const database = new Database(join(path, 'kept.db'), { readonly: true })
  expect(database.query('SELECT owner, label FROM label').all()).toEqual([{ owner: 'ben', label: 'x' }])
  database.close()
})

test('the space of removed kept items is released', async () => {
  const path = freshFolder()
  const store = open(path)
  await store.put(
    Array.from({ length: 40 }, (_, index) => thing('ann', `a${index}`, { bytes: 20_000 })),
    roomy,
  )
  const before = statSync(join(path, 'kept.db')).size + statSync(join(path, 'kept.db-wal')).size
  await store.forget('ann')
  expect(statSync(join(path, 'kept.db')).size + statSync(join(path, 'kept.db-wal')).size).toBeLessThan(
    before / 10,
  )
})

test('an unusable file of kept items is an outage that ends with its cause', async () => {
  const path = freshFolder()
  await Bun.write(join(path, 'kept.db'), 'x'.repeat(5_000))
  const store = open(path)
  expect(await failureOf(store.get('ann', 'a', 0))).toBeInstanceOf(Error)
  await Bun.file(join(path, 'kept.db')).delete()
  expect(await store.get('ann', 'a', 0)).toBeUndefined()
})

test('a file of kept items that a newer Gatehouse wrote is not opened', async () => {
  const path = freshFolder()
  const database = new Database(join(path, 'kept.db'), { create: true })
  database.run('PRAGMA user_version = 999')
  database.close()
  expect(String(await failureOf(open(path).get('ann', 'a', 0)))).toContain('newer Gatehouse (schema 999')
})

test('a response that does not come in time is StoreDown', async () => {
  const clock = createFakeClock()
  const store = open(freshFolder(), clock)
  await store.stats()
  const late = store.get('ann', 'a', 0)
  // the request is sent in the next turn
  await Promise.resolve()
  clock.advance(2_000)
  expect(await failureOf(late)).toBeInstanceOf(StoreDown)
})
