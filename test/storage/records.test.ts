// Records in the embedded store: lists are compared with a plain filter over the same records, roll-ups and
// runs with plain sums, each exactly once.

import { afterEach, describe, expect, test } from 'bun:test'
import type { Database } from 'bun:sqlite'
import type { ExchangeRecord } from '../../src/contract/record.ts'
import type {
  RecordFilter,
  RetentionRule,
  RunSummary,
  UsageReport,
  UsageDimension,
  UsageQuery,
} from '../../src/contract/records.ts'
import { isTailed } from '../../src/control/records/rules.ts'
import { newId } from '../../src/kit/id.ts'
import { openForWriting } from '../../src/storage/sqlite/database.ts'
import {
  count,
  decodeInto,
  encode,
  type Histogram,
  percentiles,
} from '../../src/storage/sqlite/records/histogram.ts'
import { sqliteRecords } from '../../src/storage/sqlite/records/index.ts'
import { recordRetention } from '../../src/storage/sqlite/records/retention.ts'
import { rollUps, sums } from '../../src/storage/sqlite/records/roll-ups.ts'
import { RecordWriter } from '../../src/storage/sqlite/records/writer.ts'
import { recordOf } from '../journal/kit.ts'
import { bodiesOf, crowd, idAt } from './record-kit.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

function inMemory() {
  const database = openForWriting(':memory:', newId)
  cleanups.push(() => database.close())
  return { database, writer: new RecordWriter(database), records: sqliteRecords(database) }
}

const noon = Date.UTC(2026, 10, 23, 12)
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const now = noon + 30 * dayMs

/** Three days of calls. */
const three = { from: noon, everyMs: 13 * 60_000, seed: 7 }

describe('lists', () => {
  const { writer, records } = (() => {
    const database = openForWriting(':memory:', newId)
    return { writer: new RecordWriter(database), records: sqliteRecords(database) }
  })()
  const all = crowd(330, three)
  writer.insert(all)

  function pages(query: RecordFilter & { from?: number; to?: number }, limit = 10): string[] {
    const found: string[] = []
    for (let after: string | undefined; ; ) {
      const response = records.list({ limit, ...query, ...(after === undefined ? {} : { after }) })
      expect(response.isPartial).toBeUndefined()
      found.push(...response.records.map(({ id }) => id))
      after = response.next
      if (after === undefined) return found
    }
  }

  /** The records that the live tail would have shown: the same query, applied record by record. */
  function plainly({ costAtLeast, ...filter }: RecordFilter): string[] {
    const query = {
      ...filter,
      ...(costAtLeast === undefined ? {} : { costAtLeast: String(Number(costAtLeast) / 1e9) }),
    }
    return all
      .filter((record) => isTailed(record, query as Parameters<typeof isTailed>[1]))
      .map(({ id }) => id)
      .reverse()
  }

  const some = all[40]!
  const single: RecordFilter[] = [
    {},
    { key: 'key-3' },
    { team: 'engineering' },
    { team: 'labs' },
    { person: 'person-1' },
    { workload: 'workload-2' },
    { kind: 'tool.call' },
    { kind: 'model.generate' },
    { model: 'model-2' },
    { target: 'azure/model-1' },
    { destination: 'azure' },
    { outcome: 'ok' },
    { outcome: 'failed' },
    { code: 'policy-denied' },
    { run: 'run-4' },
    { parent: all.find(({ parent }) => parent !== undefined)!.parent! },
    { tag: 'cost=r1' },
    { policy: 'policy-1' },
    { finding: 'pii' },
    { finding: 'pii/iban' },
    { costAtLeast: 500_000n },
    { key: some.key!, outcome: 'ok', model: some.resource.name },
    { team: 'engineering', tag: 'stage=test', kind: 'tool.call', costAtLeast: 100_000n },
    { finding: 'pii/email', policy: 'policy-0', destination: 'openai' },
    { run: 'run-2', key: 'key-1' },
    { key: "ci' OR 1=1 --" },
    { team: 'sales', key: 'nobody' },
  ]
  test.each(single)(
    '%p: a list returns records from newest to oldest without gaps or repetitions',
    (filter) => {
      const expected = plainly(filter)
      expect(pages(filter)).toEqual(expected)
      expect(pages(filter, 1_000)).toEqual(expected)
      if (Object.keys(filter).length === 1 && !('key' in filter && filter.key?.startsWith('ci')))
        expect(expected.length).toBeGreaterThan(0)
    },
  )

  test('a list of records can be limited to a time range', () => {
    const range = { from: all[100]!.at, to: all[200]!.at }
    const within = (query: RecordFilter) =>
      plainly(query).filter((id) => id >= all[100]!.id && id < all[200]!.id)
    expect(pages(range)).toEqual(within({}))
    expect(pages({ ...range, team: 'engineering', outcome: 'ok' })).toEqual(
      within({ team: 'engineering', outcome: 'ok' }),
    )
  })

  test('a cursor of the previous build, which was an id, continues at its position', () => {
    expect(records.list({ limit: 1, after: all[200]!.id }).records.map(({ id }) => id)).toEqual([
      all[199]!.id,
    ])
  })

  test('lists handle a team with more paths and a destination with more targets than are walked in parallel', () => {
    const { writer, records } = inMemory()
    const many = crowd(200, three).map((record, index) => ({
      ...record,
      teamPath: [`team-${index % 90}`, index % 2 ? 'left' : 'right'],
      target: `azure/model-${index % 80}`,
      destination: 'azure',
    }))
    writer.insert(many)
    const idsOf = (query: RecordFilter) => records.list({ limit: 300, ...query }).records.map(({ id }) => id)
    const newestFirst = many.map(({ id }) => id).reverse()
    expect(idsOf({ destination: 'azure' })).toEqual(newestFirst)
    expect(idsOf({ team: 'left' })).toEqual(newestFirst.filter((_, index) => index % 2 === 0))
    expect(idsOf({ team: 'left', target: 'azure/model-0' })).toEqual([])
  })

  test('one record is found by its id', () => {
    expect(records.get(some.id)).toEqual(some)
    expect(records.get(idAt(some.at, 999))).toBeUndefined()
    expect(records.get('none')).toBeUndefined()
  })
})

