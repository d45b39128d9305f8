import { Database } from 'bun:sqlite'
import { afterEach, describe, expect, test } from 'bun:test'
import { declare } from '../money/declare.ts'
import { join } from 'node:path'
import type { KeyEntry } from '../../src/contract/directory.ts'
import { StoreDown } from '../../src/contract/stores.ts'
import {
  bootId,
  type Files,
  realFiles,
  startRecorder,
  type Recorder,
} from '../../src/gateway/record/index.ts'
import { startDrain } from '../../src/gateway/record/drain.ts'
import { listSegments } from '../../src/gateway/record/segments.ts'
import type { Clock } from '../../src/kit/clock.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { newId } from '../../src/kit/id.ts'
import { createRealClock } from '../../src/kit/real-clock.ts'
import { memoryLedger } from '../../src/storage/memory/index.ts'
import { openForWriting } from '../../src/storage/sqlite/database.ts'
import type { Store } from '../../src/contract/store.ts'
import { lockFolder, openSqliteStore } from '../../src/storage/sqlite/index.ts'
import { bucketPage, sqliteBudgets } from '../../src/storage/sqlite/ledger-list.ts'
import { bucket, failureOf, faultyFiles, folder, openOf, recordOf, until, window } from '../journal/kit.ts'
import { idAt } from './record-kit.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function freshFolder(): string {
  const made = folder()
  cleanups.push(made.remove)
  return made.path
}

async function open(path: string, clock: Clock = createRealClock()): Promise<Store> {
  const store = await openSqliteStore({ path: join(path, 'gatehouse.db'), clock, report() {} })
  cleanups.push(store.close)
  return store
}

const noon = Date.UTC(2026, 10, 23, 12)
const hour = 3_600_000

