// Reads usage from the narrowest roll-up that has everything that a query needs, and only the rows within the
// range.

import type { Database, SQLQueryBindings } from 'bun:sqlite'
import {
  mostUsageRows,
  type UsageDimension,
  type UsageFilter,
  type UsageQuery,
  type UsageResult,
  type UsageRow,
} from '../../../contract/records.ts'
import { destinationOf, teamOfPath } from './facts.ts'
import { type NameFinder, nameFinder } from './find-name.ts'
import { targetsOf } from './list.ts'
import {
  dayMs,
  grainMs,
  hourMs,
  hoursKeptMs,
  type RolledDimension,
  type RollUp,
  rollUps,
} from './roll-ups.ts'

const filterNames = [
  'key',
  'person',
  'workload',
  'team',
  'kind',
  'model',
  'target',
  'destination',
  'outcome',
  'code',
  'tag',
] as const satisfies readonly UsageFilter[]

export function readUsage(database: Database) {
  const names = nameFinder(database)
  return (query: UsageQuery): UsageResult => {
    const rollUp = rollUpFor(query)
    if (typeof rollUp === 'string') return { kind: 'no-roll-up', message: rollUp }
    const range = rangeIn(rollUp, query)
    const where = whereOf(names, query)
    if (!where) return { kind: 'usage', ...range, rows: [] }
    const sql = usageSql(rollUp, query, where)
    const rows = database
      .query<Record<string, bigint>, SQLQueryBindings[]>(sql)
      .all(range.from, range.to, ...where.map(({ value }) => value))
    if (rows.length > mostUsageRows) return { kind: 'too-many-rows' }
    return { kind: 'usage', ...range, rows: named(rows, query.by, names) }
  }
}

/** Returns the reason if no roll-up can serve the query. */
export function rollUpFor({ by, from, to, now, ...filters }: UsageQuery): RollUp | string {
  const needs = new Set<RolledDimension>()
  for (const dimension of [...by, ...filterNames.filter((name) => filters[name] !== undefined)]) {
    const rolled = rolledOf(dimension)
    if (rolled) needs.add(rolled)
  }
  const having = rollUps.filter((rollUp) => [...needs].every((need) => rollUp.by.includes(need)))
  const hourly = having.find(({ grain }) => grain === 'hour')
  const daily = having.find(({ grain }) => grain === 'day')
  const hoursFrom = now - hoursKeptMs
  if (by.includes('hour')) {
    if (from < hoursFrom)
      return `hours are kept for ${hoursKeptMs / dayMs} days; ask for days, or for a later "from".`
    return (
      hourly ??
      'by the hour there is usage of kind, outcome and code, of model and target, of team, and of key; ask for days, or for fewer dimensions.'
    )
  }
  const isWholeDays = from % dayMs === 0 && (to % dayMs === 0 || to >= now)
  const first = (isWholeDays || from < hoursFrom ? daily : undefined) ?? hourly ?? daily
  return first ?? 'usage of a tag goes with day and model only; ask for fewer dimensions.'
}

const rolledOf = (dimension: UsageDimension | UsageFilter): RolledDimension | undefined =>
  dimension === 'hour' || dimension === 'day' ? undefined : dimension === 'destination' ? 'target' : dimension

/** Whole hours or days. An hour or day that is partly in the range counts completely. */
export function rangeIn({ grain }: RollUp, { from, to }: UsageQuery): { from: number; to: number } {
  const ms = grainMs[grain]
  return { from: Math.floor(from / ms) * ms, to: Math.ceil(to / ms) * ms }
}

export interface Where {
  column: RolledDimension
  /** @param at the position of the parameter */
  sql(at: string): string
  value: SQLQueryBindings
}

/** Undefined if the query has a name that nothing has. */
export function whereOf(names: NameFinder, query: UsageQuery): Where[] | undefined {
  const where: Where[] = []
  for (const filter of filterNames) {
    const text = query[filter]
    if (text === undefined) continue
    if (filter === 'destination') {
      where.push({
        column: 'target',
        sql: (at) => `target IN (SELECT id FROM name WHERE ${targetsOf(at)})`,
        value: text,
      })
      continue
    }
    const value = names.idOf(text)
    if (value === undefined) return undefined
    // uses the path on each record, as it was at the time of the call
    const sql = (at: string) =>
      filter === 'team'
        ? `team IN (SELECT path FROM path_team WHERE path_team.team = ${at})`
        : `${filter} = ${at}`
    where.push({ column: filter, sql, value })
  }
  return where
}

