// Walks a table from the newest row to the oldest and returns the rows that match the conditions, in steps of
// bounded size. Even if matches are rare, a request reads at most `rowsPerRequest` rows, plus `rowsPerMatch`
// for each row that it wants, and then reports how far it got. Several walks are merged, newest rows first.

import type { Database, SQLQueryBindings } from 'bun:sqlite'

export interface Condition {
  sql: string
  value: SQLQueryBindings
}

/** A walk along one index, which has the rows in the order of their places. */
export interface Walk {
  /** `fact INDEXED BY fact_of_key`, `mark JOIN …`: sorted by its `place`. */
  from: string
  /** The table that has the `place`. */
  table: string
  /** The condition that the index serves. Absent means every row. */
  leads?: Condition
}

export interface ScanQuery {
  /** The walks share no row. */
  walks: readonly Walk[]
  conditions: readonly Condition[]
  /** Places from here on, */
  from: number
  /** and before this one. */
  before: number
  limit: number
  /** The most rows to read. Absent means the limit of a request. */
  budget?: number
}

export interface ScanAnswer {
  places: readonly number[]
  /** An upper bound of the rows that were read. */
  visited: number
  /** The place at which it stopped before the end of the requested range. */
  stoppedAt?: number
}

export const rowsPerMatch = 20
export const rowsPerRequest = 200_000
const longestStretch = 50_000

/** The most rows that a request for so many matches may read. */
export const budgetOf = (limit: number): number => rowsPerMatch * limit + rowsPerRequest

/** Returns one match more than `limit` if there are more. */
export function scan(database: Database, query: ScanQuery): ScanAnswer {
  const { walks, conditions, from, before, limit, budget = budgetOf(query.limit) } = query
  const wanted = limit + 1
  const tracks = walks.map((walk) => new Track(database, walk, conditions))
  const places: number[] = []
  let visited = 0
  let end = before
  for (
    let stretch = Math.min(wanted * rowsPerMatch, longestStretch);
    ;
    stretch = Math.min(stretch * 4, longestStretch, budget - visited)
  ) {
    // no condition beyond the index, so every row of it matches
    const isPlain = conditions.length === 0
    const share = Math.max(1, Math.floor(stretch / walks.length))
    // not further down than the shortest walk, so that together they pass at most one step
    const begin = isPlain
      ? from
      : tracks.reduce((highest, track) => Math.max(highest, track.edge(end, from, share)), from)
    const found = newest(tracks, end, begin, wanted - places.length)
    places.push(...found.places)
    visited += isPlain ? found.count : share * walks.length
    if (places.length >= wanted || begin <= from) return { places, visited }
    if (visited >= budget) return { places, visited, stoppedAt: begin }
    end = begin
  }
}

/** The newest matches of all walks, and the number of rows that were read. */
function newest(tracks: readonly Track[], end: number, begin: number, wanted: number) {
  const places: number[] = []
  for (const track of tracks) places.push(...track.matches(end, begin, wanted))
  const count = places.length
  if (tracks.length > 1) places.sort((a, b) => b - a)
  return { places: places.slice(0, wanted), count }
}

class Track {
  readonly #leads
  readonly #values
  readonly #edge
  readonly #matches

  constructor(database: Database, walk: Walk, conditions: readonly Condition[]) {
    const sql = scanSql(walk, conditions)
    this.#leads = walk.leads ? [walk.leads.value] : []
    this.#values = conditions.map(({ value }) => value)
    this.#edge = database.query<{ place: number }, SQLQueryBindings[]>(sql.edge).safeIntegers(false)
    this.#matches = database.query<{ place: number }, SQLQueryBindings[]>(sql.matches).safeIntegers(false)
  }

  /** The place where the first `rows` rows before `end` begin; `from` if there are fewer. */
  edge(end: number, from: number, rows: number): number {
    return this.#edge.get(...this.#leads, end, from, rows - 1)?.place ?? from
  }

  matches(end: number, begin: number, limit: number): number[] {
    return this.#matches.all(...this.#leads, end, begin, ...this.#values, limit).map(({ place }) => place)
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

export const withoutJoin = (from: string) => from.split(' CROSS JOIN ', 1)[0] ?? from
