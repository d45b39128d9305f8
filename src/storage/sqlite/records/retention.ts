// Deletes what is old, a slice at each call: records by the retention of their teams, runs, roll-ups and
// names. One cursor for each length of retention walks the records from the oldest; what another length keeps
// is passed over once a day, not at each slice.

import type { Database } from 'bun:sqlite'
import type { RecordRetention, RetentionRule } from '../../../contract/records.ts'
import type { Clock } from '../../../kit/clock.ts'
import { transact } from '../database.ts'
import { marksOf, teamsOfPath } from './facts.ts'
import { parseBody } from './list.ts'
import { placeAt } from './place.ts'
import { dayMs, daysKeptMs, hoursKeptMs, rollUps } from './roll-ups.ts'
import type { RecordWriter } from './writer.ts'

export type SyncRetention = {
  [Name in keyof RecordRetention]: (
    ...takes: Parameters<RecordRetention[Name]>
  ) => Awaited<ReturnType<RecordRetention[Name]>>
}

/** Rows of facts that one slice looks at. */
const looksPerSlice = 5_000
/** A slice is meant to take so long; how many rows it deletes follows. */
const aimedMs = 8
const mostDeletes = 1_000
const rowsOfRollUp = 1_000
const namesPerSlice = 5_000

export function recordRetention(
  database: Database,
  writer: RecordWriter,
  clock: Pick<Clock, 'now' | 'monotonic'>,
): SyncRetention {
  const oldFacts = database
    .query<{ place: number; team: number }, number[]>(
      'SELECT place, team FROM fact WHERE place >= ? AND place < ? ORDER BY place LIMIT ?',
    )
    .safeIntegers(false)
  const oldRuns = database
    .query<{ place: number; team: number; last: number }, number[]>(
      'SELECT place, team, last FROM run WHERE place >= ? AND place < ? ORDER BY place LIMIT ?',
    )
    .safeIntegers(false)
  const bodyAt = database.query<{ body: string }, [number]>('SELECT body FROM body WHERE place = ?')
  const nameOf = database.query<{ text: string }, [number]>('SELECT text FROM name WHERE id = ?')
  const findName = database
    .query<{ id: number }, [string]>('SELECT id FROM name WHERE text = ?')
    .safeIntegers(false)
  const removeMark = database.query<never, [number, number]>('DELETE FROM mark WHERE name = ? AND place = ?')
  const removeBody = database.query<never, [number]>('DELETE FROM body WHERE place = ?')
  const removeFact = database.query<never, [number]>('DELETE FROM fact WHERE place = ?')
  const removeRun = database.query<never, [number]>('DELETE FROM run WHERE place = ?')

  let state = newState('', 0)
  let deletes = 50

  function remove(place: number) {
    const row = bodyAt.get(place)
    for (const mark of row ? marksOf(parseBody(row.body)) : []) {
      const name = findName.get(mark)
      if (name) removeMark.run(name.id, place)
    }
    removeBody.run(place)
    removeFact.run(place)
  }

  /** @param rule of the configuration in force */
  function keepOf(team: number, { keepMs, teams }: RetentionRule): number {
    let keep = state.keepOfPath.get(team)
    if (keep === undefined) {
      const path = team === 0 ? [] : teamsOfPath(nameOf.get(team)?.text ?? '')
      const nearest = path.find((name) => Object.hasOwn(teams, name))
      keep = (nearest === undefined ? undefined : teams[nearest]) ?? keepMs
      state.keepOfPath.set(team, keep)
    }
    return keep
  }

  /** Walks from the cursor of one length. undefined: nothing of it is old. */
  function sliceOf(
    sort: 'fact' | 'run',
    keep: number,
    rule: RetentionRule,
    now: number,
  ): number[] | undefined {
    const cursor = `${sort} ${keep}`
    const begin = state.cursors.get(cursor) ?? 0
    const end = placeAt(now - keep)
    const rows = (sort === 'fact' ? oldFacts : oldRuns).all(begin, end, looksPerSlice)
    if (rows.length === 0) return undefined
    const due: number[] = []
    for (const row of rows) {
      if (due.length >= deletes) break
      state.cursors.set(cursor, row.place + 1)
      const isOver = !('last' in row) || Number(row.last) < now - keep
      if (isOver && keepOf(row.team, rule) === keep) due.push(row.place)
    }
    return due
  }

  return {
    retain(rule) {
      const now = clock.now()
      const day = Math.floor(now / dayMs)
      const named = JSON.stringify(rule)
      if (state.rule !== named || state.day !== day) state = newState(named, day)
      const lengths = [...new Set([rule.keepMs, ...Object.values(rule.teams)])]
      for (const sort of ['fact', 'run'] as const) {
        for (const keep of lengths) {
          const due = sliceOf(sort, keep, rule, now)
          if (!due) continue
          const began = clock.monotonic()
          if (due.length > 0) {
            transact(database, () => {
              for (const place of due)
                if (sort === 'fact') remove(place)
                else removeRun.run(place)
            })
            const tookMs = Math.max(clock.monotonic() - began, 0.1)
            deletes = Math.round(
              Math.max(5, Math.min(mostDeletes, deletes * 2, (due.length * aimedMs) / tookMs)),
            )
          }
          return { removed: due.length, isDone: false }
        }
      }
      const removed =
        oldRollUps(database, now) || oldNames(database, writer, state, day, Math.max(...lengths))
      return { removed: 0, isDone: !removed }
    },
  }
}

