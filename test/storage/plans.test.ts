// The cost of queries in a store with many records: the index of each, the number of rows it reads, the CPU
// it needs. The number of records and the seed can be set: `npm run deep -- records` uses 2 million.

import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SQLQueryBindings } from 'bun:sqlite'
import type { RecordFilter, RunQuery, UsageQuery } from '../../src/contract/records.ts'
import { newId } from '../../src/kit/id.ts'
import { openForWriting } from '../../src/storage/sqlite/database.ts'
import { nameFinder } from '../../src/storage/sqlite/records/find-name.ts'
import { sqliteRecords } from '../../src/storage/sqlite/records/index.ts'
import { latencySql } from '../../src/storage/sqlite/records/latency.ts'
import { chooseWalks, filtersOf, listRecords, rangeOf } from '../../src/storage/sqlite/records/list.ts'
import { listRuns } from '../../src/storage/sqlite/records/run-list.ts'
import { rowsPerMatch, rowsPerRequest, scanSql, withoutJoin } from '../../src/storage/sqlite/records/scan.ts'
import { RecordWriter } from '../../src/storage/sqlite/records/writer.ts'
import { rollUpFor, usageSql, whereOf } from '../../src/storage/sqlite/records/usage.ts'
import { end, largeStore, start } from './large-store.ts'
import { crowd } from './record-kit.ts'

const records = Number(process.env['GATEHOUSE_RECORDS'] ?? 300_000)
const seed = Number(process.env['GATEHOUSE_RECORDS_SEED'] ?? 1)
const isDeep = process.env['GATEHOUSE_RECORDS'] !== undefined
const mostMs = 300

const folder = isDeep ? mkdtempSync(join(tmpdir(), 'gatehouse-records-')) : undefined
const { database, builtMs } = largeStore(records, seed, folder ? join(folder, 'records.db') : ':memory:')
const names = nameFinder(database)
const list = listRecords(database)
const runs = listRuns(database)
const reading = sqliteRecords(database)
afterAll(() => {
  database.close()
  if (folder) rmSync(folder, { recursive: true })
})

if (isDeep)
  console.log(
    `${records} records, seed ${seed}, built with ${(builtMs / 1_000).toFixed(1)} s of CPU\n| question | index or roll-up | rows looked at | CPU, ms |\n|---|---|---|---|`,
  )

/** The best of three, because another process may interrupt one. */
function cpuOf(ask: () => unknown): number {
  const took = [1, 2, 3].map(() => {
    const began = process.cpuUsage()
    ask()
    const { user, system } = process.cpuUsage(began)
    return (user + system) / 1_000
  })
  return Math.min(...took)
}

function report(question: object, plan: string, rows: number, ms: number) {
  if (isDeep)
    console.log(
      `| ${JSON.stringify(question, (_, value) => (typeof value === 'bigint' ? String(value) : value)).replaceAll('"', '')} | ${plan} | ${rows} | ${ms.toFixed(1)} |`,
    )
  expect(ms).toBeLessThan(mostMs)
}

const planOf = (sql: string, values: readonly SQLQueryBindings[]) =>
  database
    .query<{ detail: string }, SQLQueryBindings[]>(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...values)
    .map(({ detail }) => detail)

const rare = 'key-999'
const asked: [filter: RecordFilter & { from?: number; to?: number; limit?: number }, index: string][] = [
  [{}, 'rowid'],
  [{ limit: 1_000 }, 'rowid'],
  [{ from: start + 10 * 86_400_000, to: start + 11 * 86_400_000 }, 'rowid'],
  [{ key: 'key-3' }, 'fact_of_key'],
  [{ key: rare }, 'fact_of_key'],
  [{ team: 'team-7' }, 'fact_of_team'],
  [{ team: 'engineering' }, 'fact_of_team'],
  [{ model: 'model-3' }, 'fact_of_model'],
  [{ target: 'azure/model-4' }, 'fact_of_target'],
  [{ destination: 'azure' }, 'fact_of_target'],
  [{ workload: 'workload-3' }, 'fact_of_workload'],
  [{ outcome: 'ok' }, 'rowid'],
  [{ outcome: 'failed' }, 'fact_of_outcome'],
  [{ kind: 'model.generate' }, 'rowid'],
  [{ kind: 'tool.call' }, 'fact_of_kind'],
  [{ kind: 'agent.send' }, 'fact_of_kind'],
  [{ code: 'policy-denied' }, 'fact_of_code'],
  [{ run: 'run-500' }, 'fact_of_run'],
  [{ parent: 'id-1002' }, 'fact_of_parent'],
  [{ tag: 'cost=r3' }, 'mark'],
  [{ policy: 'inside' }, 'mark'],
  [{ finding: 'pii' }, 'mark'],
  [{ costAtLeast: 8_999_000n }, 'rowid'],
  [{ costAtLeast: 9_100_000n }, 'rowid'],
  [{ key: 'key-3', outcome: 'ok' }, 'fact_of_key'],
  [{ key: rare, outcome: 'ok' }, 'fact_of_key'],
  [{ key: rare, model: 'model-3' }, 'fact_of_key'],
  [{ key: rare, team: 'engineering', outcome: 'ok', kind: 'model.generate' }, 'fact_of_key'],
  // both have few
  [{ key: 'key-3', model: 'model-20' }, ''],
  // a key of another team: nothing matches
  [{ team: 'team-7', key: 'key-3' }, 'fact_of_key'],
  [{ team: 'engineering', model: 'model-3', target: 'azure/model-4', outcome: 'ok' }, ''],
  [{ destination: 'azure', target: 'openai/model-3' }, 'fact_of_target'],
]

