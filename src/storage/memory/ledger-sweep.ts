// Closes ended holds and buckets. A hold with nothing outstanding adds its spending to its bucket and is
// removed. The spending stays, and a later charge is booked as granted after the fact. An ended bucket
// without holds stays as one row until it is old.

import type { SweepAges } from '../../contract/stores.ts'
import { isOfRun } from '../run-scope.ts'
import { sweepSlice, windowGraceMs } from '../sweep-slice.ts'
import { type Hold, type LedgerState, outstanding } from './ledger-state.ts'

export function sweep(
  state: LedgerState,
  { idleMs, keepMs }: SweepAges,
  now: number,
): { closed: number; removed: number } {
  const open = [...state.buckets].filter(([, bucket]) => !bucket.isOver).sort(([a], [b]) => (a < b ? -1 : 1))
  const slice = open.filter(([name]) => name > state.sweepAfter).slice(0, sweepSlice)
  state.sweepAfter = slice.length === sweepSlice ? (slice.at(-1)?.[0] ?? '') : ''
  let closed = 0
  for (const [, bucket] of slice) {
    const isPast = isOfRun(bucket.budget)
      ? bucket.usedAt <= now - idleMs
      : bucket.window.end <= now - windowGraceMs
    const goes = bucket.holds.filter((hold) => isSettled(state, hold, isPast))
    for (const hold of goes) close(state, hold)
    closed += goes.length
    if (isPast && bucket.holds.length === 0) bucket.isOver = true
  }
  let removed = 0
  for (const [name, bucket] of state.buckets) {
    if (removed === sweepSlice || !bucket.isOver || bucket.usedAt > now - keepMs) continue
    state.buckets.delete(name)
    removed += 1
  }
  return { closed, removed }
}

/**
 * Written-off amounts stay, because late charges and proof reduce them. The live holds of a silent holder
 * stay, because it may still use them.
 */
function isSettled(state: LedgerState, hold: Hold, isPast: boolean): boolean {
  if (outstanding(hold) !== 0n || hold.writtenOff !== 0n) return false
  const holder = state.holders.get(hold.holder)
  if (!holder) return true
  const isEarlier = hold.epoch !== 0 && hold.epoch < holder.epoch
  return isEarlier || (isPast && (hold.epoch === 0 || !holder.isSilent))
}

function close(state: LedgerState, hold: Hold): void {
  const { bucket } = hold
  bucket.closed += hold.spent
  bucket.holds.splice(bucket.holds.indexOf(hold), 1)
  const holds = state.holders.get(hold.holder)?.holds
  holds?.splice(holds.indexOf(hold), 1)
}