interface State {
  rule: string
  day: number
  /** By sort and length: where it goes on. */
  cursors: Map<string, number>
  keepOfPath: Map<number, number>
  /** Names up to this one were looked at today. */
  names: number
}

const newState = (rule: string, day: number): State => ({
  rule,
  day,
  cursors: new Map(),
  keepOfPath: new Map(),
  names: 0,
})

/** One slice of one roll-up. false: none is old. */
function oldRollUps(database: Database, now: number): boolean {
  const latencies = (['hour', 'day'] as const).map((grain) => ({
    table: `latency_${grain}`,
    grain,
    by: ['is_model', 'name'],
  }))
  for (const { table, grain, by } of [...rollUps, ...latencies]) {
    const before = now - (grain === 'hour' ? hoursKeptMs : daysKeptMs)
    const columns = [grain, ...by].join(', ')
    const old = `SELECT ${columns} FROM ${table} WHERE ${table.startsWith('latency') ? 'is_model IN (0, 1) AND ' : ''}${grain} < ? LIMIT ${rowsOfRollUp}`
    if (!database.query(old).get(before)) continue
    transact(database, () =>
      database.query(`DELETE FROM ${table} WHERE (${columns}) IN (${old})`).run(before),
    )
    return true
  }
  return false
}

/** One slice of the names that nothing has any longer. false: all were looked at. */
function oldNames(
  database: Database,
  writer: RecordWriter,
  state: State,
  today: number,
  longestKeepMs: number,
): boolean {
  const rows = database
    .query<{ id: number; day: number; is_counted: number }, [number, number]>(
      'SELECT id, day, is_counted FROM name WHERE id > ? ORDER BY id LIMIT ?',
    )
    .safeIntegers(false)
    .all(state.names, namesPerSlice)
  const last = rows.at(-1)
  if (!last) return false
  state.names = last.id
  // a record lives up to a day longer than its retention, until the next round
  const oldest = (isCounted: number) =>
    today - Math.ceil(Math.max(longestKeepMs, isCounted === 1 ? daysKeptMs : 0) / dayMs) - 2
  const due = rows.filter(({ day, is_counted }) => day < oldest(is_counted))
  if (due.length === 0) return true
  transact(database, () => {
    const remove = database.query<never, [number]>('DELETE FROM name WHERE id = ?')
    for (const { id } of due) remove.run(id)
    database.run(
      'DELETE FROM path_team WHERE path NOT IN (SELECT id FROM name) OR team NOT IN (SELECT id FROM name)',
    )
  })
  writer.forget()
  return true
}
