// Moves money in the embedded ledger: acquire, return, book. Each runs inside one transaction. The rules are
// the same as in storage/memory.

import type { Database } from 'bun:sqlite'
import {
  type AcquireResult,
  type AcquireRequest,
  mostOpenRuns,
  mostValues,
  othersBucket,
  type ReturnRequest,
} from '../../contract/stores.ts'
import type { Charge } from '../../contract/record.ts'
import { maxNano } from '../../kit/money.ts'
import type { Window } from '../../kit/windows.ts'
import { isOfValue, runScope, withoutRun } from '../run-scope.ts'
import type { BucketRow, HolderRow, HoldRow, Rows } from './ledger-rows.ts'
import { holdState, outstanding } from './ledger-rows.ts'

interface Asked {
  bucket: BucketRow
  need: bigint
  want: bigint
}

/** Grants every need or none. Never raises the committed amount above the cap. */
export function grant(
  database: Database,
  rows: Rows,
  holder: HolderRow,
  request: AcquireRequest,
  now: number,
): AcquireResult {
  const { timeline } = rows
  const asked: Asked[] = []
  for (const { budget, window, need, want } of request.needs) {
    const rule = rows.declaration(budget)
    if (!rule) return { kind: 'unknown-budget', budget, now, timeline }
    const cut = rows.windowOf(budget, rule, now, window)
    if (rule.per === 'run' && isRunRefused(rows, budget, cut.name))
      return { kind: 'too-many-runs', budget, now, timeline }
    if (isOfValue(budget) && isValueRefused(rows, budget, cut.name))
      return { kind: 'too-many-values', budget, now, timeline }
    const same = asked.find(({ bucket }) => bucket.budget === budget && bucket.window === cut.name)
    if (same) {
      same.need += need
      same.want += want
    } else asked.push({ bucket: openBucket(rows, budget, cut, rule.cap, now), need, want })
  }

  // a budget that was lowered below the committed amount is negative, but still grants a need of zero
  const lacking = asked.filter(({ bucket, need }) => need > 0n && need > bucket.cap - bucket.committed)
  if (lacking.length > 0) {
    let isRecalling = false
    for (const { bucket } of lacking) if (recall(database, bucket, holder)) isRecalling = true
    const short = lacking.map(({ bucket }) => holdState(rows.holdOf(bucket, holder, request.epoch), bucket))
    return { kind: 'short', short, isRecalling, now, timeline }
  }

  const holds = asked.map(({ bucket, need, want }) => {
    const beyond = bucket.cap - bucket.committed - need
    const amount = need + (want < beyond ? want : beyond > 0n ? beyond : 0n)
    const hold = rows.holdOf(bucket, holder, request.epoch)
    hold.granted += amount
    bucket.committed += amount
    rows.saveHold(hold)
    rows.saveBucket(bucket)
    return holdState(hold, bucket)
  })
  return { kind: 'granted', holds, now, timeline }
}

/** Refuses only a new run. */
function isRunRefused(rows: Rows, budget: string, window: string): boolean {
  const known = rows.bucket(budget, window)
  return (!known || known.is_over !== 0n) && rows.openRuns(runScope(budget)) >= mostOpenRuns
}

/** Refuses only a new value. */
function isValueRefused(rows: Rows, budget: string, window: string): boolean {
  const known = rows.bucket(budget, window)
  return (!known || known.is_over !== 0n) && rows.openValues(budget, window) >= mostValues
}

/**
 * A bucket that was over, or that ended by a clock that was later set back, continues with its earlier
 * spending and today's cap.
 */
function openBucket(rows: Rows, budget: string, window: Window, cap: bigint, now: number): BucketRow {
  const bucket = rows.bucketOf(budget, window, cap, now)
  if (bucket.cap !== cap) rows.setCap(bucket, cap)
  bucket.is_over = 0n
  bucket.used_at = BigInt(now)
  rows.saveBucket(bucket)
  return bucket
}

