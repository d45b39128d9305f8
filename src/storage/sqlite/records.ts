// Reads what the drain wrote: records page by page, usage from the roll-ups. The shapes vary with the question, so a query builder writes the SQL.

import type { Database, SQLQueryBindings } from 'bun:sqlite'
import type { CompiledQuery } from 'kysely'
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from 'kysely'
import type { ExchangeRecord } from '../../contract/record.ts'
import type { Records, UsageDimension, UsageQuery, UsageRow } from '../../contract/stores.ts'
import type { Tables } from './schema.ts'

export type SyncRecords = { [Name in keyof Records]: (...takes: Parameters<Records[Name]>) => Awaited<ReturnType<Records[Name]>> }

export function sqliteRecords(database: Database): SyncRecords {
  const builder = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (of) => new SqliteIntrospector(of),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  })
  const run = <Row>({ sql, parameters }: CompiledQuery<Row>): Row[] => database.query<Row, SQLQueryBindings[]>(sql).all(...parameters.map(bindable))

  return {
    list(query) {
      // ids sort by time: a page is a stretch of the index, however many records there are
      let select = builder.selectFrom('record').select(['id', 'body']).orderBy('id', 'desc')
      if (query.after !== undefined) select = select.where('id', '<', query.after)
      if (query.from !== undefined) select = select.where('id', '>=', firstIdAt(query.from))
      if (query.to !== undefined) select = select.where('id', '<', firstIdAt(query.to))
      for (const column of ['key', 'team', 'model', 'outcome', 'run'] as const) {
        const value = query[column]
        if (value !== undefined) select = select.where(column, '=', value)
      }
      const rows = run(select.limit(query.limit + 1).compile())
      const page = rows.slice(0, query.limit)
      const records = page.map((row) => parseBody(row.body))
      const last = page.at(-1)
      return rows.length > query.limit && last ? { records, next: last.id } : { records }
    },
    get(id) {
      const [row] = run(builder.selectFrom('record').select('body').where('id', '=', id).compile())
      return row && parseBody(row.body)
    },
    usage: (query) => run(usageSelect(builder, query).compile()).map((row) => usageRow(query.by, row)),
  }
}

/** Whole hours of UTC: one that `from` or `to` falls into counts wholly. */
function usageSelect(builder: Kysely<Tables>, query: UsageQuery) {
  const { sum } = builder.fn
  let select = builder
    .selectFrom('usage')
    .select([
      sum<bigint>('exchanges').as('exchanges'),
      sum<bigint>('input_tokens').as('input'),
      sum<bigint>('output_tokens').as('output'),
      sum<bigint>('cache_read_tokens').as('cacheRead'),
      sum<bigint>('cost_nano').as('cost'),
      sum<bigint>('unpriced').as('unpriced'),
    ])
    // no rows at all have no sum, not a sum of nothing
    .having(builder.fn.countAll(), '>', 0)
    .where('hour', '>=', BigInt(Math.floor(query.from / hourMs) * hourMs))
    .where('hour', '<', BigInt(Math.ceil(query.to / hourMs) * hourMs))
    .$castTo<Sums & Partial<Record<UsageDimension, string>>>()
  for (const dimension of query.by) {
    select =
      dimension === 'day' ? select.select(day.as('day')).groupBy(day).orderBy(day) : select.select(dimension).groupBy(dimension).orderBy(dimension)
  }
  for (const column of ['key', 'team', 'model'] as const) {
    const value = query[column]
    if (value !== undefined) select = select.where(column, '=', value)
  }
  return select
}

interface Sums {
  exchanges: bigint
  input: bigint
  output: bigint
  cacheRead: bigint
  cost: bigint
  unpriced: bigint
}

const day = sql<string>`date(hour / 1000, 'unixepoch')`

const hourMs = 3_600_000

function usageRow(by: readonly UsageDimension[], row: Sums & Partial<Record<UsageDimension, string>>): UsageRow {
  const group: Partial<Record<UsageDimension, string>> = {}
  for (const dimension of by) {
    const value = row[dimension]
    // an exchange that never had a key, team or target has an empty one in the roll-up
    if (value !== undefined && value !== '') group[dimension] = value
  }
  return {
    group,
    exchanges: Number(row.exchanges),
    inputTokens: row.input,
    outputTokens: row.output,
    cacheReadTokens: row.cacheRead,
    costNano: row.cost,
    unpriced: Number(row.unpriced),
  }
}

/** The smallest UUIDv7 of a moment, for comparisons. */
function firstIdAt(at: number): string {
  const hex = Math.max(0, Math.floor(at)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7`
}

// what record-writer.ts wrote
const parseBody = (body: string): ExchangeRecord => JSON.parse(body)

function bindable(value: unknown): SQLQueryBindings {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || value === null) return value
  throw new TypeError(`a ${typeof value} cannot be a parameter of a query`)
}