if (isDeep && folder)
  test('the drain’s work stays within its bounds', () => {
    const drained = openForWriting(join(folder, 'drained.db'), newId)
    const writer = new RecordWriter(drained)
    const all = crowd(51_200, { from: start, everyMs: 130, seed })
    const began = process.cpuUsage()
    for (let from = 0; from < all.length; from += 256)
      drained.transaction(() => writer.insert(all.slice(from, from + 256))).immediate()
    const { user, system } = process.cpuUsage(began)
    drained.close()
    console.log(
      `| writing records, 256 in each transaction | all | 1 | ${((user + system) / 1_000 / all.length).toFixed(3)} each |`,
    )
  })

describe('lists', () => {
  test.each(asked)('%p', ({ limit = 50, ...filter }, index) => {
    const query = { ...filter, limit }
    const filters = filtersOf(database, names, query)!
    const range = rangeOf(query)
    const { walks, conditions } = chooseWalks(database, filters, range)
    const values = conditions.map(({ value }) => value)
    const plans = walks.flatMap((walk) => {
      const { edge, matches } = scanSql(walk, conditions)
      const leads = walk.leads ? [walk.leads.value] : []
      return [
        planOf(matches, [...leads, range.before, range.from, ...values, limit]),
        planOf(edge, [...leads, range.before, range.from, 10]),
      ]
    })
    for (const plan of plans) {
      // walked in order along one index, without a sort
      expect(plan.join('; ')).not.toContain('TEMP B-TREE')
      expect(plan[0]).toMatch(/^SEARCH /)
      if (index === 'rowid') expect(plan[0]).toContain('SEARCH fact USING INTEGER PRIMARY KEY')
      else if (index === 'mark') expect(plan[0]).toContain('SEARCH led USING PRIMARY KEY')
      else if (index !== '')
        expect(plan[0]).toMatch(new RegExp(`SEARCH fact USING (COVERING )?INDEX ${index} `))
    }
    const page = list(query)
    expect(page.visited).toBeLessThanOrEqual(rowsPerMatch * limit + rowsPerRequest)
    if (page.next !== undefined) {
      // rows of the walked indexes between the newest and the last one read: it has read at least as many
      const passed = walks.reduce((sum, { from, table, leads }) => {
        const row = database
          .query<{ count: bigint }, SQLQueryBindings[]>(
            `SELECT COUNT(*) AS count FROM ${withoutJoin(from)} WHERE ${leads ? `${leads.sql} AND ` : ''}${table}.place < ? AND ${table}.place >= ?`,
          )
          .get(...(leads ? [leads.value] : []), range.before, Number(page.next))
        return sum + Number(row?.count)
      }, 0)
      expect(passed).toBeLessThanOrEqual(page.visited + 1)
    }
    if (page.isPartial) expect(page.records.length).toBeLessThan(limit)
    report(
      { ...filter, limit },
      plans[0]![0]!.replace(/^SEARCH /, '').replaceAll('|', '/'),
      page.visited,
      cpuOf(() => list(query)),
    )
  })

  test('a search with few results among many records stops, reports its position, and reaches the end by continuing', () => {
    const query = { costAtLeast: 9_100_000n, limit: 50 }
    let pages = 0
    let scannedTo = Number.POSITIVE_INFINITY
    for (let after: string | undefined; ; ) {
      const page = list({ ...query, ...(after === undefined ? {} : { after }) })
      pages += 1
      expect(page.records).toEqual([])
      after = page.next
      if (after === undefined) break
      expect(page.isPartial).toBe(true)
      expect(page.scannedTo!).toBeLessThan(scannedTo)
      scannedTo = page.scannedTo!
    }
    expect(pages).toBe(Math.ceil(records / (rowsPerRequest + rowsPerMatch * 50)))
  })
})

