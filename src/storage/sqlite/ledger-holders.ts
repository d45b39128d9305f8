// The embedded ledger's view of its holders: registration, last contact, doubt and proof. Only proof frees
// money. The rules are the same as in storage/memory.

import type { Database } from 'bun:sqlite'
import {
  type HolderClaim,
  type HolderStatus,
  type Registration,
  setBackEpoch,
} from '../../contract/stores.ts'
import { free } from './ledger-money.ts'
import type { BucketRow, HolderRow, HoldRow, Rows } from './ledger-rows.ts'
import { outstanding } from './ledger-rows.ts'

/** @param fresh the new nonce, and the id for a new holder */
export function register(
  database: Database,
  rows: Rows,
  claim: HolderClaim,
  fresh: { holder: string; nonce: string },
  now: number,
): Registration {
  const known =
    claim.holder === undefined
      ? null
      : database.query<HolderRow, [string]>('SELECT * FROM holder WHERE id = ?').get(claim.holder)
  // a restored store may have an older nonce
  const isOurs =
    known !== null &&
    known.nonce !== '' &&
    (known.nonce === claim.nonce || (claim.seenEpoch ?? 0) > Number(known.epoch))
  if (isOurs) {
    const proven = JSON.stringify(claim.proven)
    const change = (what: string) =>
      database
        .query<never, [string, string]>(`UPDATE hold SET ${what} (SELECT value FROM json_each(?))`)
        .run(known.id, proven)
    change(
      `doubt_since = coalesce(doubt_since, ${Math.floor(now)}), state = 'doubt' WHERE holder = ? AND epoch <> 0 AND state <> 'closed' AND epoch NOT IN`,
    )
    change("state = 'proven' WHERE holder = ? AND state = 'live' AND epoch IN")
  }
  const id = isOurs ? known.id : fresh.holder
  const row = database
    .query<HolderRow, [string, number, string, number, number | null]>(
      `INSERT INTO holder (id, epoch, nonce, seq, reply, seen, is_silent, is_written_off, drain_segment, drain_offset, set_back_at) VALUES (?, ? + 1, ?, 0, NULL, ?, 0, 0, 0, 0, ?)
       ON CONFLICT (id) DO UPDATE SET epoch = max(holder.epoch + 1, excluded.epoch), nonce = excluded.nonce, seq = 0, reply = NULL, digest = '',
         seen = excluded.seen, is_silent = 0, is_written_off = 0, set_back_at = ifnull(excluded.set_back_at, holder.set_back_at)
       RETURNING *`,
    )
    .get(id, claim.seenEpoch ?? 0, fresh.nonce, now, claim.isSetBack ? now : null)
  if (!row) throw new Error('the embedded store answered no row to an insert')
  if (claim.isSetBack) {
    const open = database
      .query<BucketRow, [number]>('SELECT * FROM bucket WHERE ends IS NULL OR ends > ?')
      .all(now)
    for (const bucket of open) rows.countAsSpent(bucket, id)
  }
  const drained = { segment: Number(row.drain_segment), offset: Number(row.drain_offset) }
  return { holder: id, epoch: Number(row.epoch), nonce: fresh.nonce, timeline: rows.timeline, drained, now }
}

export function standing(database: Database, id: string): HolderStatus | undefined {
  const row = database.query<HolderRow, [string]>('SELECT * FROM holder WHERE id = ?').get(id)
  if (!row) return undefined
  const open = database
    .query<{ epoch: bigint; is_proven: bigint }, [string]>(
      `SELECT epoch, min(state = 'proven') AS is_proven FROM hold
       WHERE holder = ? AND epoch > 0 AND state IN ('live', 'proven') AND granted > returned + spent + written_off GROUP BY epoch ORDER BY epoch`,
    )
    .all(id)
  return {
    epoch: Number(row.epoch),
    nonce: row.nonce,
    seq: Number(row.seq),
    drained: { segment: Number(row.drain_segment), offset: Number(row.drain_offset) },
    heard: { segment: Number(row.heard_segment), offset: Number(row.heard_offset) },
    open: open.map(({ epoch, is_proven }) => ({ epoch: Number(epoch), isProven: is_proven === 1n })),
    isSetBack: row.set_back_at !== null,
  }
}

export function adopt(database: Database, rows: Rows, id: string): void {
  database.query('UPDATE holder SET set_back_at = NULL WHERE id = ?').run(id)
  close(
    rows,
    database
      .query<HoldRow, [string, number]>('SELECT * FROM hold WHERE holder = ? AND epoch = ?')
      .all(id, setBackEpoch),
  )
}

/**
 * Retires an epoch that ended cleanly and is drained. Nothing of it is outstanding, and its operations no
 * longer count.
 */
export function retire(database: Database, rows: Rows, id: string, epoch: number): void {
  const { changes } = database
    .query('UPDATE holder SET epoch = epoch + 1 WHERE id = ? AND epoch = ?')
    .run(id, epoch)
  if (changes === 0) return
  close(
    rows,
    database
      .query<HoldRow, [string, number]>(
        "SELECT * FROM hold WHERE holder = ? AND epoch = ? AND state = 'live'",
      )
      .all(id, epoch),
  )
}

function close(rows: Rows, holds: readonly HoldRow[]): void {
  for (const hold of holds) {
    const bucket = rows.bucket(hold.budget, hold.window)
    if (!bucket) continue
    hold.written_off = 0n
    free(hold, bucket, outstanding(hold))
    hold.state = 'closed'
    rows.saveHold(hold)
    rows.saveBucket(bucket)
  }
}

/** Returns the holder if this is its live epoch, and records the contact. */
export function liveHolder(
  database: Database,
  id: string,
  epoch: number,
  now: number,
): HolderRow | undefined {
  return (
    database
      .query<HolderRow, [number, string, number]>(
        'UPDATE holder SET seen = ?, is_silent = 0 WHERE id = ? AND epoch = ? AND epoch <> 0 AND is_written_off = 0 RETURNING *',
      )
      .get(now, id, epoch) ?? undefined
  )
}

/** Frees nothing, because silence does not prove how much was spent. */
export function expire(database: Database, silentMs: number, now: number): string[] {
  return database
    .query<{ id: string }, [number]>(
      'UPDATE holder SET is_silent = 1 WHERE epoch <> 0 AND is_silent = 0 AND seen < ? RETURNING id',
    )
    .all(now - silentMs)
    .map((row) => row.id)
}

export function reconcile(database: Database, rows: Rows, holder: string, beforeEpoch: number): void {
  const proven = database
    .query<HoldRow, [string, number]>(
      "SELECT * FROM hold WHERE holder = ? AND state = 'proven' AND epoch < ?",
    )
    .all(holder, beforeEpoch)
  close(rows, proven)
}