describe('the embedded store', () => {
  test('the embedded store commits with a sync to its own log', () => {
    const database = openForWriting(join(freshFolder(), 'a.db'), () => 't')
    expect(database.query<{ synchronous: bigint }, []>('PRAGMA synchronous').get()).toEqual({
      synchronous: 2n,
    })
    expect(database.query<{ journal_mode: string }, []>('PRAGMA journal_mode').get()).toEqual({
      journal_mode: 'wal',
    })
    database.close()
  })

  test('the embedded store serves money, records and keys over its thread, and all of them survive a restart', async () => {
    const path = freshFolder()
    const first = await openSqliteStore({
      path: join(path, 'gatehouse.db'),
      clock: createRealClock(),
      report() {},
    })
    await declare(first.ledger, [{ id: bucket, cap: 1_000n, per: 'total', zone: 'UTC', isHard: true }])
    const { holder, epoch, nonce } = await first.ledger.register({ bootId: 'b', proven: [] })
    const response = await first.ledger.acquire({
      holder,
      epoch,
      seq: 1,
      needs: [{ budget: bucket, window: 'current', need: 600n, want: 0n }],
    })
    expect(response).toMatchObject({ kind: 'granted', holds: [{ granted: 600n, end: Infinity }] })
    const key: KeyEntry = {
      id: 'ci',
      team: 'research',
      secrets: [{ sha256: 'ab' }],
      createdAt: 1,
      tags: {},
      owner: 'admin',
    }
    await first.keys.put(key)
    await first.keys.put({ ...key, id: 'old' })
    await first.keys.remove('old')
    const record = recordOf(idAt(noon), { charges: [{ bucket, window: 'total', amount: '250', epoch }] })
    const batch = {
      holder,
      from: { segment: 0, offset: 0 },
      to: { segment: 1, offset: 9 },
      records: [record],
    }
    expect(await first.ledger.settle(batch)).toEqual({ kind: 'settled', inserted: [record.id] })
    expect(await first.ledger.settle(batch)).toEqual({ kind: 'moved', at: { segment: 1, offset: 9 } })
    expect(await first.records.list({ limit: 5 })).toEqual({ records: [record] })
    await first.close()

    const second = await open(path)
    expect(await second.keys.all()).toEqual([key])
    expect(await second.records.get(record.id)).toEqual(record)
    expect((await second.ledger.budgets()).budgets).toMatchObject([
      { budget: bucket, cap: 1_000n, committed: 600n, spent: 250n },
    ])
    const again = await second.ledger.register({ holder, nonce, bootId: 'b', proven: [1] })
    expect(again).toMatchObject({ holder, epoch: 2, drained: { segment: 1, offset: 9 } })
    await second.ledger.reconcile(holder, 2)
    expect((await second.ledger.budgets()).budgets).toMatchObject([
      { committed: 250n, spent: 250n, inDoubt: 0n },
    ])
  })

  test('a grant that does not come in time is StoreDown, and a later one works', async () => {
    const clock = createFakeClock()
    const store = await open(freshFolder(), clock)
    const { holder, epoch } = await store.ledger.register({ bootId: 'b', proven: [] })
    const late = store.ledger.acquire({ holder, epoch, seq: 1, needs: [] })
    clock.advance(2_000)
    expect(await failureOf(late)).toBeInstanceOf(StoreDown)
    expect(await store.ledger.acquire({ holder, epoch, seq: 2, needs: [] })).toMatchObject({
      kind: 'granted',
    })
  })

  test('a record that cannot be stored rejects with its own error, not as an outage, and leaves no trace', async () => {
    const store = await open(freshFolder())
    const { holder } = await store.ledger.register({ bootId: 'b', proven: [] })
    const batch = { holder, from: { segment: 0, offset: 0 }, to: { segment: 1, offset: 9 } }
    const error = await store.ledger
      .settle({ ...batch, records: [recordOf('a'), recordOf('b', { costNano: 'much' })] })
      .catch((thrown: Error) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toBeInstanceOf(StoreDown)
    expect((await store.records.list({ limit: 5 })).records).toEqual([])
    expect(await store.ledger.settle({ ...batch, records: [] })).toMatchObject({ kind: 'settled' })
  })

  test('charges beyond 64 bits are booked at the maximum, with their record kept and the roll-up clamped', async () => {
    const store = await open(freshFolder())
    const { holder } = await store.ledger.register({ bootId: 'b', proven: [] })
    const huge = 10n ** 20n
    const usage = { inputTokens: 9_007_199_254_740_991, outputTokens: 9_007_199_254_740_991 }
    for (const number of [1, 2, 3]) {
      const record = recordOf(idAt(noon, number), {
        costNano: String(huge),
        usage,
        attempts: [],
        charges: [{ bucket, window, amount: String(huge) }],
      })
      const from = { segment: number - 1, offset: 0 }
      expect(
        await store.ledger.settle({ holder, from, to: { segment: number, offset: 0 }, records: [record] }),
      ).toMatchObject({ kind: 'settled' })
    }
    expect((await store.ledger.budgets()).budgets).toMatchObject([
      { spent: 2n ** 63n - 1n, committed: 2n ** 63n - 1n },
    ])
    expect((await store.records.list({ limit: 5 })).records.map(({ costNano }) => costNano)).toEqual(
      Array(3).fill(String(huge)),
    )
    expect(await store.records.usage({ from: noon, to: noon + hour, by: [], now: noon })).toMatchObject({
      rows: [{ costNano: 2n ** 56n, exchanges: 3 }],
    })
  })

  test('a page of budgets reads one range of an index, however many buckets exist', () => {
    const database = openForWriting(':memory:', () => 'timeline')
    const insert = database.query<never, [string, string, number]>(
      'INSERT INTO bucket (budget, window, cap, committed, version, is_over) VALUES (?, ?, 1, 0, 1, ?)',
    )
    database.transaction(() => {
      for (let run = 0; run < 50_000; run += 1) insert.run(`key/ci/run/usd#ci:${run}`, `ci:${run}`, run % 2)
    })()
    for (const isOverIncluded of [false, true]) {
      const plan = database
        .query<{ detail: string }, (string | number)[]>(`EXPLAIN QUERY PLAN ${bucketPage(isOverIncluded)}`)
        .all('', '', '', 'z', 10)
      expect(plan.map(({ detail }) => detail).join('; ')).toMatch(
        /^SEARCH bucket USING (COVERING )?(INDEX bucket_open|PRIMARY KEY)[^;]*$/,
      )
    }
    const budgets = sqliteBudgets(database)
    const began = process.cpuUsage()
    const first = budgets({ limit: 100, owner: 'key/ci/' })
    const second = budgets({ limit: 100, owner: 'key/ci/', ...(first.next && { after: first.next }) })
    const { user, system } = process.cpuUsage(began)
    expect([first.budgets.length, second.budgets.length]).toEqual([100, 100])
    expect(first.budgets.some(({ window }) => second.budgets.some((other) => other.window === window))).toBe(
      false,
    )
    expect((user + system) / 1_000).toBeLessThan(200)
  })

  test('a store that a newer Gatehouse wrote is not opened, and the message names the fix', async () => {
    const path = freshFolder()
    const database = new Database(join(path, 'gatehouse.db'), { create: true })
    database.run('PRAGMA user_version = 999')
    database.close()
    expect(String(await failureOf(open(path)))).toMatch(/newer Gatehouse \(schema 999.*restore a backup/)
  })

  test('a file that is not a database is not opened', async () => {
    const path = freshFolder()
    await Bun.write(join(path, 'gatehouse.db'), 'x'.repeat(5_000))
    expect(String(await failureOf(open(path)))).toMatch(/NOTADB|not a database/)
  })
})

describe('the data folder', () => {
  test('one process holds the data folder: a second one gets a message with the fix, and gets the folder once the first is killed', async () => {
    const path = freshFolder()
    const script = `import { lockFolder } from ${JSON.stringify(join(import.meta.dir, '../../src/storage/sqlite/lock.ts'))}
      lockFolder(process.argv[1]); console.log('held'); setInterval(() => {}, 1e6)`
    const holder = Bun.spawn([process.execPath, '-e', script, path], { stdout: 'pipe' })
    cleanups.push(() => holder.kill('SIGKILL'))
    for await (const _chunk of holder.stdout) break
    expect(() => lockFolder(path)).toThrow(
      /in use by another Gatehouse; stop that one, or give this one a folder of its own/,
    )
    holder.kill('SIGKILL')
    await holder.exited
    const lock = lockFolder(path)
    expect(() => lockFolder(path)).toThrow(/in use/)
    lock.release()
    lockFolder(path).release()
  })
})

describe('the recorder', () => {
  test('a start on a full disk names the folder and the fix', async () => {
    const path = freshFolder()
    const store = await open(path)
    const files = faultyFiles([{ on: 'create', code: 'ENOSPC', times: 1 }])
    expect(String(await failureOf(start(path, store, [], files)))).toMatch(
      /\/journal cannot be written: the disk is full \(ENOSPC\); free some space on it/,
    )
    // the failed start frees nothing and costs nothing
    const again = await start(path, store)
    expect(again.recovered.reason).toBeUndefined()
    await again.end()
  })

  test('an epoch that the ledger fenced off is not proven by later journal entries of the same process', async () => {
    const path = freshFolder()
    const store = await open(path)
    const recorder = await start(path, store)
    const { holder, epoch } = recorder.registration
    await declare(store.ledger, [{ id: bucket, cap: 1_000n, per: 'total', zone: 'UTC', isHard: true }])
    await store.ledger.acquire({
      holder,
      epoch,
      seq: 1,
      needs: [{ budget: bucket, window: 'current', need: 600n, want: 0n }],
    })
    const again = await recorder.registerAgain()
    await store.ledger.reconcile(holder, again.epoch)
    expect((await store.ledger.budgets()).budgets).toMatchObject([{ committed: 600n, inDoubt: 600n }])
    await recorder.end()
  })

  test('a store that was set back while the drain runs is filled again', async () => {
    const path = freshFolder()
    await start(path, await open(path)).then(async (recorder) => {
      for (let count = 0; count < 5; count += 1) await recorder.close(recordOf(newId()))
      await recorder.end()
    })
    const ledger = memoryLedger({ clock: createFakeClock(), newId, newNonce: newId })
    const files = listSegments(join(path, 'journal'), 0)
    const synced = { segment: files.at(-1)!.number + 1, offset: 0 }
    const holder = files[0]!.header!.holder
    // it starts at the store position before the backup was restored
    const drain = startDrain({
      folder: join(path, 'journal'),
      ledger,
      holder,
      from: { segment: files.at(-1)!.number, offset: 100_000 },
      synced,
      clock: createFakeClock(),
      batchRecords: 2,
      keepMs: 1e9,
      keepBytes: 1e9,
      report() {},
    })
    expect(await drain.catchUp()).toBe(true)
    expect(drain.progress().records).toBe(5)
    await drain.stop()
  })

  async function start(
    path: string,
    store: Store,
    events: string[] = [],
    files: Files = realFiles,
  ): Promise<Recorder> {
    return startRecorder({
      folder: path,
      ledger: store.ledger,
      drain: store.drain,
      clock: createRealClock(),
      bootId: bootId(),
      newId,
      report: (event) => events.push(`${event.kind}: ${event.message}`),
      sizes: { ballastBytes: 4_096 },
      files,
    })
  }

  test('a start that fails after opening the journal closes its files', async () => {
    const path = freshFolder()
    const store = await open(path)
    const opened = new Set<string>()
    const files: Files = {
      ...realFiles,
      async create(name) {
        const file = await realFiles.create(name)
        opened.add(name)
        return {
          ...file,
          close() {
            opened.delete(name)
            return file.close()
          },
        }
      },
    }
    const drain = { ...store.drain, start: () => Promise.reject(new StoreDown('no answer')) }
    const starting = startRecorder({
      folder: path,
      ledger: store.ledger,
      drain,
      clock: createRealClock(),
      bootId: bootId(),
      newId,
      report() {},
      files,
    })
    expect(await failureOf(starting)).toBeInstanceOf(StoreDown)
    // The ballast may still be written in the background; it closes when it is complete.
    for (let turn = 0; turn < 2000 && opened.size > 0; turn += 1)
      await new Promise((resolve) => setTimeout(resolve, 5))
    expect([...opened]).toEqual([])
  })

  test('a closed exchange reaches live watchers immediately and readers soon after, without a request', async () => {
    const path = freshFolder()
    const store = await open(path)
    const recorder = await start(path, store)
    const stop = new AbortController()
    const watching = recorder.live.subscribe(stop.signal)
    const record = recordOf()
    await recorder.journal.open(openOf(record.id))
    await recorder.close(record)
    expect(await watching.next()).toEqual({ done: false, value: { kind: 'record', record } })
    stop.abort()
    expect((await watching.next()).done).toBe(true)
    expect(recorder.live.listeners()).toBe(0)
    await until(async () => (await store.records.get(record.id)) !== undefined, 'the record is drained')
    expect((await recorder.drain.progress()).behindBytes).toBe(0)
    await recorder.end()
  })

  test('anonymous refusals create one record that counts them', async () => {
    const path = freshFolder()
    const store = await open(path)
    const recorder = await start(path, store)
    for (let index = 0; index < 1_000; index += 1)
      recorder.floods.count('bad-key', 'openai-chat', 'model.generate')
    await recorder.end()
    expect((await store.records.list({ limit: 10 })).records).toMatchObject([
      { code: 'bad-key', status: 401, repeats: 1_000 },
    ])
  })

  test('a store that does not belong to the data folder is refused before anything is granted', async () => {
    const path = freshFolder()
    const store = await open(path)
    await (await start(path, store)).end()
    const other = await open(freshFolder())
    expect(String(await failureOf(start(path, other)))).toMatch(
      /the store is not the one that the data folder .* belongs to.*bring back the database/,
    )
    // the right one is still accepted
    const again = await start(path, store)
    // the first epoch ended cleanly and drained: the ledger retired it
    expect(again.registration.epoch).toBe(3)
    await again.end()
  })

  test('a slow watcher learns how many records it missed', async () => {
    const { live } = await import('../../src/gateway/record/live.ts')
    const feed = live(3)
    const stop = new AbortController()
    const watching = feed.subscribe(stop.signal)
    const records = Array.from({ length: 5 }, () => recordOf())
    for (const record of records) feed.publish(record)
    expect((await watching.next()).value).toEqual({ kind: 'missed', count: 2 })
    expect((await watching.next()).value).toEqual({ kind: 'record', record: records[2]! })
    stop.abort()
  })
})

test('a reading thread that fails to start is started again with the next query, and does not block closing', async () => {
  const path = freshFolder()
  const workers = [
    () => mainsThread(),
    () => new Worker('data:text/javascript,throw new Error("no thread")'),
    () => mainsThread(),
  ]
  const mainsThread = () => new Worker(new URL('../../src/main/store-thread.ts', import.meta.url).href)
  const newWorker = () => {
    const make = workers.shift()
    if (!make) throw new Error('no further thread was expected')
    return make()
  }
  const store = await openSqliteStore({
    path: join(path, 'gatehouse.db'),
    clock: createRealClock(),
    report() {},
    newWorker,
  })
  expect(await failureOf(store.records.get('x'))).toBeInstanceOf(Error)
  expect(await store.records.get('x')).toBeUndefined()
  await store.close()
})

test('a store closes even if its reading thread never started', async () => {
  const path = freshFolder()
  let made = 0
  const newWorker = () =>
    new Worker(
      made++ === 0
        ? new URL('../../src/main/store-thread.ts', import.meta.url).href
        : 'data:text/javascript,throw new Error("no thread")',
    )
  const store = await openSqliteStore({
    path: join(path, 'gatehouse.db'),
    clock: createRealClock(),
    report() {},
    newWorker,
  })
  expect(await failureOf(store.records.get('x'))).toBeInstanceOf(Error)
  await store.close()
  expect(await failureOf(store.keys.all())).toBeInstanceOf(StoreDown)
})