test('exchanges with the same millisecond and the same twelve bits are all stored', () => {
  const { writer, records } = inMemory()
  const base = idAt(noon)
  const same = Array.from({ length: 40 }, (_, index) =>
    recordOf(`${base.slice(0, -2)}${String(index).padStart(2, '0')}`),
  )
  writer.insert(same.slice(0, 20))
  writer.insert(same)
  for (const record of same) expect(records.get(record.id)).toEqual(record)
  expect(records.list({ limit: 100 }).records).toHaveLength(40)
})

test('U+0000 in names reaches no column', () => {
  const { database, writer, records } = inMemory()
  writer.insert([
    recordOf(idAt(noon), { resource: { kind: 'model', name: 'a\0b' }, tags: { t: 'x\0' }, run: 'r\0' }),
  ])
  expect(
    records.list({ limit: 1, model: 'a\uFFFDb', tag: 't=x\uFFFD', run: 'r\uFFFD' }).records[0]?.tags,
  ).toEqual({ t: 'x\uFFFD' })
  expect(bodiesOf(database)[0]).not.toContain('\\u0000')
})

test('names of a rolled-back transaction do not count as known', () => {
  const { database, writer, records } = inMemory()
  const record = recordOf(idAt(noon), { key: 'fresh' })
  expect(() =>
    database.transaction(() => {
      writer.insert([record])
      throw new Error('the disk is full')
    })(),
  ).toThrow('the disk is full')
  writer.forget()
  writer.insert([record])
  expect(records.list({ limit: 5, key: 'fresh' }).records).toEqual([record])
})

const allTables = [
  'fact',
  'body',
  'mark',
  'run',
  'name',
  'path_team',
  'latency_hour',
  'latency_day',
  ...rollUps.map(({ table }) => table),
]
/** The content of all tables. */
const contentOf = (database: Database, tables = allTables) =>
  Object.fromEntries(tables.map((table) => [table, database.query(`SELECT * FROM ${table}`).all()]))

test('a record that arrives twice, in one batch or in another, changes nothing', () => {
  const { database, writer } = inMemory()
  const all = crowd(60, three)
  const [first] = all
  expect(writer.insert([...all, first!])).toHaveLength(60)
  const before = contentOf(database)
  expect(writer.insert(all)).toEqual([])
  expect(writer.insert([first!])).toEqual([])
  expect(contentOf(database)).toEqual(before)
})

