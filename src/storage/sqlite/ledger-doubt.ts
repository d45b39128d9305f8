// The decisions of administrators about money in doubt. The rules are the same as in storage/memory.

import type { Database } from 'bun:sqlite'
import type { DoubtDecision, DoubtOrder, DoubtResult } from '../../contract/stores.ts'
import { withoutRun } from '../run-scope.ts'
import { free } from './ledger-money.ts'
import { type HoldRow, outstanding, type Rows } from './ledger-rows.ts'

type Doubtful = HoldRow & { holder_epoch: bigint; holder_seen: bigint; holder_is_silent: bigint }

export function decide(database: Database, rows: Rows, order: DoubtOrder, now: number): DoubtResult {
  const decisions: DoubtDecision[] = []
  let tooRecent = 0
  const { action, by } = order
  for (const hold of inDoubt(database, order)) {
    const isOfLiveEpoch = hold.epoch === hold.holder_epoch
    const since = isOfLiveEpoch ? Number(hold.holder_seen) : Number(hold.doubt_since ?? now)
    if (action === 'release' && now - since < order.silentMs) {
      tooRecent += 1
      continue
    }
    const amount = action === 'release' ? release(rows, hold) : writeOff(rows, hold)
    if (isOfLiveEpoch) fence(database, hold.holder)
    decisions.push({
      at: now,
      action,
      budget: hold.budget,
      window: hold.window,
      holder: hold.holder,
      epoch: Number(hold.epoch),
      amount,
      by,
    })
  }
  if (action === 'write-off' && order.holder !== undefined) fence(database, order.holder)
  const note = database.query(
    'INSERT INTO decision (at, action, budget, window, holder, epoch, amount, by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  )
  for (const { budget, window, holder, epoch, amount } of decisions)
    note.run(now, action, budget, window, holder, epoch, amount, by)
  return { decisions, tooRecent }
}

function inDoubt(database: Database, { action, budget, window, holder }: DoubtOrder): Doubtful[] {
  // the drain frees proven money
  const isOpen =
    action === 'write-off'
      ? 'granted > returned + spent + written_off'
      : `granted > returned + spent AND state <> 'proven'`
  return database
    .query<Doubtful, [string | null, string | null]>(
      `SELECT hold.*, holder.epoch AS holder_epoch, holder.seen AS holder_seen, holder.is_silent AS holder_is_silent
       FROM hold JOIN holder ON holder.id = hold.holder
       WHERE hold.epoch <> 0 AND state <> 'closed' AND (is_silent = 1 OR hold.epoch < holder.epoch) AND ${isOpen}
         AND (?1 IS NULL OR holder = ?1) AND (?2 IS NULL OR window = ?2)
       ORDER BY budget, window, holder, hold.epoch`,
    )
    .all(holder ?? null, window ?? null)
    .filter((hold) => budget === undefined || budget === hold.budget || budget === withoutRun(hold.budget))
}

const fence = (database: Database, holder: string) =>
  database.query('UPDATE holder SET is_written_off = 1 WHERE id = ? AND is_silent = 1').run(holder)

function release(rows: Rows, hold: HoldRow): bigint {
  const bucket = rows.bucket(hold.budget, hold.window)
  hold.written_off = 0n
  const amount = outstanding(hold)
  hold.state = 'closed'
  if (bucket) {
    free(hold, bucket, amount)
    bucket.released += amount
    rows.saveBucket(bucket)
  }
  rows.saveHold(hold)
  return amount
}

function writeOff(rows: Rows, hold: HoldRow): bigint {
  const amount = outstanding(hold)
  hold.written_off += amount
  rows.saveHold(hold)
  return amount
}
