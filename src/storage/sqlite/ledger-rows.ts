// The ledger's rows and the statements on them. They run for each acquire and each record, so they are plain
// SQL without a query builder.

import { valueScope } from '../run-scope.ts'
import type { Database } from 'bun:sqlite'
import type { BudgetDeclaration } from '../../contract/budgets.ts'
import { type HoldState, mostOpenRuns, mostValues, setBackEpoch } from '../../contract/stores.ts'
import type { Window } from '../../kit/windows.ts'
import { windowAfter, windowAt } from '../../kit/windows.ts'

export interface BudgetRow {
  id: string
  cap: bigint
  per: BudgetDeclaration['per']
  zone: string
  is_hard: bigint
  /** The budget belongs to a key that an administrator made, not to the rules. */
  is_of_key: bigint
}

export interface BucketRow {
  budget: string
  window: string
  starts: bigint | null
  ends: bigint | null
  cap: bigint
  /** Σ(granted − returned) of its holds. */
  committed: bigint
  version: bigint
  /** Spent by holds that were closed and removed. */
  closed: bigint
  at_bound: bigint
  estimated: bigint
  forgiven: bigint
  released: bigint
  used_at: bigint
  is_over: bigint
}

export interface HoldRow {
  budget: string
  window: string
  holder: string
  epoch: bigint
  granted: bigint
  returned: bigint
  spent: bigint
  written_off: bigint
  state: 'live' | 'proven' | 'doubt' | 'closed'
  is_recalled: bigint
  doubt_since: bigint | null
}

export interface HolderRow {
  id: string
  epoch: bigint
  nonce: string
  seq: bigint
  reply: string | null
  seen: bigint
  is_silent: bigint
  digest: string
  drain_segment: bigint
  drain_offset: bigint
  heard_segment: bigint
  heard_offset: bigint
  set_back_at: bigint | null
  rules_seen: bigint
}

export type Rows = ReturnType<typeof rowsOf>