/** Recalls unneeded money from the other reachable holders. Returns whether there is anything to wait for. */
function recall(database: Database, bucket: BucketRow, caller: HolderRow): boolean {
  return (
    database
      .query<never, [string, string, string]>(
        `UPDATE hold SET is_recalled = 1
         WHERE budget = ? AND window = ? AND holder <> ? AND state = 'live' AND epoch <> 0 AND granted > returned + spent + written_off
           AND holder IN (SELECT id FROM holder WHERE is_silent = 0)`,
      )
      .run(bucket.budget, bucket.window, caller.id).changes > 0
  )
}

/** Totals only grow. A holder returns at most what the drain has left unspent. */
export function takeBack(rows: Rows, holder: HolderRow, request: ReturnRequest): void {
  for (const { budget, window, returned } of request.holds) {
    const bucket = rows.bucket(budget, window)
    const hold = rows.hold(budget, window, holder.id, request.epoch)
    if (!bucket || !hold) continue
    hold.is_recalled = 0n
    if (free(hold, bucket, returned - hold.returned)) rows.saveBucket(bucket)
    rows.saveHold(hold)
  }
}

/** Frees money of a hold for other holders, at most the outstanding amount. */
export function free(hold: HoldRow, bucket: BucketRow, amount: bigint): boolean {
  const left = outstanding(hold)
  const freed = amount < left ? amount : left
  if (freed <= 0n) return false
  hold.returned += freed
  bucket.committed -= freed
  bucket.version += 1n
  return true
}

/** The amount that one hold pays for a batch of records. */
export interface SummedCharge extends Pick<Charge, 'bucket' | 'window'> {
  epoch: number
  basis: Charge['basis']
  amount: bigint
  forgiven: bigint
}

/**
 * Spending beyond the granted amount is booked as granted after the fact, so that the books match the real
 * spending.
 */
export function book(rows: Rows, holder: HolderRow, charge: SummedCharge, now: number): void {
  const bucket = chargedBucket(rows, charge, now)
  bucket.used_at = BigInt(now)
  bucket.is_over = 0n
  const { amount } = charge
  if (charge.basis === 'bound') bucket.at_bound = within(bucket.at_bound + amount)
  if (charge.basis === 'estimated') bucket.estimated = within(bucket.estimated + amount)
  bucket.forgiven = within(bucket.forgiven + charge.forgiven)
  const hold = rows.holdOf(bucket, holder, charge.epoch)
  const most = maxNano - hold.returned
  hold.spent = hold.spent + amount < most ? hold.spent + amount : most
  const over = hold.returned + hold.spent + hold.written_off - hold.granted
  if (over > 0n) {
    const shrunk = over < hold.written_off ? over : hold.written_off
    hold.written_off -= shrunk
    hold.granted += over - shrunk
    bucket.committed = within(bucket.committed + over - shrunk)
  }
  rows.saveBucket(bucket)
  rows.saveHold(hold)
}

/** A vendor may report any count. The amount is limited to the maximum of a 64-bit column. */
const within = (amount: bigint) => (amount < maxNano ? amount : maxNano)

function chargedBucket(rows: Rows, charge: SummedCharge, now: number): BucketRow {
  const { bucket, window } = charge
  const known = rows.bucket(bucket, window)
  if (known) return known
  const others = othersBucket(withoutRun(bucket))
  if (isOfValue(bucket) && bucket !== others && isValueRefused(rows, bucket, window))
    return chargedBucket(rows, { ...charge, bucket: others }, now)
  const rule = rows.declaration(bucket)
  const start = Date.parse(window)
  const cut =
    rule && !Number.isNaN(start)
      ? rows.windowOf(bucket, rule, start, 'current')
      : { start: -Infinity, end: Infinity }
  return rows.bucketOf(bucket, { ...cut, name: window }, rule?.cap ?? 0n, now)
}