test('roll-ups, latencies and runs do not depend on how records are divided into batches', () => {
  const all = crowd(200, three)
  const first = inMemory()
  first.writer.insert(all)
  const names = first.database
    .query<{ text: string }, []>('SELECT text FROM name WHERE id > 2 ORDER BY id')
    .all()
  const summed = [1, 7, 200].map((size) => {
    const { database, writer } = inMemory()
    // their ids depend on the order of arrival
    for (const { text } of names) writer.names.idOf(text, 0, false)
    for (let from = 0; from < all.length; from += size) writer.insert(all.slice(from, from + size))
    return contentOf(database, ['run', 'latency_hour', 'latency_day', ...rollUps.map(({ table }) => table)])
  })
  expect(summed[1]).toEqual(summed[0] as never)
  expect(summed[2]).toEqual(summed[0] as never)
})

describe('usage', () => {
  const all = crowd(500, three)
  const database = openForWriting(':memory:', newId)
  new RecordWriter(database).insert(all)
  const records = sqliteRecords(database)

  const dimensionsOf: Readonly<Record<Exclude<UsageDimension, 'tag'>, (record: ExchangeRecord) => string>> = {
    hour: ({ at }) => new Date(Math.floor(at / hourMs) * hourMs).toISOString().replace(':00.000Z', 'Z'),
    day: ({ at }) => new Date(at).toISOString().slice(0, 10),
    kind: ({ kind }) => kind,
    model: ({ resource }) => resource.name,
    target: ({ target }) => target ?? '',
    destination: ({ destination }) => destination ?? '',
    team: ({ team }) => team ?? '',
    key: ({ key }) => key ?? '',
    person: ({ person }) => person ?? '',
    workload: ({ workload }) => workload ?? '',
    outcome: ({ outcome }) => outcome,
    code: ({ code }) => code ?? '',
  }

  function asked(query: Omit<UsageQuery, 'now'>): UsageReport {
    const received = records.usage({ ...query, now })
    if (received.kind !== 'usage') throw new Error(received.kind)
    return received
  }

  /** group → exchanges, cost, tokens, counted one by one over whole hours or days. */
  function plainly({ by, ...query }: Omit<UsageQuery, 'now'>, { from, to }: { from: number; to: number }) {
    const sums = new Map<string, [number, bigint, bigint, bigint]>()
    for (const record of all) {
      if (record.at < from || record.at >= to) continue
      const { from: _from, to: _to, ...filters } = query
      if (!Object.entries(filters).every(([name, text]) => meets(record, name as UsageDimension, text)))
        continue
      const name = by
        .map((dimension) => (dimension === 'tag' ? '' : dimensionsOf[dimension](record)))
        .join('|')
      const [exchanges, cost, input, estimated] = sums.get(name) ?? [0, 0n, 0n, 0n]
      const own = BigInt(record.costNano ?? 0)
      sums.set(name, [
        exchanges + 1,
        cost + own,
        input + BigInt(record.usage?.inputTokens ?? 0),
        estimated + (record.costBasis === 'estimated' ? own : 0n),
      ])
    }
    return Object.fromEntries(sums)
  }

  function meets(record: ExchangeRecord, name: UsageDimension, text: string | undefined): boolean {
    if (name === 'team') return record.teamPath?.includes(text ?? '') === true
    if (name === 'tag')
      return Object.entries(record.tags ?? {}).some(([tag, value]) => `${tag}=${value}` === text)
    return dimensionsOf[name](record) === text
  }

  const days = { from: Date.UTC(2026, 10, 24), to: Date.UTC(2026, 10, 26) }
  const hours = { from: noon + 20 * 60_000, to: noon + 17 * hourMs + 1 }
  const questions: Omit<UsageQuery, 'now'>[] = [
    { ...days, by: ['day'] },
    { ...days, by: [] },
    { ...hours, by: ['hour'] },
    { ...hours, by: ['day', 'team'] },
    { ...hours, by: ['hour', 'model', 'target'] },
    { ...hours, by: ['destination'], model: 'model-1' },
    { ...hours, by: ['hour', 'key'] },
    { ...hours, by: ['kind', 'outcome', 'code'] },
    { ...hours, by: ['hour'], team: 'engineering' },
    { ...days, by: ['key', 'model', 'outcome', 'target'] },
    { ...days, by: ['day', 'model'], team: 'research' },
    { ...days, by: ['person'], workload: 'workload-1' },
    { ...days, by: ['person'] },
    { ...days, by: ['workload', 'code'], kind: 'tool.call', destination: 'azure' },
    { ...days, by: ['day', 'model'], tag: 'cost=r1' },
    { ...days, by: ['team'], key: 'nobody' },
    // only days are kept for key and model: the response covers whole days and reports so
    { ...hours, by: ['key', 'model'] },
  ]
  test.each(questions)('usage by %p equals a count over the single records', (question) => {
    const response = asked(question)
    const found = Object.fromEntries(
      response.rows.map((row) => [
        question.by.map((dimension) => row.group[dimension] ?? '').join('|'),
        [row.exchanges, row.costNano, row.inputTokens, row.estimatedNano],
      ]),
    )
    expect(found as object).toEqual(plainly(question, response))
    expect(response.from).toBeLessThanOrEqual(question.from)
    expect(response.to).toBeGreaterThanOrEqual(question.to)
    expect(response.rows.length > 0).toBe(question.key !== 'nobody')
  })

  test('usage counts a call with several tags under each, and one without tags under none', () => {
    const { rows } = asked({ ...days, by: ['tag'] })
    const untagged = all.filter(
      (record) => record.at >= days.from && record.at < days.to && !record.tags,
    ).length
    expect(rows.find(({ group }) => group.tag === undefined)?.exchanges).toBe(untagged)
    expect(rows.map(({ group }) => group.tag)).toEqual([
      undefined,
      'cost=r0',
      'cost=r1',
      'cost=r2',
      'stage=test',
    ])
  })

  test('a usage query without a roll-up is refused with the possible ones', () => {
    expect(records.usage({ ...days, by: ['tag', 'key'], now })).toMatchObject({
      kind: 'no-roll-up',
      message: expect.stringContaining('tag'),
    })
    expect(records.usage({ ...days, by: ['hour', 'person'], now })).toMatchObject({
      kind: 'no-roll-up',
      message: expect.stringContaining('ask for days'),
    })
    expect(records.usage({ ...days, by: ['hour'], now: now + 200 * dayMs })).toMatchObject({
      kind: 'no-roll-up',
      message: expect.stringContaining('100 days'),
    })
  })

  test('usage amounts are exact beyond 2^53; aggregated refusals count individually; an unresolved name is not a model', () => {
    const { writer, records } = inMemory()
    const huge = 9_007_199_254_740_993n
    writer.insert([
      recordOf(idAt(noon, 1), { costNano: String(huge) }),
      recordOf(idAt(noon, 2), { costNano: String(huge) }),
      recordOf(idAt(noon, 3), {
        outcome: 'refused',
        code: 'unknown-model',
        resource: { kind: 'model', name: 'invented' },
        attempts: [],
        costNano: '0',
        repeats: 50,
      }),
    ])
    const one = { from: noon, to: noon + hourMs, now }
    expect(records.usage({ ...one, by: [] })).toMatchObject({
      rows: [{ exchanges: 52, costNano: huge * 2n }],
    })
    expect(records.usage({ ...one, by: ['model'] })).toMatchObject({
      rows: [{ group: {}, exchanges: 50 }, { group: { model: 'fast' } }],
    })
    expect(records.list({ limit: 5, model: 'invented' }).records).toHaveLength(1)
  })
})

