// The decisions of administrators about money in doubt. A write-off books it as spent. A release frees it
// without proof and fences the epoch.

import type { DoubtDecision, DoubtOrder, DoubtResult } from '../../contract/stores.ts'
import { withoutRun } from '../run-scope.ts'
import { free, type Hold, type Holder, type LedgerState, outstanding } from './ledger-state.ts'

export function decide(state: LedgerState, order: DoubtOrder, now: number): DoubtResult {
  const decisions: DoubtDecision[] = []
  let tooRecent = 0
  const buckets = [...state.buckets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, bucket]) => bucket)
  for (const bucket of buckets) {
    if (order.window !== undefined && order.window !== bucket.window.name) continue
    if (
      order.budget !== undefined &&
      order.budget !== bucket.budget &&
      order.budget !== withoutRun(bucket.budget)
    )
      continue
    for (const hold of bucket.holds.toSorted(byHolder)) {
      const holder = state.holders.get(hold.holder)
      if (!holder || (order.holder !== undefined && order.holder !== holder.id) || !isInDoubt(hold, holder))
        continue
      if (order.action === 'release' && now - silentSince(hold, holder, now) < order.silentMs) {
        tooRecent += 1
        continue
      }
      const amount = order.action === 'release' ? release(hold) : writeOff(hold)
      if (hold.epoch === holder.epoch) holder.isWrittenOff = true
      const { action, by } = order
      decisions.push({
        at: now,
        action,
        budget: bucket.budget,
        window: bucket.window.name,
        holder: holder.id,
        epoch: hold.epoch,
        amount,
        by,
      })
    }
  }
  if (
    order.action === 'write-off' &&
    order.holder !== undefined &&
    state.holders.get(order.holder)?.isSilent
  ) {
    const holder = state.holders.get(order.holder)
    if (holder) holder.isWrittenOff = true
  }
  state.decisions.push(...decisions)
  return { decisions, tooRecent }

  function isInDoubt(hold: Hold, holder: Holder): boolean {
    if (hold.epoch === 0 || hold.state === 'closed') return false
    const isOut = holder.isSilent || hold.epoch < holder.epoch
    if (order.action === 'write-off') return isOut && outstanding(hold) > 0n
    // the drain frees proven money
    return isOut && hold.state !== 'proven' && outstanding(hold) + hold.writtenOff > 0n
  }
}

const byHolder = (a: Hold, b: Hold) =>
  a.holder === b.holder ? a.epoch - b.epoch : a.holder < b.holder ? -1 : 1

/** A silent holder was last seen at its last renewal. An earlier epoch ended when the next one began. */
const silentSince = (hold: Hold, holder: Holder, now: number): number =>
  hold.epoch === holder.epoch ? holder.seen : (hold.doubtSince ?? now)

function release(hold: Hold): bigint {
  hold.writtenOff = 0n
  const amount = outstanding(hold)
  free(hold, amount)
  hold.state = 'closed'
  hold.bucket.released += amount
  return amount
}

function writeOff(hold: Hold): bigint {
  const amount = outstanding(hold)
  hold.writtenOff += amount
  return amount
}