describe('runs', () => {
  test.each<[Omit<RunQuery, 'limit'>]>([
    [{}],
    [{ key: 'key-3' }],
    [{ key: rare, callsAtLeast: 2 }],
    [{ team: 'team-7' }],
    [{ costAtLeast: 44_000_000n }],
  ])('%p', (filter) => {
    const query = { ...filter, limit: 50 }
    const page = runs(query)
    expect(page.visited).toBeLessThanOrEqual(rowsPerMatch * 50 + rowsPerRequest)
    report(
      { runs: filter },
      filter.callsAtLeast ? 'run_of_key' : 'run, newest first',
      page.visited,
      cpuOf(() => runs(query)),
    )
  })
})

describe('usage', () => {
  const whole = { from: start, to: end, now: end }
  const one = { from: end - 86_400_000, to: end, now: end }
  test.each<[Omit<UsageQuery, 'now'> & { now: number }, string]>([
    [{ ...whole, by: ['day'] }, 'day_kind'],
    [{ ...whole, by: ['hour'] }, 'hour_kind'],
    [{ ...whole, by: ['key'] }, 'day_key'],
    [{ ...whole, by: ['key', 'model', 'outcome', 'target'] }, 'day_all'],
    [{ ...whole, by: ['team', 'model'] }, 'day_team'],
    [{ ...whole, by: ['model', 'target'] }, 'day_model'],
    [{ ...whole, by: ['day', 'tag'] }, 'day_tag'],
    [{ ...one, by: ['hour', 'key'] }, 'hour_key'],
    [{ ...one, by: ['day'] }, 'day_kind'],
    [{ ...whole, by: ['day'], key: 'key-3' }, 'day_key'],
    [{ ...whole, by: ['hour'], key: 'key-3' }, 'hour_key'],
    [{ ...whole, by: ['day'], team: 'team-7' }, 'day_team'],
    [{ ...whole, by: ['day', 'model'], team: 'engineering' }, 'day_team'],
    [{ ...whole, by: ['day', 'workload', 'code'], outcome: 'failed' }, 'day_all'],
  ])('%p', (query, table) => {
    const rollUp = rollUpFor(query)
    if (typeof rollUp === 'string') throw new Error(rollUp)
    expect(rollUp.table).toBe(table)
    const where = whereOf(names, query)!
    const values = [query.from, query.to, ...where.map(({ value }) => value)]
    const plan = planOf(usageSql(rollUp, query, where), values)
    // only the rows within the range; the only other lookups are the paths of a team
    expect(plan[0]).toMatch(
      new RegExp(`^SEARCH ${table} USING PRIMARY KEY \\(${rollUp.grain}>\\? AND ${rollUp.grain}<\\?\\)`),
    )
    expect(
      plan.filter(
        (line) => /^(SCAN|SEARCH)/.test(line) && !line.includes(table) && !/path_team|name/.test(line),
      ),
    ).toEqual([])
    const rows = database
      .query<{ count: bigint }, [number, number]>(
        `SELECT COUNT(*) AS count FROM ${table} WHERE ${rollUp.grain} >= ? AND ${rollUp.grain} < ?`,
      )
      .get(query.from, query.to)
    const { from: _from, to: _to, now: _now, ...shown } = query
    report(
      { ...shown, days: (query.to - query.from) / 86_400_000 },
      table,
      Number(rows?.count),
      cpuOf(() => reading.usage(query)),
    )
  })

  test.each([
    { from: start, to: end, of: 'target' as const, isByName: true, now: end },
    {
      from: end - 86_400_000,
      to: end,
      of: 'model' as const,
      isByName: true,
      bucket: 'hour' as const,
      now: end,
    },
    {
      from: start,
      to: end,
      of: 'target' as const,
      isByName: false,
      name: 'azure/model-4',
      bucket: 'hour' as const,
      now: end,
    },
  ])('latency %p', (query) => {
    const grain = query.bucket ?? 'day'
    const [plan] = planOf(
      latencySql(grain, query.name !== undefined),
      query.name === undefined ? [0, query.from, query.to] : [0, query.from, query.to, 1],
    )
    expect(plan).toContain(
      `SEARCH latency_${grain} USING PRIMARY KEY (is_model=? AND ${grain}>? AND ${grain}<?)`,
    )
    const { from: _from, to: _to, now: _now, ...shown } = query
    report(
      { latency: shown },
      `latency_${grain}`,
      reading.latency(query).length,
      cpuOf(() => reading.latency(query)),
    )
  })
})