describe('runs', () => {
  /** @param order the order of arrival */
  function plainRun(
    name: string,
    all: readonly ExchangeRecord[],
    order: readonly ExchangeRecord[],
  ): RunSummary {
    const own = all.filter(({ run }) => run === name)
    const firstWritten = order.find(({ run }) => run === name)!
    const ends = own.map((record) => Math.ceil(record.at + record.times.totalMs))
    const last = own.findLast((_, index) => ends[index] === Math.max(...ends))
    return {
      name,
      firstAt: own[0]!.at,
      lastAt: Math.max(...ends),
      root: own[0]!.id,
      key: firstWritten.key!,
      team: firstWritten.team!,
      calls: own.length,
      failed: own.filter(({ outcome }) => outcome !== 'ok').length,
      inputTokens: BigInt(own.reduce((sum, { usage }) => sum + (usage?.inputTokens ?? 0), 0)),
      outputTokens: BigInt(own.reduce((sum, { usage }) => sum + (usage?.outputTokens ?? 0), 0)),
      costNano: own.reduce((sum, { costNano }) => sum + BigInt(costNano ?? 0), 0n),
      unpriced: 0,
      outcome: last!.outcome,
      depth: Math.max(...own.map(({ depth }) => depth ?? 0)),
    }
  }

  test('runs have the sums of their records, in any order of arrival', () => {
    const all = crowd(120, three)
    const names = new Set(all.flatMap(({ run }) => run ?? []))
    for (const order of [all, all.toReversed()]) {
      const { writer, records } = inMemory()
      for (const record of order) writer.insert([record])
      for (const name of names) expect(records.run(name)).toEqual(plainRun(name, all, order))
      const listed = records.runs({ limit: 4 })
      const more = records.runs({ limit: 100, ...(listed.next === undefined ? {} : { after: listed.next }) })
      expect([...listed.runs, ...more.runs].map(({ name }) => name).sort()).toEqual([...names].sort())
      expect(
        records.runs({ limit: 100, callsAtLeast: 2, key: listed.runs[0]!.key! }).runs.map(({ name }) => name),
      ).toContain(listed.runs[0]!.name)
      expect(records.runs({ limit: 100, team: 'nobody' }).runs).toEqual([])
      expect(
        records.runs({ limit: 100, team: 'engineering' }).runs.every(({ team }) => team !== 'sales'),
      ).toBe(true)
      expect(
        records
          .runs({ limit: 100, costAtLeast: 3_000_000n })
          .runs.every(({ costNano }) => costNano >= 3_000_000n),
      ).toBe(true)
    }
  })

  test('a call that names no run gets no row until a second call joins its run, whichever arrives first', () => {
    const all: ExchangeRecord[] = []
    for (const [index, record] of crowd(200, { ...three, seed: 9 }).entries()) {
      const { run: _run, parent: _parent, depth: _depth, ...rest } = record
      const own = `${record.key}:run_${record.id}`
      const joined = index % 5 === 4 ? all[index - 3]!.run! : index % 50 === 9 ? `${record.key}:named` : own
      all.push({ ...rest, run: joined })
    }
    const names = [...new Set(all.map(({ run }) => run!))]
    const callsOf = (name: string) => all.filter(({ run }) => run === name).length
    for (const size of [1, 7, 200])
      for (const order of [all, all.toReversed()]) {
        const { database, writer, records } = inMemory()
        for (let from = 0; from < order.length; from += size) writer.insert(order.slice(from, from + size))
        const runs = names.map((name) => plainRun(name, all, order))
        for (const run of runs) {
          expect(records.run(run.name)).toEqual(run)
          expect(records.list({ limit: 50, run: run.name }).records.map(({ id }) => id)).toEqual(
            all.flatMap(({ id, run: name }) => (name === run.name ? id : [])).reverse(),
          )
        }
        // each once, page by page, with every filter
        const { key, outcome } = runs[40]!
        for (const filter of [
          {},
          { key: key! },
          { outcome },
          { team: 'engineering' },
          { costAtLeast: 500_000n },
          { callsAtLeast: 2 },
          { key: key!, callsAtLeast: 2, costAtLeast: 100n },
        ]) {
          const found: RunSummary[] = []
          for (let after: string | undefined; ; ) {
            const page = records.runs({ limit: 7, ...filter, ...(after === undefined ? {} : { after }) })
            expect(page.isPartial).toBeUndefined()
            found.push(...page.runs)
            after = page.next
            if (after === undefined) break
          }
          const isFound = (run: RunSummary) =>
            (filter.key ?? run.key) === run.key &&
            (filter.outcome ?? run.outcome) === run.outcome &&
            (filter.team === undefined || run.team !== 'sales') &&
            run.costNano >= (filter.costAtLeast ?? 0n) &&
            run.calls >= (filter.callsAtLeast ?? 1)
          const byName = (a: RunSummary, b: RunSummary) => (a.name < b.name ? -1 : 1)
          expect(found.sort(byName)).toEqual(runs.filter(isFound).sort(byName))
        }
        const rows = database.query<{ name: string }, []>('SELECT name FROM run').all()
        expect(rows.map(({ name }) => name).sort()).toEqual(
          names.filter((name) => callsOf(name) > 1 || name.endsWith('named')).sort(),
        )
      }
    const { records } = inMemory()
    expect(records.run(`key-1:run_${all[0]!.id}`)).toBeUndefined()
  })

  test('another key cannot name the run of a single call', () => {
    const { writer, records } = inMemory()
    const one = recordOf(idAt(noon), { run: `ci:run_${idAt(noon)}` })
    writer.insert([one])
    expect(records.run(`other:run_${one.id}`)).toBeUndefined()
    writer.insert([recordOf(idAt(noon, 1), { key: 'other', run: `other:run_${one.id}` })])
    expect(records.run(`other:run_${one.id}`)).toMatchObject({ calls: 1, root: idAt(noon, 1) })
    expect(records.run(`ci:run_${one.id}`)).toMatchObject({ calls: 1, root: one.id })
    expect(records.runs({ limit: 9 }).runs).toHaveLength(2)
  })
})

