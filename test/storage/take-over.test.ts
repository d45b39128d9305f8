// Records of the previous build are taken over in slices. A list or count marks missing data and never shows
// it as complete.

import { afterEach, expect, test } from 'bun:test'
import type { Database } from 'bun:sqlite'
import { newId } from '../../src/kit/id.ts'
import { openForWriting } from '../../src/storage/sqlite/database.ts'
import { sqliteRecords } from '../../src/storage/sqlite/records/index.ts'
import { takeOverSlices } from '../../src/storage/sqlite/records/take-over.ts'
import { RecordWriter } from '../../src/storage/sqlite/records/writer.ts'
import { recordOf } from '../journal/kit.ts'
import { crowd, idAt } from './record-kit.ts'

let database: Database
afterEach(() => database.close())

const noon = Date.UTC(2026, 10, 23, 12)

test('records are taken over once, newest first, runs by first call; lists show gaps, and an invalid record is named and skipped', () => {
  database = openForWriting(':memory:', newId)
  const all = crowd(250, { from: noon, everyMs: 60_000, seed: 3 })
  const add = database.query<never, [string, string | null, string, string, string]>(
    'INSERT INTO old_record (id, run, model, outcome, body) VALUES (?, ?, ?, ?, ?)',
  )
  const old = (record: object) =>
    JSON.stringify({ ...record, direction: undefined, destination: undefined, findings: { 'pii/email': 1 } })
  for (const record of all) add.run(record.id, record.run ?? null, 'm', 'ok', old(record))
  const broken = { ...recordOf(idAt(noon + 30 * 60_000, 999)), costNano: 'much' }
  add.run(broken.id, null, 'm', 'ok', old(broken))

  const writer = new RecordWriter(database)
  const records = sqliteRecords(database)
  const refused: string[] = []
  const slice = takeOverSlices(database, writer, (id) => refused.push(id))
  // one of them is in the journal again: it is not new
  expect(writer.insert([all[0]!])).toEqual([])
  const fresh = recordOf(idAt(noon + 400 * 60_000))
  writer.insert([fresh])
  expect(records.list({ limit: 10 })).toEqual({
    records: [fresh],
    isPartial: true,
    scannedTo: all.at(-1)!.at + 1,
  })
  expect(records.get(all[7]!.id)).toMatchObject({
    id: all[7]!.id,
    findings: { unphased: { 'pii/email': 1 } },
  })

  expect(slice()).toBe(true)
  const state = records.takeOver()
  expect(state).toEqual({ left: 151, completeFrom: all[149]!.at + 1 })
  const page = records.list({ limit: 1_000 })
  expect(page).toMatchObject({ isPartial: true, scannedTo: state!.completeFrom })
  expect(page.records.map(({ id }) => id)).toEqual([
    fresh.id,
    ...all
      .slice(150)
      .map(({ id }) => id)
      .reverse(),
  ])
  // what lies after it is complete
  expect(records.list({ limit: 1_000, from: all[200]!.at }).isPartial).toBeUndefined()

  while (slice());
  expect(refused).toEqual([broken.id])
  expect(records.takeOver()).toBeUndefined()
  expect(records.list({ limit: 1_000 })).toEqual({
    records: [fresh, ...all.map((record) => records.get(record.id)!).reverse()],
  })
  expect(records.usage({ from: noon, to: noon + 86_400_000, by: [], now: noon })).toMatchObject({
    rows: [{ exchanges: 251 }],
  })
  // runs are at their first call, as if they had arrived in order
  const firsts = new Map(
    all
      .filter(({ run }) => run !== undefined)
      .map(({ run, at }) => [run, at] as const)
      .reverse(),
  )
  const names = records.runs({ limit: 100 }).runs.map(({ name }) => name)
  expect(names).toEqual([...firsts].sort((a, b) => b[1] - a[1]).map(([name]) => name!))
  expect(writer.insert(all)).toEqual([])
})
