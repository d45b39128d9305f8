// Runs, a page at a time and one by its name.

import type { Database } from 'bun:sqlite'
import type { Outcome } from '../../../contract/record.ts'
import type { RunList, RunQuery, RunSummary } from '../../../contract/records.ts'
import { teamOfPath } from './facts.ts'
import { type NameFinder, nameFinder } from './find-name.ts'
import { rangeOf } from './list.ts'
import { idOfBytes, timeOfPlace } from './place.ts'
import { type Condition, scan, type Walk } from './scan.ts'

interface RunRow {
  name: string
  first: bigint
  last: bigint
  root: Uint8Array
  key: bigint
  team: bigint
  calls: bigint
  failed: bigint
  input_tokens: bigint
  output_tokens: bigint
  cost_nano: bigint
  unpriced: bigint
  outcome: bigint
  depth: bigint
}

export function listRuns(database: Database) {
  const names = nameFinder(database)
  const rowAt = database.query<RunRow, [number]>('SELECT * FROM run WHERE place = ?')
  return (query: RunQuery): RunList & { visited: number } => {
    const conditions = conditionsOf(names, query)
    if (!conditions) return { runs: [], visited: 0 }
    const { walk, rest } = runWalk(query, conditions)
    const found = scan(database, { walk, conditions: rest, ...rangeOf(query), limit: query.limit })
    const shown = found.places.slice(0, query.limit)
    const runs = shown.flatMap((place) => {
      const row = rowAt.get(place)
      return row ? [summary(row, names)] : []
    })
    const isMore = found.places.length > query.limit
    const last = isMore ? shown.at(-1) : found.stoppedAt
    return {
      runs,
      visited: found.visited,
      ...(last === undefined ? {} : { next: String(last) }),
      ...(found.stoppedAt === undefined || isMore
        ? {}
        : { isPartial: true, scannedTo: timeOfPlace(found.stoppedAt) }),
    }
  }
}

export function getRun(database: Database) {
  const names = nameFinder(database)
  const find = database.query<RunRow, [string]>('SELECT * FROM run WHERE name = ?')
  return (name: string): RunSummary | undefined => {
    const row = find.get(name)
    return row ? summary(row, names) : undefined
  }
}

function conditionsOf(
  names: NameFinder,
  { key, team, outcome, callsAtLeast, costAtLeast }: RunQuery,
): Condition[] | undefined {
  const conditions: Condition[] = []
  for (const [sql, text] of [
    ['run.key = ?', key],
    ['run.team IN (SELECT path FROM path_team WHERE path_team.team = ?)', team],
    ['run.outcome = ?', outcome],
  ] as const) {
    if (text === undefined) continue
    const value = names.idOf(text)
    if (value === undefined) return undefined
    conditions.push({ sql, value })
  }
  if (callsAtLeast !== undefined && callsAtLeast > 1)
    conditions.push({ sql: 'run.calls >= ?', value: callsAtLeast })
  if (costAtLeast !== undefined) conditions.push({ sql: 'run.cost_nano >= ?', value: costAtLeast })
  return conditions
}

/**
 * Runs of several calls are found by their key; most runs are one call, which are found by walking the
 * newest.
 */
export function runWalk(
  { key, callsAtLeast = 1 }: RunQuery,
  conditions: readonly Condition[],
): { walk: Walk; rest: readonly Condition[] } {
  const [first, ...rest] = conditions
  if (key !== undefined && callsAtLeast > 1 && first) {
    return {
      walk: {
        from: 'run INDEXED BY run_of_key',
        table: 'run',
        leads: { sql: 'run.calls > 1 AND run.key = ?', value: first.value },
      },
      rest,
    }
  }
  return { walk: { from: 'run', table: 'run' }, rest: conditions }
}

function summary(row: RunRow, names: NameFinder): RunSummary {
  const key = names.textOf(Number(row.key))
  const path = names.textOf(Number(row.team))
  return {
    name: row.name,
    firstAt: Number(row.first),
    lastAt: Number(row.last),
    root: idOfBytes(row.root),
    ...(key === undefined ? {} : { key }),
    ...(path === undefined ? {} : { team: teamOfPath(path) }),
    calls: Number(row.calls),
    failed: Number(row.failed),
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    costNano: row.cost_nano,
    unpriced: Number(row.unpriced),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what run-writer.ts wrote
    outcome: (names.textOf(Number(row.outcome)) ?? 'ok') as Outcome,
    depth: Number(row.depth),
  }
}