describe('latencies', () => {
  test('a latency histogram has percentiles within 9 % and is stored without loss', () => {
    const values = Array.from({ length: 5_000 }, (_, index) => 0.3 * 1.002 ** index)
    const histogram: Histogram = {}
    for (const value of values) count(histogram, 'total', value)
    count(histogram, 'gate', 0)
    const back: Histogram = {}
    decodeInto(back, encode(histogram))
    expect(back).toEqual(histogram)
    const found = percentiles(back.total!)
    expect(found.count).toBe(5_000)
    for (const [share, at] of [
      [found.p50, 0.5],
      [found.p95, 0.95],
      [found.p99, 0.99],
    ] as const)
      expect(Math.abs(share / values[Math.ceil(at * 5_000) - 1]! - 1)).toBeLessThan(0.095)
  })

  test('latencies are available by target and by model, over hours, days and all of the time', () => {
    const { writer, records } = inMemory()
    const all = crowd(300, three)
    writer.insert(all)
    const whole = { from: noon - (noon % dayMs), to: now, isByName: true, now }
    const targets = records.latency({ ...whole, of: 'target' })
    const ok = all.filter(({ outcome }) => outcome === 'ok')
    expect(targets.reduce((sum, { measures }) => sum + (measures.total?.count ?? 0), 0)).toBe(ok.length)
    expect(targets.reduce((sum, { measures }) => sum + (measures.gate?.count ?? 0), 0)).toBe(all.length)
    const times = ok
      .filter(({ target }) => target === 'azure/model-1')
      .map(({ times }) => times.totalMs)
      .sort((a, b) => a - b)
    const [one] = records.latency({ ...whole, of: 'target', name: 'azure/model-1', isByName: false })
    expect(one?.measures.total?.count).toBe(times.length)
    expect(Math.abs(one!.measures.total!.p50 / times[Math.ceil(times.length / 2) - 1]! - 1)).toBeLessThan(
      0.095,
    )
    const hourly = records.latency({ ...whole, of: 'model', bucket: 'hour', isByName: false })
    expect(hourly.reduce((sum, { measures }) => sum + (measures.total?.count ?? 0), 0)).toBe(ok.length)
    expect(hourly.map(({ at }) => at)).toEqual([
      ...new Set(all.map(({ at }) => Math.floor(at / hourMs) * hourMs)),
    ])
    expect(records.latency({ ...whole, of: 'target', name: 'nowhere/x' })).toEqual([])
  })
})

