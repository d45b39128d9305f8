// A page of records. Every filter is an integer in a narrow row or a mark; of the indexes that lead to a
// filter the one with the fewest rows is walked.

import type { Database, SQLQueryBindings } from 'bun:sqlite'
import type { ExchangeRecord } from '../../../contract/record.ts'
import type { RecordFilter, RecordList, RecordQuery } from '../../../contract/records.ts'
import { markOf } from './facts.ts'
import { type NameFinder, nameFinder } from './find-name.ts'
import { bytesOfId, placeAt, placeOfId, placesPerMs, timeOfPlace } from './place.ts'
import { type Condition, scan, type ScanQuery, type Walk } from './scan.ts'
import { commonKind, commonOutcome } from './schema.ts'

export interface Filter {
  condition: Condition
  /** An index that leads to it. */
  walk?: Walk
}

const columns = [
  'run',
  'key',
  'person',
  'workload',
  'code',
  'kind',
  'outcome',
  'model',
  'target',
  'destination',
] as const

/** Rows of an index that are looked at to learn how many it has. */
const sample = 1_000

export function listRecords(database: Database) {
  const names = nameFinder(database)
  const bodyAt = database.query<{ body: string }, [number]>('SELECT body FROM body WHERE place = ?')
  return (query: RecordQuery): RecordList & { visited: number } => {
    const filters = filtersOf(database, names, query)
    if (!filters) return { records: [], visited: 0 }
    const range = rangeOf(query)
    const walk = chooseWalk(database, filters, range)
    const conditions = filters
      .filter((filter) => filter.walk !== walk || !walk)
      .map(({ condition }) => condition)
    const found = scan(database, { walk: walk ?? everything, conditions, ...range, limit: query.limit })
    const shown = found.places.slice(0, query.limit)
    const records = shown.flatMap((place) => {
      const row = bodyAt.get(place)
      return row ? [parseBody(row.body)] : []
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

export const everything: Walk = { from: 'fact', table: 'fact' }

/** What record-writer wrote. */
export const parseBody = (body: string): ExchangeRecord => JSON.parse(body)

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

/** undefined: something is named that nothing has. */
export function filtersOf(database: Database, names: NameFinder, query: RecordFilter): Filter[] | undefined {
  const filters: Filter[] = []
  for (const column of columns) {
    const text = query[column]
    if (text === undefined) continue
    const value = column === 'run' ? placeOfRun(database, text) : names.idOf(text)
    if (value === undefined) return undefined
    filters.push(columnFilter(column, value))
  }
  if (query.parent !== undefined) {
    const condition = { sql: 'fact.parent = ?', value: bytesOfId(query.parent.toLowerCase()) }
    filters.push({
      condition,
      walk: { from: 'fact INDEXED BY fact_of_parent', table: 'fact', leads: condition },
    })
  }
  for (const sort of ['team', 'tag', 'policy', 'finding'] as const) {
    const text = query[sort]
    if (text === undefined) continue
    const name = names.idOf(markOf[sort](text))
    if (name === undefined) return undefined
    filters.push(markFilter(name))
  }
  if (query.costAtLeast !== undefined)
    filters.push({ condition: { sql: 'fact.cost_nano >= ?', value: query.costAtLeast } })
  return filters
}

function placeOfRun(database: Database, name: string): number | undefined {
  return database
    .query<{ place: number }, [string]>('SELECT place FROM run WHERE name = ?')
    .safeIntegers(false)
    .get(name)?.place
}

export function columnFilter(column: (typeof columns)[number], value: number): Filter {
  const condition = { sql: `fact.${column} = ?`, value }
  const isCommon =
    (column === 'kind' && value === commonKind.id) || (column === 'outcome' && value === commonOutcome.id)
  if (isCommon) return { condition }
  // the planner takes a partial index only where its own condition is said again
  const indexed =
    column === 'kind'
      ? `fact.kind <> ${commonKind.id}`
      : column === 'outcome'
        ? `fact.outcome <> ${commonOutcome.id}`
        : `fact.${column} > 0`
  return {
    condition,
    walk: {
      from: `fact INDEXED BY fact_of_${column}`,
      table: 'fact',
      leads: { sql: `${indexed} AND fact.${column} = ?`, value },
    },
  }
}

export const markFilter = (value: number): Filter => ({
  condition: { sql: 'EXISTS (SELECT 1 FROM mark WHERE mark.name = ? AND mark.place = fact.place)', value },
  walk: {
    from: 'mark AS led CROSS JOIN fact ON fact.place = led.place',
    table: 'led',
    leads: { sql: 'led.name = ?', value },
  },
})

/**
 * The index with the fewest rows in the range; of several long ones that whose newest rows lie furthest
 * apart.
 */
export function chooseWalk(
  database: Database,
  filters: readonly Filter[],
  { from, before }: Pick<ScanQuery, 'from' | 'before'>,
): Walk | undefined {
  const walks = filters.flatMap(({ walk }) => walk ?? [])
  if (walks.length < 2) return walks[0]
  let best: { walk: Walk; reach: number } | undefined
  for (const walk of walks) {
    const { from: source, table, leads } = walk
    const row = database
      .query<{ place: number }, SQLQueryBindings[]>(
        `SELECT ${table}.place AS place FROM ${source.split(' CROSS JOIN ', 1)[0]} WHERE ${leads?.sql} AND ${table}.place < ? AND ${table}.place >= ? ORDER BY ${table}.place DESC LIMIT 1 OFFSET ${sample}`,
      )
      .safeIntegers(false)
      .get(...(leads ? [leads.value] : []), before, from)
    const reach = row?.place ?? -1
    if (!best || reach < best.reach) best = { walk, reach }
    if (reach < 0) break
  }
  return best?.walk
}

export function getRecord(database: Database) {
  const find = database.query<{ body: string }, [number, number, Uint8Array]>(
    'SELECT body.body FROM fact CROSS JOIN body ON body.place = fact.place WHERE fact.place >= ? AND fact.place < ? AND fact.id = ?',
  )
  return (id: string): ExchangeRecord | undefined => {
    const own = placeOfId(id)
    const begin = own - (own % placesPerMs)
    const row = find.get(begin, begin + placesPerMs, bytesOfId(id))
    return row ? parseBody(row.body) : undefined
  }
}