export function rowsOf(database: Database) {
  const budget = database.query<BudgetRow, [string]>('SELECT * FROM budget WHERE id = ?')
  const bucket = database.query<BucketRow, [string, string]>(
    'SELECT * FROM bucket WHERE budget = ? AND window = ?',
  )
  const addBucket = database.query<BucketRow, [string, string, number | null, number | null, bigint, number]>(
    'INSERT INTO bucket (budget, window, starts, ends, cap, committed, version, used_at) VALUES (?, ?, ?, ?, ?, 0, 1, ?) RETURNING *',
  )
  const saveBucket = database.query<never, [...bigint[], string, string]>(
    `UPDATE bucket SET cap = ?, committed = ?, version = ?, closed = ?, at_bound = ?, estimated = ?, forgiven = ?, released = ?, used_at = ?, is_over = ?
     WHERE budget = ? AND window = ?`,
  )
  const hold = database.query<HoldRow, [string, string, string, number]>(
    'SELECT * FROM hold WHERE budget = ? AND window = ? AND holder = ? AND epoch = ?',
  )
  const addHold = database.query<HoldRow, [string, string, string, number, HoldRow['state']]>(
    `INSERT INTO hold (budget, window, holder, epoch, granted, returned, spent, written_off, state, is_recalled)
     VALUES (?, ?, ?, ?, 0, 0, 0, 0, ?, 0) RETURNING *`,
  )
  const saveHold = database.query<
    never,
    [bigint, bigint, bigint, bigint, string, bigint, string, string, string, bigint]
  >(
    `UPDATE hold SET granted = ?, returned = ?, spent = ?, written_off = ?, state = ?, is_recalled = ?
     WHERE budget = ? AND window = ? AND holder = ? AND epoch = ?`,
  )
  const setBack = database.query<{ id: string }, [number | null]>(
    'SELECT id FROM holder WHERE set_back_at IS NOT NULL AND ifnull(?, set_back_at - 1) < set_back_at',
  )
  const addDoubt = database.query<never, [string, string, string, number, bigint]>(
    `INSERT INTO hold (budget, window, holder, epoch, granted, returned, spent, written_off, state, is_recalled) VALUES (?, ?, ?, ?, ?, 0, 0, 0, 'doubt', 0)
     ON CONFLICT DO UPDATE SET granted = granted + excluded.granted, state = 'doubt'`,
  )
  const openRuns = database.query<{ count: bigint }, [string, string]>(
    `SELECT count(*) AS count FROM (SELECT 1 FROM bucket INDEXED BY bucket_open WHERE is_over = 0 AND budget >= ? AND budget < ? LIMIT ${mostOpenRuns})`,
  )
  const openValues = database.query<{ count: bigint }, [string, string, string]>(
    `SELECT count(*) AS count FROM (
       SELECT 1 FROM bucket INDEXED BY bucket_open WHERE is_over = 0 AND budget >= ? AND budget < ? AND window = ? LIMIT ${mostValues})`,
  )
  const timeline =
    database.query<{ timeline: string }, []>('SELECT timeline FROM identity').get()?.timeline ?? ''
  const windows = new Map<string, Window>()

  const save = (row: BucketRow) =>
    saveBucket.run(
      row.cap,
      row.committed,
      row.version,
      row.closed,
      row.at_bound,
      row.estimated,
      row.forgiven,
      row.released,
      row.used_at,
      row.is_over,
      row.budget,
      row.window,
    )

  /** A run's bucket inherits the rule of its budget. */
  function declaration(id: string): BudgetRow | undefined {
    const mark = id.indexOf('#')
    return budget.get(mark === -1 ? id : id.slice(0, mark)) ?? undefined
  }

  /** The spending since the backup is unknown, so everything up to the cap is in doubt. */
  function countAsSpent(row: BucketRow, holder: string): void {
    const left = row.cap - row.committed
    if (left <= 0n) return
    addDoubt.run(row.budget, row.window, holder, setBackEpoch, left)
    row.committed += left
    row.is_over = 0n
    save(row)
  }

  /** Applies to each holder whose store was restored from a backup while this window was open. */
  function countSetBack(row: BucketRow): void {
    for (const holder of setBack.all(row.starts === null ? null : Number(row.starts)))
      countAsSpent(row, holder.id)
  }

  return {
    timeline,
    declaration,
    windowOf(id: string, { id: rule, per, zone }: BudgetRow, now: number, which: 'current' | 'next'): Window {
      if (per === 'run') return { name: id.slice(id.indexOf('#') + 1), start: -Infinity, end: Infinity }
      // computing a window from a time zone is far more expensive than comparing with the latest one
      const name = `${rule}\n${per}\n${zone}`
      let window = windows.get(name)
      if (!window || now < window.start || now >= window.end)
        windows.set(name, (window = windowAt(per, zone, now)))
      return which === 'current' ? window : windowAfter(per, zone, window)
    },
    bucket: (id: string, window: string) => bucket.get(id, window) ?? undefined,
    bucketOf(id: string, window: Window, cap: bigint, now: number): BucketRow {
      const known = bucket.get(id, window.name)
      if (known) return known
      const row = present(
        addBucket.get(id, window.name, instant(window.start), instant(window.end), cap, now),
      )
      countSetBack(row)
      return row
    },
    /**
     * A cap that was raised after the backup counts as spent, too, because the active cap at the loss of the
     * store is unknown.
     */
    setCap(row: BucketRow, cap: bigint): void {
      row.cap = cap
      row.version += 1n
      save(row)
      countSetBack(row)
    },
    countAsSpent,
    saveBucket: save,
    hold: (id: string, window: string, holder: string, epoch: number) =>
      hold.get(id, window, holder, epoch) ?? undefined,
    holdOf: ({ budget: id, window }: BucketRow, holder: HolderRow, epoch: number): HoldRow =>
      hold.get(id, window, holder.id, epoch) ??
      present(
        addHold.get(
          id,
          window,
          holder.id,
          epoch,
          epoch === Number(holder.epoch) || epoch === 0 ? 'live' : 'doubt',
        ),
      ),
    openValues: (id: string, window: string) =>
      Number(openValues.get(...valueScope(id), window)?.count ?? 0n),
    openRuns: (scope: string) => Number(openRuns.get(scope, `${scope}\u{10ffff}`)?.count ?? 0n),
    saveHold: (row: HoldRow) =>
      saveHold.run(
        row.granted,
        row.returned,
        row.spent,
        row.written_off,
        row.state,
        row.is_recalled,
        row.budget,
        row.window,
        row.holder,
        row.epoch,
      ),
  }
}

/** The amount that is not yet spent, returned or written off. */
export const outstanding = (hold: HoldRow): bigint =>
  hold.granted - hold.returned - hold.spent - hold.written_off

export const holdState = (hold: HoldRow, bucket: BucketRow): HoldState => ({
  budget: bucket.budget,
  window: bucket.window,
  ...span(bucket),
  cap: bucket.cap,
  granted: hold.granted,
  returned: hold.returned,
  spent: hold.spent,
  committed: bucket.committed,
  forgiven: bucket.forgiven,
  isRecalled: hold.is_recalled !== 0n || bucket.committed > bucket.cap,
  version: Number(bucket.version),
})

export const span = ({ starts, ends }: Pick<BucketRow, 'starts' | 'ends'>) => ({
  start: starts === null ? -Infinity : Number(starts),
  end: ends === null ? Infinity : Number(ends),
})

const instant = (at: number) => (Number.isFinite(at) ? at : null)

/** INSERT … RETURNING returns a row or throws. */
function present<Row>(row: Row | null): Row {
  if (row === null) throw new Error('the embedded store answered no row to an insert')
  return row
}
