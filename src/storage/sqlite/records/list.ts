// A page of records. Every filter is an integer in a narrow row, or a mark. The query walks the index with
// the fewest rows.

import type { Database, SQLQueryBindings } from 'bun:sqlite'
import type { ExchangeRecord } from '../../../contract/record.ts'
import type { RecordFilter, RecordList, RecordQuery } from '../../../contract/records.ts'
import { BodyReader, type Located } from './bodies.ts'
import { markOf } from './facts.ts'
import { type NameFinder, nameFinder } from './find-name.ts'
import { LoneCalls, parseBody } from './lone-calls.ts'
import { bytesOfId, placeAt, placeOfId, placesPerMs, timeOfPlace } from './place.ts'
import { type Condition, scan, type ScanQuery, type Walk, withoutJoin } from './scan.ts'
import { commonKind, commonOutcome } from './schema.ts'

export interface Filter {
  condition: Condition
  /** Indexes that together find all rows that match it. Without one, every row must be read. */
  walks: readonly Walk[]
}

const columns = ['key', 'person', 'workload', 'code', 'kind', 'outcome', 'model', 'target'] as const
type IndexedColumn = (typeof columns)[number] | 'run' | 'team'

/** The rows of an index that are read to estimate its size. */
const sample = 1_000
/** The most paths of a team, or targets of a destination, that are walked in parallel. */
const mostWalks = 64

export function listRecords(database: Database) {
  const names = nameFinder(database)
  const bodies = new BodyReader(database)
  const located = database
    .query<Located, [number]>('SELECT place, address FROM fact WHERE place = ?')
    .safeIntegers(false)
  return (query: RecordQuery): RecordList & { visited: number } => {
    const filters = filtersOf(database, names, query)
    if (!filters) return { records: [], visited: 0 }
    const range = rangeOf(query)
    const { walks, conditions } = chooseWalks(database, filters, range)
    const found = scan(database, { walks, conditions, ...range, limit: query.limit })
    const shown = found.places.slice(0, query.limit)
    const blocks = new Map<number, readonly string[]>()
    const records = shown.flatMap((place) => {
      const row = located.get(place)
      const body = row && bodies.read(row, blocks)
      return body ? [parseBody(body)] : []
    })
    const last = found.places.length > query.limit ? shown.at(-1) : found.stoppedAt
    return {
      records,
      visited: found.visited,
      ...(last === undefined ? {} : { next: String(last) }),
      ...(found.stoppedAt === undefined || found.places.length > query.limit
        ? {}
        : { isPartial: true, scannedTo: timeOfPlace(found.stoppedAt) }),
    }
  }
}

const everything: Walk = { from: 'fact', table: 'fact' }

export function rangeOf({
  from,
  to,
  after,
}: Pick<RecordQuery, 'from' | 'to' | 'after'>): Pick<ScanQuery, 'from' | 'before'> {
  const end = to === undefined ? Number.MAX_SAFE_INTEGER : placeAt(to)
  const cursor = after === undefined ? end : placeOfCursor(after)
  return { from: from === undefined ? 0 : placeAt(from), before: Math.min(end, cursor) }
}

/** Cursors of earlier builds were ids. */
function placeOfCursor(after: string): number {
  if (/^\d{1,16}$/.test(after)) return Number(after)
  return placeOfId(after.toLowerCase())
}

/** Undefined if the query has a name that nothing has. */
export function filtersOf(database: Database, names: NameFinder, query: RecordFilter): Filter[] | undefined {
  const filters: (Filter | undefined)[] = []
  for (const column of columns) {
    const text = query[column]
    if (text === undefined) continue
    const value = names.idOf(text)
    filters.push(value === undefined ? undefined : columnFilter(column, value))
  }
  if (query.run !== undefined) filters.push(runFilter(database, query.run))
  if (query.team !== undefined) filters.push(teamFilter(database, names, query.team))
  if (query.destination !== undefined) filters.push(destinationFilter(database, names, query.destination))
  if (query.parent !== undefined) {
    const condition = { sql: 'fact.parent = ?', value: bytesOfId(query.parent.toLowerCase()) }
    filters.push({
      condition,
      walks: [{ from: 'fact INDEXED BY fact_of_parent', table: 'fact', leads: condition }],
    })
  }
  for (const sort of ['tag', 'policy', 'finding'] as const) {
    const text = query[sort]
    if (text === undefined) continue
    const name = names.idOf(markOf[sort](text))
    filters.push(name === undefined ? undefined : markFilter(name))
  }
  if (query.costAtLeast !== undefined)
    filters.push({ condition: { sql: 'fact.cost_nano >= ?', value: query.costAtLeast }, walks: [] })
  const known = filters.filter((filter) => filter !== undefined)
  return known.length < filters.length ? undefined : known
}

export function columnFilter(column: IndexedColumn, value: number): Filter {
  const condition = { sql: `fact.${column} = ?`, value }
  const isCommon =
    (column === 'kind' && value === commonKind.id) || (column === 'outcome' && value === commonOutcome.id)
  return { condition, walks: isCommon ? [] : [columnWalk(column, value)] }
}

