// Reads a page of runs, or one run by its name. Runs of several calls have a row. A lone call is a complete
// run, and its record has everything that a row would have.

import type { Database } from 'bun:sqlite'
import type { Outcome } from '../../../contract/record.ts'
import type { RunList, RunQuery, RunSummary } from '../../../contract/records.ts'
import { BodyReader, type Located } from './bodies.ts'
import { teamOfPath } from './facts.ts'
import { type NameFinder, nameFinder } from './find-name.ts'
import { columnFilter, rangeOf } from './list.ts'
import { LoneCalls, loneRun, parseBody, summarizeLone } from './lone-calls.ts'
import { idOfBytes, timeOfPlace } from './place.ts'
import { budgetOf, type Condition, scan, type ScanAnswer, type ScanQuery, type Walk } from './scan.ts'

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

interface LoneRow extends Located {
  key: number
  team: number
}

export function listRuns(database: Database) {
  const names = nameFinder(database)
  const rowAt = database.query<RunRow, [number]>('SELECT * FROM run WHERE place = ?')
  const loneAt = database
    .query<LoneRow, [number]>(
      `SELECT place, address, key, team FROM fact WHERE place = ? AND run = ${loneRun}`,
    )
    .safeIntegers(false)
  const bodies = new BodyReader(database)

  function summaryAt(place: number, blocks: Map<number, readonly string[]>): RunSummary | undefined {
    const lone = loneAt.get(place)
    const body = lone && bodies.read(lone, blocks)
    if (lone && body) return summarizeLone(parseBody(body), ...caller(lone, names))
    const row = rowAt.get(place)
    return row ? summary(row, names) : undefined
  }

  return (query: RunQuery): RunList & { visited: number } => {
    const scans = runScans(names, query)
    if (!scans) return { runs: [], visited: 0 }
    const found = scanInTurn(database, scans, { ...rangeOf(query), limit: query.limit })
    const shown = found.places.slice(0, query.limit)
    const blocks = new Map<number, readonly string[]>()
    const runs = shown.flatMap((place) => summaryAt(place, blocks) ?? [])
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
  const lone = new LoneCalls(database)
  return (name: string): RunSummary | undefined => {
    const row = find.get(name)
    if (row) return summary(row, names)
    const call = lone.find(name)
    return call && summarizeLone(call.record, ...caller(call, names))
  }
}

/**
 * The tables to search: runs of several calls, and lone calls if they can match. Undefined if the query has a
 * name that nothing has.
 */
export function runScans(
  names: NameFinder,
  query: RunQuery,
): Pick<ScanQuery, 'walks' | 'conditions'>[] | undefined {
  const { key, team, outcome, callsAtLeast = 1, costAtLeast } = query
  const ids = new Map<string, number>()
  for (const [name, text] of Object.entries({ key, team, outcome })) {
    if (text === undefined) continue
    const id = names.idOf(text)
    if (id === undefined) return undefined
    ids.set(name, id)
  }
  const conditionsOf = (table: 'run' | 'fact'): Condition[] => {
    const conditions: Condition[] = []
    const [teamId, outcomeId] = [ids.get('team'), ids.get('outcome')]
    if (teamId !== undefined)
      conditions.push({
        sql: `${table}.team IN (SELECT path FROM path_team WHERE path_team.team = ?)`,
        value: teamId,
      })
    if (outcomeId !== undefined) conditions.push({ sql: `${table}.outcome = ?`, value: outcomeId })
    if (costAtLeast !== undefined)
      conditions.push({ sql: `COALESCE(${table}.cost_nano, 0) >= ?`, value: costAtLeast })
    return conditions
  }
  const keyId = ids.get('key')
  const rows = { walks: [runWalk(keyId, callsAtLeast)], conditions: conditionsOf('run') }
  if (callsAtLeast > 1) rows.conditions.push({ sql: 'run.calls >= ?', value: callsAtLeast })
  if (keyId !== undefined && callsAtLeast <= 1) rows.conditions.push({ sql: 'run.key = ?', value: keyId })
  const lone = {
    walks: keyId === undefined ? [{ from: 'fact', table: 'fact' }] : columnFilter('key', keyId).walks,
    conditions: [{ sql: 'fact.run = ?', value: loneRun }, ...conditionsOf('fact')],
  }
  return callsAtLeast > 1 ? [rows] : [rows, lone]
}

const runWalk = (key: number | undefined, callsAtLeast: number): Walk =>
  key !== undefined && callsAtLeast > 1
    ? {
        from: 'run INDEXED BY run_of_key',
        table: 'run',
        leads: { sql: 'run.calls > 1 AND run.key = ?', value: key },
      }
    : { from: 'run', table: 'run' }

/** Each scan stops where the scans before it found enough rows or stopped. */
function scanInTurn(
  database: Database,
  scans: readonly Pick<ScanQuery, 'walks' | 'conditions'>[],
  { from, before, limit }: Pick<ScanQuery, 'from' | 'before' | 'limit'>,
): ScanAnswer {
  const budget = Math.floor(budgetOf(limit) / scans.length)
  const answers: ScanAnswer[] = []
  let lowest = from
  for (const walked of scans) {
    const answer = scan(database, { ...walked, from: lowest, before, limit, budget })
    answers.push(answer)
    lowest = Math.max(lowest, answer.places[limit] ?? answer.stoppedAt ?? lowest)
  }
  return merge(answers)
}

/** Newest first, down to the place where the first scan stopped. */
function merge(answers: readonly ScanAnswer[]): ScanAnswer {
  const stops = answers.flatMap(({ stoppedAt }) => stoppedAt ?? [])
  const stoppedAt = stops.length > 0 ? Math.max(...stops) : undefined
  const places = answers
    .flatMap((answer) => answer.places)
    .filter((place) => place >= (stoppedAt ?? 0))
    .sort((a, b) => b - a)
  const visited = answers.reduce((sum, answer) => sum + answer.visited, 0)
  return { places, visited, ...(stoppedAt === undefined ? {} : { stoppedAt }) }
}

function caller(
  { key, team }: { key: number | bigint; team: number | bigint },
  names: NameFinder,
): [key: string | undefined, team: string | undefined] {
  const path = names.textOf(Number(team))
  return [names.textOf(Number(key)), path === undefined ? undefined : teamOfPath(path)]
}

function summary(row: RunRow, names: NameFinder): RunSummary {
  const [key, team] = caller(row, names)
  return {
    name: row.name,
    firstAt: Number(row.first),
    lastAt: Number(row.last),
    root: idOfBytes(row.root),
    ...(key === undefined ? {} : { key }),
    ...(team === undefined ? {} : { team }),
    calls: Number(row.calls),
    failed: Number(row.failed),
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    costNano: row.cost_nano,
    unpriced: Number(row.unpriced),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- run-writer.ts wrote it
    outcome: (names.textOf(Number(row.outcome)) ?? 'ok') as Outcome,
    depth: Number(row.depth),
  }
}
