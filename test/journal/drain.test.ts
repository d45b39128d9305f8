import { afterEach, describe, expect, test } from 'bun:test'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StoreDown, type Ledger, type SettleBatch } from '../../src/contract/stores.ts'
import type { DrainEvent, StartDrain } from '../../src/contract/drain.ts'
import { startDrain } from '../../src/gateway/record/drain.ts'
import { openJournal } from '../../src/gateway/record/journal.ts'
import { encodeLine, segmentName } from '../../src/gateway/record/journal-format.ts'
import { listSegments } from '../../src/gateway/record/segments.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { newId, newNonce } from '../../src/kit/id.ts'
import { memoryLedger } from '../../src/storage/memory/index.ts'
import { bucket, folder, journalOptions, openOf, recordOf, until } from './kit.ts'

const folders: { remove(): void }[] = []
const fresh = () => {
  const made = folder()
  folders.push(made)
  return made.path
}
afterEach(() => {
  for (const made of folders.splice(0)) made.remove()
})

async function journalWith(
  path: string,
  ids: readonly string[],
  more: Parameters<typeof journalOptions>[1] = {},
) {
  const journal = await openJournal(journalOptions(path, { segmentBytes: 8_000, ...more }))
  for (const id of ids) {
    await journal.open(openOf(id))
    await journal.close(recordOf(id))
  }
  await journal.end()
}

const newLedger = () => memoryLedger({ clock: createFakeClock(), newId, newNonce })

const spentIn = async (ledger: Ledger) => (await ledger.budgets({ budget: bucket })).budgets[0]?.spent

function drainOf(
  path: string,
  ledger: Pick<Ledger, 'settle'>,
  more: Partial<Omit<Parameters<StartDrain>[0], 'synced'>> = {},
) {
  const events: DrainEvent[] = []
  const clock = createFakeClock()
  const drain = startDrain({
    folder: path,
    ledger,
    holder: 'node-a',
    from: { segment: 0, offset: 0 },
    synced: { segment: listSegments(path, 0).at(-1)?.number ?? 0, offset: Infinity },
    clock,
    batchRecords: 7,
    keepMs: 86_400_000,
    keepBytes: 1e9,
    report: (event) => events.push(event),
    ...more,
  })
  return { drain, events, clock }
}

const ids = (count: number) => Array.from({ length: count }, newId)