function columnWalk(column: IndexedColumn, value: number): Walk {
  // the planner uses a partial index only if the query repeats its condition
  const indexed =
    column === 'kind'
      ? `fact.kind <> ${commonKind.id}`
      : column === 'outcome'
        ? `fact.outcome <> ${commonOutcome.id}`
        : `fact.${column} > 0`
  return {
    from: `fact INDEXED BY fact_of_${column}`,
    table: 'fact',
    leads: { sql: `${indexed} AND fact.${column} = ?`, value },
  }
}

function runFilter(database: Database, name: string): Filter | undefined {
  const run = database
    .query<{ place: number }, [string]>('SELECT place FROM run WHERE name = ?')
    .safeIntegers(false)
    .get(name)
  if (run) return columnFilter('run', run.place)
  const lone = new LoneCalls(database).find(name)
  if (!lone) return undefined
  const condition = { sql: 'fact.place = ?', value: lone.place }
  return { condition, walks: [{ ...everything, leads: condition }] }
}

/** Uses the path on each record, as it was at the time of the call. */
function teamFilter(database: Database, names: NameFinder, team: string): Filter | undefined {
  const value = names.idOf(team)
  if (value === undefined) return undefined
  const paths = database
    .query<{ path: number }, [number]>('SELECT path FROM path_team WHERE team = ?')
    .safeIntegers(false)
    .all(value)
  const sql = 'fact.team IN (SELECT path FROM path_team WHERE path_team.team = ?)'
  return oneOf(
    { sql, value },
    paths.map(({ path }) => columnWalk('team', path)),
  )
}

function destinationFilter(database: Database, names: NameFinder, destination: string): Filter | undefined {
  const value = names.idOf(destination)
  if (value === undefined) return undefined
  const targets = database
    .query<{ id: number }, [string]>(`SELECT id FROM name WHERE ${targetsOf('?1')}`)
    .safeIntegers(false)
    .all(destination)
  // a destination without targets, such as the client, is a target itself
  const ids = [value, ...targets.map(({ id }) => id)]
  return oneOf(
    { sql: 'fact.destination = ?', value },
    ids.map((id) => columnWalk('target', id)),
  )
}

/** If there are many indexes, none is walked, because a scan of all rows soon finds matches. */
const oneOf = (condition: Condition, walks: readonly Walk[]): Filter => ({
  condition,
  walks: walks.length > mostWalks ? [] : walks,
})

/** Targets are named `destination/…`, and "0" comes after "/". */
export const targetsOf = (destination: string): string =>
  `text >= ${destination} || '/' AND text < ${destination} || '0'`

export const markFilter = (value: number): Filter => ({
  condition: { sql: 'EXISTS (SELECT 1 FROM mark WHERE mark.name = ? AND mark.place = fact.place)', value },
  walks: [
    {
      from: 'mark AS led CROSS JOIN fact ON fact.place = led.place',
      table: 'led',
      leads: { sql: 'led.name = ?', value },
    },
  ],
})

/** The indexes to walk, and the further conditions on each row. */
export function chooseWalks(
  database: Database,
  filters: readonly Filter[],
  range: Pick<ScanQuery, 'from' | 'before'>,
): Pick<ScanQuery, 'walks' | 'conditions'> {
  const chosen = chooseFilter(database, filters, range)
  const conditions = filters.filter((filter) => filter !== chosen).map(({ condition }) => condition)
  return { walks: chosen?.walks ?? [everything], conditions }
}

/**
 * Chooses the filter whose indexes have the fewest rows in the range. Among several long ones, it chooses the
 * filter whose newest rows are furthest apart.
 */
function chooseFilter(
  database: Database,
  filters: readonly Filter[],
  range: Pick<ScanQuery, 'from' | 'before'>,
): Filter | undefined {
  const indexed = filters.filter(({ walks }) => walks.length > 0)
  if (indexed.length < 2) return indexed[0]
  let best: { filter: Filter; reach: number } | undefined
  for (const filter of indexed) {
    const reach = reachOf(database, filter.walks, range)
    if (!best || reach < best.reach) best = { filter, reach }
    if (reach < 0) break
  }
  return best?.filter
}

/** The place of the row after a sample of the newest rows; -1 if there are fewer. */
function reachOf(
  database: Database,
  walks: readonly Walk[],
  { from, before }: Pick<ScanQuery, 'from' | 'before'>,
): number {
  const rows = Math.ceil(sample / walks.length)
  return walks.reduce((highest, { from: source, table, leads }) => {
    const sql = `SELECT ${table}.place AS place FROM ${withoutJoin(source)} WHERE ${leads?.sql} AND ${table}.place < ? AND ${table}.place >= ? ORDER BY ${table}.place DESC LIMIT 1 OFFSET ${rows}`
    const row = database
      .query<{ place: number }, SQLQueryBindings[]>(sql)
      .safeIntegers(false)
      .get(...(leads ? [leads.value] : []), before, from)
    return Math.max(highest, row?.place ?? -1)
  }, -1)
}

export function getRecord(database: Database) {
  const bodies = new BodyReader(database)
  const find = database
    .query<Located, [number, number, Uint8Array]>(
      'SELECT place, address FROM fact WHERE place >= ? AND place < ? AND id = ?',
    )
    .safeIntegers(false)
  return (id: string): ExchangeRecord | undefined => {
    const own = placeOfId(id)
    const begin = own - (own % placesPerMs)
    const row = find.get(begin, begin + placesPerMs, bytesOfId(id))
    const body = row && bodies.read(row)
    return body ? parseBody(body) : undefined
  }
}
