// Walks a table from the newest row to the oldest and keeps what meets the conditions, in stretches of
// bounded size: however rare a match is, a request looks at `rowsPerRequest` rows and `rowsPerMatch` for each
// row that it asks for, and then says how far it came.

import type { Database, SQLQueryBindings } from 'bun:sqlite'

export interface Condition {
  sql: string
  value: SQLQueryBindings
}

/** How rows are walked: along one index, which holds them in the order of their places. */
export interface Walk {
  /** `fact INDEXED BY fact_of_key`, `mark JOIN …`: whose `place` sorts. */
  from: string
  /** The table whose `place` it is. */
  table: string
  /** What the index leads to; absent: every row. */
  leads?: Condition
}

export interface ScanQuery {
  walk: Walk
  conditions: readonly Condition[]
  /** Places from here on, */
  from: number
  /** and before this one. */
  before: number
  limit: number
}

export interface ScanAnswer {
  places: readonly number[]
  /** Rows that it looked at, at most. */
  visited: number
  /** It stopped before this place and not at the end of what was asked for. */
  stoppedAt?: number
}

export const rowsPerMatch = 20
export const rowsPerRequest = 200_000
const longestStretch = 50_000

/** One match more than `limit` says that there are more. */
export function scan(database: Database, { walk, conditions, from, before, limit }: ScanQuery): ScanAnswer {
  const wanted = limit + 1
  const budget = rowsPerMatch * limit + rowsPerRequest
  const { edge, matches } = statements(database, walk, conditions)
  const leads = walk.leads ? [walk.leads.value] : []
  const values = conditions.map(({ value }) => value)
  const places: number[] = []
  let visited = 0
  let end = before
  for (
    let stretch = Math.min(wanted * rowsPerMatch, longestStretch);
    ;
    stretch = Math.min(stretch * 4, longestStretch, budget - visited)
  ) {
    // no condition beyond the index: what it leads to is a match
    const isPlain = conditions.length === 0
    const begin = isPlain ? from : Math.max(edge.get(...leads, end, from, stretch - 1)?.place ?? from, from)
    const found = matches
      .all(...leads, end, begin, ...values, wanted - places.length)
      .map(({ place }) => place)
    places.push(...found)
    visited += isPlain ? found.length : stretch
    if (places.length >= wanted || begin <= from) return { places, visited }
    if (visited >= budget) return { places, visited, stoppedAt: begin }
    end = begin
  }
}

/** The SQL of a walk, for the statements and for the test of their plans. */
export function scanSql({ from, table, leads }: Walk, conditions: readonly Condition[]) {
  const place = `${table}.place`
  const range = `${leads ? `${leads.sql} AND ` : ''}${place} < ? AND ${place} >= ?`
  const more = conditions.map(({ sql }) => ` AND ${sql}`).join('')
  return {
    edge: `SELECT ${place} AS place FROM ${withoutJoin(from)} WHERE ${range} ORDER BY ${place} DESC LIMIT 1 OFFSET ?`,
    matches: `SELECT ${place} AS place FROM ${from} WHERE ${range}${more} ORDER BY ${place} DESC LIMIT ?`,
  }
}

const withoutJoin = (from: string) => from.split(' CROSS JOIN ', 1)[0] ?? from

function statements(database: Database, walk: Walk, conditions: readonly Condition[]) {
  const sql = scanSql(walk, conditions)
  return {
    edge: database.query<{ place: number }, SQLQueryBindings[]>(sql.edge).safeIntegers(false),
    matches: database.query<{ place: number }, SQLQueryBindings[]>(sql.matches).safeIntegers(false),
  }
}
