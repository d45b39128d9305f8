// Closes ended holds and buckets, one slice per call. The rules are the same as in storage/memory.

import type { Database } from 'bun:sqlite'
import type { SweepAges } from '../../contract/stores.ts'
import { isOfRun } from '../run-scope.ts'
import { sweepSlice, windowGraceMs } from '../sweep-slice.ts'
import { transact } from './database.ts'
import type { BucketRow, Rows } from './ledger-rows.ts'

interface Place {
  budget: string
  window: string
}

/** Returns the totals of one slice. It checks first, and takes the lock only if there is something to do. */
export function sweeper(database: Database, rows: Rows) {
  const slice = database.query<BucketRow, [string, string]>(
    `SELECT * FROM bucket INDEXED BY bucket_open WHERE is_over = 0 AND (budget, window) > (?, ?) ORDER BY budget, window LIMIT ${sweepSlice}`,
  )
  const settled = `FROM hold WHERE budget = ?1 AND window = ?2 AND granted = returned + spent AND written_off = 0 AND EXISTS (
    SELECT 1 FROM holder WHERE holder.id = hold.holder
      AND ((hold.epoch <> 0 AND hold.epoch < holder.epoch) OR (?3 = 1 AND (hold.epoch = 0 OR holder.is_silent = 0))))`
  const sum = database.query<{ spent: bigint | null; count: bigint }, [string, string, number]>(
    `SELECT sum(spent) AS spent, count(*) AS count ${settled}`,
  )
  const drop = database.query<never, [string, string, number]>(`DELETE ${settled}`)
  const anyHold = database.query<unknown, [string, string]>(
    'SELECT 1 FROM hold WHERE budget = ? AND window = ? LIMIT 1',
  )
  const old = database.query<Place, [number]>(
    `SELECT budget, window FROM bucket INDEXED BY bucket_over WHERE is_over = 1 AND used_at <= ? LIMIT ${sweepSlice}`,
  )
  const remove = database.query<never, [string, string]>(
    'DELETE FROM bucket WHERE budget = ? AND window = ? AND is_over = 1',
  )
  let after: Place = { budget: '', window: '' }

  function closeSome(buckets: readonly BucketRow[], isPast: (bucket: BucketRow) => boolean): number {
    let closed = 0
    for (const bucket of buckets) {
      const past = isPast(bucket) ? 1 : 0
      const { spent, count } = sum.get(bucket.budget, bucket.window, past) ?? { spent: null, count: 0n }
      if (count > 0n) {
        drop.run(bucket.budget, bucket.window, past)
        bucket.closed += spent ?? 0n
        closed += Number(count)
      }
      if (past === 1 && anyHold.get(bucket.budget, bucket.window) === null) bucket.is_over = 1n
      if (count > 0n || bucket.is_over === 1n) rows.saveBucket(bucket)
    }
    return closed
  }

  return ({ idleMs, keepMs }: SweepAges, now: number): { closed: number; removed: number } => {
    const isPast = ({ budget, used_at, ends }: BucketRow) =>
      isOfRun(budget) ? Number(used_at) <= now - idleMs : ends !== null && Number(ends) <= now - windowGraceMs
    const found = slice.all(after.budget, after.window)
    after = (found.length === sweepSlice && found.at(-1)) || { budget: '', window: '' }
    const isWork = found.some(
      (bucket) => isPast(bucket) || sum.get(bucket.budget, bucket.window, 0)?.count !== 0n,
    )
    const closed = isWork ? transact(database, () => closeSome(found, isPast)) : 0
    const gone = old.all(now - keepMs)
    if (gone.length > 0)
      transact(database, () => {
        for (const { budget, window } of gone) remove.run(budget, window)
      })
    return { closed, removed: gone.length }
  }
}