describe('the drain', () => {
  test('the drain records each journal record once across many segments, and a second drain finds nothing to do', async () => {
    const path = fresh()
    await journalWith(path, ids(100))
    const ledger = newLedger()
    const { drain } = drainOf(path, ledger)
    expect(await drain.catchUp()).toBe(true)
    expect(await spentIn(ledger)).toBe(30_000n)
    expect(drain.progress()).toMatchObject({ records: 100, rejected: 0, behindBytes: 0 })
    expect(await drain.catchUp()).toBe(true)
    expect(drain.progress().records).toBe(100)
    // all but the last are drained
    const names = readdirSync(path).filter((name) => /^\d/.test(name))
    expect(names.filter((name) => name.endsWith('.journal')).length).toBe(1)
  })

  test('when two drains run on one folder and one store, each record is stored once', async () => {
    const path = fresh()
    await journalWith(path, ids(200))
    const ledger = newLedger()
    let inserted = 0
    // the other drain runs in the middle of every transaction
    const racing = {
      async settle(batch: SettleBatch) {
        await new Promise<void>((resolve) => setImmediate(resolve))
        const response = await ledger.settle(batch)
        if (response.kind === 'settled') inserted += response.inserted.length
        return response
      },
    }
    const [one, two] = [drainOf(path, racing), drainOf(path, racing, { batchRecords: 5 })]
    expect(await Promise.all([one.drain.catchUp(), two.drain.catchUp()])).toEqual([true, true])
    expect(inserted).toBe(200)
    expect(await spentIn(ledger)).toBe(60_000n)
    expect([...one.events, ...two.events]).toEqual([])
  })

  test('the drain moves an invalid record to "rejected", settles its cost, stores the others and reports it', async () => {
    const path = fresh()
    const all = ids(20)
    await journalWith(path, all)
    const ledger = newLedger()
    const seen: string[] = []
    const choking = {
      async settle(batch: SettleBatch) {
        if (batch.records.some((record) => record.id === all[11] && record.replyBytes > 0))
          throw new RangeError('cannot be stored')
        const response = await ledger.settle(batch)
        if (response.kind === 'settled') seen.push(...response.inserted)
        return response
      },
    }
    const { drain, events } = drainOf(path, choking)
    expect(await drain.catchUp()).toBe(true)
    expect(seen.toSorted()).toEqual(all.toSorted())
    expect(await spentIn(ledger)).toBe(6_000n)
    expect(events.map((event) => event.kind)).toEqual(['record-rejected'])
    const [rejected] = readdirSync(join(path, 'rejected'))
    expect(JSON.parse(await Bun.file(join(path, 'rejected', rejected!)).text())).toMatchObject({
      id: all[11],
      usage: { inputTokens: 10 },
    })
  })

  test('while the store is down, the drain keeps every record; it continues by itself when the store is back', async () => {
    const path = fresh()
    await journalWith(path, ids(10))
    const ledger = newLedger()
    let isDown = true
    const { drain, events, clock } = drainOf(path, {
      settle: (batch) => (isDown ? Promise.reject(new StoreDown('no answer')) : ledger.settle(batch)),
    })
    expect(await drain.catchUp()).toBe(false)
    expect(drain.progress()).toMatchObject({ isStoreDown: true, records: 0 })
    isDown = false
    clock.advance(1_000)
    await until(() => !drain.progress().isStoreDown, 'the store is back')
    expect(await spentIn(ledger)).toBe(3_000n)
    expect(events.map((event) => event.kind)).toEqual(['store-down', 'store-back'])
  })

  test('the drain refills a store that was restored to an older state from drained segments', async () => {
    const path = fresh()
    await journalWith(path, ids(60))
    const first = newLedger()
    await drainOf(path, first).drain.catchUp()
    const second = newLedger()
    const { drain } = drainOf(path, second)
    expect(await drain.catchUp()).toBe(true)
    expect(await spentIn(second)).toBe(await spentIn(first))
  })

  test('the drain processes the segments of another holder in the name of that holder', async () => {
    const path = fresh()
    await journalWith(path, ids(5), { holder: 'node-old' })
    await journalWith(path, ids(5), { firstNumber: 40 })
    const ledger = newLedger()
    const holders = new Set<string>()
    const { drain } = drainOf(path, { settle: (batch) => (holders.add(batch.holder), ledger.settle(batch)) })
    expect(await drain.catchUp()).toBe(true)
    expect([...holders]).toEqual(['node-old', 'node-a'])
    expect(await spentIn(ledger)).toBe(3_000n)
  })

  test('the drain waits for the end of a line that is still being written', async () => {
    const path = fresh()
    const head = encodeLine({
      kind: 'segment',
      format: 1,
      holder: 'node-a',
      epoch: 1,
      number: 1,
      bootId: 'b',
      sync: 'batch',
      at: 0,
    })
    const [one, two] = [
      encodeLine({ kind: 'close', record: recordOf() }),
      encodeLine({ kind: 'close', record: recordOf() }),
    ]
    writeFileSync(join(path, segmentName(1)), head + one + two.slice(0, 40))
    const ledger = newLedger()
    const { drain, events } = drainOf(path, ledger)
    await drain.catchUp()
    expect(await spentIn(ledger)).toBe(300n)
    writeFileSync(join(path, segmentName(1)), head + one + two)
    await drain.catchUp()
    expect(await spentIn(ledger)).toBe(600n)
    expect(events).toEqual([])
  })

  test('the drain sets a line that was damaged on disk aside, reports it and stores the lines after it', async () => {
    const path = fresh()
    const all = ids(3)
    await journalWith(path, all)
    const file = join(path, segmentName(1))
    const text = await Bun.file(file).text()
    writeFileSync(
      file,
      text.replace(`"close","record":{"id":"${all[1]}"`, `"close","record":{"id":"${newId()}"`),
    )
    const ledger = newLedger()
    const { drain, events } = drainOf(path, ledger)
    await drain.catchUp()
    expect(await spentIn(ledger)).toBe(600n)
    expect(events.map((event) => event.kind)).toEqual(['line-unreadable'])
  })

  test('drained segments are deleted after a day or when they use too much space; others are never deleted', async () => {
    const path = fresh()
    await journalWith(path, ids(100))
    const count = () => readdirSync(path).filter((name) => name.endsWith('.drained')).length
    const { drain } = drainOf(path, newLedger(), { clock: createFakeClock(Date.now()) })
    await drain.catchUp()
    const all = count()
    expect(all).toBeGreaterThan(5)
    const late = drainOf(path, newLedger(), {
      clock: createFakeClock(Date.now() + 86_500_000),
      keepMs: Infinity,
      keepBytes: 20_000,
    })
    await late.drain.catchUp()
    expect(count()).toBe(2)
    await drainOf(path, newLedger(), { clock: createFakeClock(Date.now() + 86_500_000) }).drain.catchUp()
    expect(count()).toBe(0)
    expect(readdirSync(path).filter((name) => name.endsWith('.journal')).length).toBe(1)
  })
})