describe('retention', () => {
  const keep = { keepMs: 2 * dayMs, teams: { research: 1 * dayMs, labs: 40 * dayMs } }

  function kept(database: Database, writer: RecordWriter, at: number, rule: RetentionRule = keep) {
    const clock = { now: () => at, monotonic: () => performance.now() }
    const { retain } = recordRetention(database, writer, clock)
    let slices = 0
    let removed = 0
    for (;;) {
      const slice = retain(rule)
      removed += slice.removed
      if (slice.isDone) return { slices, removed }
      if (++slices > 10_000) throw new Error('it never ends')
    }
  }

  test('retention deletes records by the nearest team on their path, with all index rows; sums, roll-ups and money stay', () => {
    const { database, writer, records } = inMemory()
    const all = crowd(500, three)
    writer.insert(all)
    const rolled = rollUps.map(({ table }) => table)
    const before = contentOf(database, [...rolled, 'latency_hour', 'latency_day'])
    const at = noon + 5 * dayMs
    const isKept = ({ at: opened, teamPath = [] }: ExchangeRecord) => {
      const days = teamPath[0] === 'labs' ? 40 : teamPath[0] === 'research' ? 1 : 2
      return opened >= at - days * dayMs
    }
    const { removed } = kept(database, writer, at)
    const left = all.filter(isKept).reverse()
    expect(removed).toBeGreaterThan(100)
    expect(records.list({ limit: 1_000 }).records).toEqual(left)
    expect(contentOf(database, [...rolled, 'latency_hour', 'latency_day'])).toEqual(before)
    // no index row refers to a deleted record, and no body block has it any longer
    expect(database.query('SELECT 1 FROM mark WHERE place NOT IN (SELECT place FROM fact)').all()).toEqual([])
    const bodies = database
      .query<{ bodies: Uint8Array }, []>('SELECT bodies FROM body_block')
      .all()
      .flatMap(({ bodies }) => Bun.zstdDecompressSync(bodies).toString().split('\n'))
      .filter((body) => body !== '')
    expect(bodies.map((body): string => JSON.parse(body).id).sort()).toEqual(left.map(({ id }) => id).sort())
    expect(
      records
        .list({ limit: 1_000, team: 'engineering' })
        .records.every(({ team }) => team === 'labs' || left.some((one) => one.team === team)),
    ).toBe(true)
    expect(kept(database, writer, at).removed).toBe(0)
    // a team whose retention became shorter
    expect(kept(database, writer, at, { keepMs: dayMs, teams: {} }).removed).toBeGreaterThan(0)
    expect(records.list({ limit: 1_000 }).records.every(({ at: opened }) => opened >= at - dayMs)).toBe(true)
  })

  test('retention removes hours after 100 days, days after three years, runs with their team, and unused names', () => {
    const { database, writer, records } = inMemory()
    writer.insert(crowd(100, three))
    const countOf = (table: string) =>
      Number(database.query<{ count: bigint }, []>(`SELECT COUNT(*) AS count FROM ${table}`).get()?.count)
    kept(database, writer, noon + 90 * dayMs)
    expect(['fact', 'run', 'mark', 'body_block'].map(countOf)).toEqual([0, 0, 0, 0])
    expect(countOf('hour_key')).toBeGreaterThan(0)
    expect(records.usage({ from: noon - dayMs, to: now, by: ['person'], now })).toMatchObject({
      rows: [{}, {}, {}, {}],
    })
    kept(database, writer, noon + 110 * dayMs)
    for (const { table, grain } of rollUps) expect(countOf(table) > 0).toBe(grain === 'day')
    expect([countOf('latency_hour'), countOf('latency_day') > 0]).toEqual([0, true])
    kept(database, writer, noon + 1_200 * dayMs)
    for (const { table } of rollUps) expect(countOf(table)).toBe(0)
    // the two that no index refers to
    expect([countOf('name'), countOf('path_team'), countOf('latency_day')]).toEqual([2, 0, 0])
    // and everything can be written again
    writer.insert(crowd(100, { ...three, from: noon + 1_200 * dayMs }))
    expect(records.list({ limit: 1_000, key: 'key-1' }).records.length).toBeGreaterThan(0)
  })

  test('a slice of retention takes less than 20 ms', () => {
    const { database, writer } = inMemory()
    const all = crowd(4_000, { ...three, everyMs: 1_000 })
    for (let from = 0; from < all.length; from += 256) writer.insert(all.slice(from, from + 256))
    const { retain } = recordRetention(database, writer, {
      now: () => noon + 100 * dayMs,
      monotonic: () => performance.now(),
    })
    const took: number[] = []
    for (;;) {
      const began = process.cpuUsage()
      const { isDone } = retain({ keepMs: 30 * dayMs, teams: {} })
      const { user, system } = process.cpuUsage(began)
      if (isDone) break
      took.push((user + system) / 1_000)
    }
    took.sort((a, b) => a - b)
    expect(took.length).toBeGreaterThan(10)
    // garbage collection may run in one or the other
    expect(took[Math.floor(took.length * 0.9)]).toBeLessThan(20)
  })
})

test('the queried roll-ups have the columns that the migration created', () => {
  const { database } = inMemory()
  for (const { table, grain, by } of rollUps) {
    const columns = database.query<{ name: string; pk: bigint }, []>(`PRAGMA table_info(${table})`).all()
    expect(columns.map(({ name }) => name)).toEqual([grain, ...by, ...sums])
    expect(columns.filter(({ pk }) => pk > 0n).map(({ name }) => name)).toEqual([grain, ...by])
  }
})
