// Deletes old data, one slice per call: records by the retention of their teams, runs, roll-ups and names.
// Each retention period has a cursor, which walks the records from the oldest. A cursor skips the records of
// other periods once a day, not in each slice.

import type { Database } from 'bun:sqlite'
import type { ExchangeRecord } from '../../../contract/record.ts'
import type { RecordRetention, RetentionRule } from '../../../contract/records.ts'
import type { Clock } from '../../../kit/clock.ts'
import { transact } from '../database.ts'
import { BodyReader, BodyRemover, type Located } from './bodies.ts'
import { marksOf, oldMarksOf, teamsOfPath } from './facts.ts'
import { parseBody } from './lone-calls.ts'
import { placeAt } from './place.ts'
import { dayMs, daysKeptMs, hoursKeptMs, rollUps } from './roll-ups.ts'
import type { RecordWriter } from './writer.ts'

export type SyncRetention = {
  [Name in keyof RecordRetention]: (
    ...takes: Parameters<RecordRetention[Name]>
  ) => Awaited<ReturnType<RecordRetention[Name]>>
}

/** The rows of facts that one slice reads. */
const looksPerSlice = 5_000
/** The intended duration of a slice, which determines how many rows it deletes. */
const aimedMs = 8
const mostDeletes = 1_000
const rowsOfRollUp = 1_000
const namesPerSlice = 5_000

export const recordRetention = (
  database: Database,
  writer: RecordWriter,
  clock: Pick<Clock, 'now' | 'monotonic'>,
): SyncRetention => {
  const retention = new Retention(database, writer, clock)
  return { retain: (rule) => retention.retain(rule) }
}

type Sort = 'fact' | 'run'

interface OldRow {
  place: number
  team: number
  /** For a fact: the address of its body. */
  address?: number
  /** For a run: the time of its end. */
  last?: number
}

class Retention {
  readonly #database
  readonly #writer
  readonly #clock
  readonly #oldRows: Readonly<Record<Sort, { all(...values: number[]): OldRow[] }>>
  readonly #nameOf
  readonly #remover
  #state = newState('', 0)
  /** The number of rows that the next slice deletes. */
  #deletes = 50