/** The SQL of a query, for the statement and for the test of its plan. */
export function usageSql({ table, grain }: RollUp, { by }: Pick<UsageQuery, 'by'>, where: readonly Where[]) {
  const grouped = [
    ...new Set(
      by.map((dimension) =>
        dimension === 'hour' || dimension === 'day' ? dimension : (rolledOf(dimension) ?? dimension),
      ),
    ),
  ]
  const columns = grouped.map((dimension) =>
    dimension === 'hour' || dimension === 'day'
      ? `${grain} / ${grainMs[dimension]} AS ${dimension}_number`
      : dimension,
  )
  const groups = grouped.map((dimension) =>
    dimension === 'hour' || dimension === 'day' ? `${dimension}_number` : dimension,
  )
  const conditions = where.map(({ sql }, index) => `AND ${sql(`?${index + 3}`)}`)
  return `SELECT ${[...columns, ''].join(', ')}SUM(exchanges) AS exchanges, SUM(input_tokens) AS input, SUM(output_tokens) AS output,
    SUM(cache_read_tokens) AS cacheRead, SUM(cost_nano) AS cost, SUM(estimated_nano) AS estimated, SUM(unpriced) AS unpriced
    FROM ${table} WHERE ${grain} >= ?1 AND ${grain} < ?2 ${conditions.join(' ')}
    ${groups.length > 0 ? `GROUP BY ${groups.join(', ')}` : 'HAVING COUNT(*) > 0'} LIMIT ${mostUsageRows + 1}`
}

type Group = Partial<Record<UsageDimension, string>>

/**
 * Replaces ids by names. If requested, replaces paths by their teams and targets by their destinations, so
 * that several rows may become one.
 */
function named(
  rows: readonly Record<string, bigint>[],
  by: readonly UsageDimension[],
  names: NameFinder,
): UsageRow[] {
  const texts = new Map<number, string | undefined>()
  const textOf = (id: bigint | undefined) => {
    const number = Number(id)
    if (!texts.has(number)) texts.set(number, names.textOf(number))
    return texts.get(number)
  }
  const merged = new Map<string, UsageRow>()
  for (const row of rows) {
    const group: Group = {}
    for (const dimension of by) {
      const text = textIn(row, dimension, textOf)
      if (text !== undefined && text !== '') group[dimension] = text
    }
    const name = by.map((dimension) => group[dimension] ?? '').join('\0')
    const before = merged.get(name)
    merged.set(name, before ? plus(before, row) : plus({ ...nothing, group }, row))
  }
  return [...merged].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, row]) => row)
}

function textIn(
  row: Record<string, bigint>,
  dimension: UsageDimension,
  textOf: (id: bigint | undefined) => string | undefined,
): string | undefined {
  if (dimension === 'day') return new Date(Number(row.day_number) * dayMs).toISOString().slice(0, 10)
  if (dimension === 'hour')
    return new Date(Number(row.hour_number) * hourMs).toISOString().replace(':00.000Z', 'Z')
  if (dimension === 'destination') return destinationOf(textOf(row.target))
  const text = textOf(row[dimension])
  return dimension === 'team' && text !== undefined ? teamOfPath(text) : text
}

const nothing = {
  exchanges: 0,
  inputTokens: 0n,
  outputTokens: 0n,
  cacheReadTokens: 0n,
  costNano: 0n,
  estimatedNano: 0n,
  unpriced: 0,
}

const plus = (sum: UsageRow, row: Record<string, bigint>): UsageRow => ({
  group: sum.group,
  exchanges: sum.exchanges + Number(row.exchanges),
  inputTokens: sum.inputTokens + (row.input ?? 0n),
  outputTokens: sum.outputTokens + (row.output ?? 0n),
  cacheReadTokens: sum.cacheReadTokens + (row.cacheRead ?? 0n),
  costNano: sum.costNano + (row.cost ?? 0n),
  estimatedNano: sum.estimatedNano + (row.estimated ?? 0n),
  unpriced: sum.unpriced + Number(row.unpriced),
})