  constructor(database: Database, writer: RecordWriter, clock: Pick<Clock, 'now' | 'monotonic'>) {
    this.#database = database
    this.#writer = writer
    this.#clock = clock
    const oldRows = (columns: string, table: Sort) =>
      database
        .query<OldRow, number[]>(
          `SELECT ${columns} FROM ${table} WHERE place >= ? AND place < ? ORDER BY place LIMIT ?`,
        )
        .safeIntegers(false)
    this.#oldRows = {
      fact: oldRows('place, team, address', 'fact'),
      run: oldRows('place, team, last', 'run'),
    }
    this.#nameOf = database.query<{ text: string }, [number]>('SELECT text FROM name WHERE id = ?')
    this.#remover = new RecordRemover(database)
  }

  retain(rule: RetentionRule): { removed: number; isDone: boolean } {
    const now = this.#clock.now()
    const day = Math.floor(now / dayMs)
    const named = JSON.stringify(rule)
    if (this.#state.rule !== named || this.#state.day !== day) this.#state = newState(named, day)
    const lengths = [...new Set([rule.keepMs, ...Object.values(rule.teams)])]
    for (const sort of ['fact', 'run'] as const) {
      for (const keep of lengths) {
        const due = this.#sliceOf(sort, keep, rule, now)
        if (due) return { removed: this.#remove(sort, due), isDone: false }
      }
    }
    const removed =
      oldRollUps(this.#database, now) ||
      oldNames(this.#database, this.#writer, this.#state, day, Math.max(...lengths))
    return { removed: 0, isDone: !removed }
  }

  /** Walks from the cursor of one retention period. Undefined if nothing of it is old. */
  #sliceOf(sort: Sort, keep: number, rule: RetentionRule, now: number): OldRow[] | undefined {
    const cursor = `${sort} ${keep}`
    const begin = this.#state.cursors.get(cursor) ?? 0
    const rows = this.#oldRows[sort].all(begin, placeAt(now - keep), looksPerSlice)
    if (rows.length === 0) return undefined
    const due: OldRow[] = []
    for (const row of rows) {
      if (due.length >= this.#deletes) break
      this.#state.cursors.set(cursor, row.place + 1)
      const isOver = row.last === undefined || row.last < now - keep
      if (isOver && this.#keepOf(row.team, rule) === keep) due.push(row)
    }
    return due
  }

  #remove(sort: Sort, due: readonly OldRow[]): number {
    if (due.length === 0) return 0
    const began = this.#clock.monotonic()
    transact(this.#database, () => {
      if (sort === 'fact') this.#remover.records(due.map(({ place, address = 0 }) => ({ place, address })))
      else for (const { place } of due) this.#remover.run(place)
    })
    const tookMs = Math.max(this.#clock.monotonic() - began, 0.1)
    const next = Math.max(5, Math.min(mostDeletes, this.#deletes * 2, (due.length * aimedMs) / tookMs))
    this.#deletes = Math.round(next)
    return due.length
  }

  /** @param rule the rule of the active configuration */
  #keepOf(team: number, { keepMs, teams }: RetentionRule): number {
    let keep = this.#state.keepOfPath.get(team)
    if (keep === undefined) {
      const path = team === 0 ? [] : teamsOfPath(this.#nameOf.get(team)?.text ?? '')
      const nearest = path.find((name) => Object.hasOwn(teams, name))
      keep = (nearest === undefined ? undefined : teams[nearest]) ?? keepMs
      this.#state.keepOfPath.set(team, keep)
    }
    return keep
  }
}

/** Deletes runs, and records with everything that refers to them. */
class RecordRemover {
  readonly #bodies
  readonly #bodyRemover
  readonly #findName
  readonly #removeMark
  readonly #removeFact
  readonly #removeRun

  constructor(database: Database) {
    this.#bodies = new BodyReader(database)
    this.#bodyRemover = new BodyRemover(database)
    this.#findName = database
      .query<{ id: number }, [string]>('SELECT id FROM name WHERE text = ?')
      .safeIntegers(false)
    this.#removeMark = database.query<never, [number, number]>(
      'DELETE FROM mark WHERE name = ? AND place = ?',
    )
    this.#removeFact = database.query<never, [number]>('DELETE FROM fact WHERE place = ?')
    this.#removeRun = database.query<never, [number]>('DELETE FROM run WHERE place = ?')
  }

  records(located: readonly Located[]): void {
    const blocks = new Map<number, readonly string[]>()
    for (const one of located) {
      const body = this.#bodies.read(one, blocks)
      if (body !== undefined) this.#marks(parseBody(body), one)
      this.#removeFact.run(one.place)
    }
    this.#bodyRemover.remove(located)
  }

  run(place: number): void {
    this.#removeRun.run(place)
  }

  #marks(record: ExchangeRecord, { place, address }: Located): void {
    for (const mark of [...marksOf(record), ...(address === 0 ? oldMarksOf(record) : [])]) {
      const name = this.#findName.get(mark)
      if (name) this.#removeMark.run(name.id, place)
    }
  }
}

interface State {
  rule: string
  day: number
  /** By sort and period: where the next slice continues. */
  cursors: Map<string, number>
  keepOfPath: Map<number, number>
  /** Names up to this one were checked today. */
  names: number
}

const newState = (rule: string, day: number): State => ({
  rule,
  day,
  cursors: new Map(),
  keepOfPath: new Map(),
  names: 0,
})

/** Deletes one slice of one roll-up. False if none is old. */
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

/** Deletes one slice of unused names. False if all were checked. */
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
  // a record exists up to a day longer than its retention, until the next round
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
