// The hold book: what this node holds of each hard budget, and how a call takes its worst case out of it.
//
// The rule. The store grants slices; a slice is spent here without asking. For every hold, at every moment,
//
//     free + reserved + spent + returned = granted          (free may be negative, see below)
//
// and a call starts only when every bucket that applies to it has `free ≥ bound`. Then `reserved` takes the
// bound, at the end `spent` takes the true cost, and the difference is free again. Nothing else moves money
// here. All buckets or none, without an `await` in between, so two calls never see the same money. A call
// keeps the holds that it started with: windows may end and keys may move while it runs.
//
// Only evidence frees money. `granted` and `returned` are totals that only grow, so a result of the store
// that comes twice, late or out of order changes nothing (the larger total wins). What is reserved is never
// returned. Holds of an epoch that was fenced off are the store's to judge: they settle, and return
// nothing.
//
// Windows are instants that the store cut. A hold serves calls that start within its window by the store's
// clock as we know it (its last `now` plus our monotonic time); afterwards it only settles and returns.
//
// A vendor that bills above the bound makes `free` negative: the truth stays, and no call starts here until
// grants cover the hole.
//
// Known limits. Amounts in hand are plain numbers, exact up to 2^53 nano-dollars (nine million dollars): one
// reservation may not exceed half of that, and slices are cut below it. Totals over a window are BigInt,
// touched only when the store is.
//
// hold.ts is the check-and-take, hold-book.ts the data, hold-merge.ts the store's results,
// hold-queue.ts who waits for money, hold-step.ts the machine's events; hold-driver.ts carries its effects
// out. Nothing but the last knows a promise, a clock or a timer.

import type { Book, HeldSlice, Lot, BudgetSlot } from './hold-book.ts'

/** The most that one call may reserve, nano-dollars or tokens. */
export const largestReservation = 2 ** 52

/** Takes every amount of the lot, or nothing. @param isFirst skip those who wait (for them themselves) */
export function tryReserve(book: Book, lot: Lot, now: number, isFirst = false): boolean {
  const { slots, amounts, holds } = lot
  if (isCutOff(book, now) && slots.some((slot) => !slot.isLone)) return false
  const storeNow = now + book.storeOffset
  for (let index = 0; index < slots.length; index += 1) {
    const slot = slots[index]
    const amount = amounts[index]
    if (!slot || amount === undefined || (slot.waiting > 0 && !isFirst)) return false
    const hold = servingHold(book, slot, storeNow)
    if (!hold || hold.free < amount) return false
    holds[index] = hold
  }
  for (let index = 0; index < holds.length; index += 1) {
    const hold = holds[index]
    const amount = amounts[index]
    if (!hold || amount === undefined) continue
    hold.free -= amount
    hold.reserved += amount
    hold.quietSince = Infinity
    hold.slot.usedAt = now
    if (amount > hold.slot.largestBound) hold.slot.largestBound = amount
  }
  return true
}

/** The store may have given away what this node holds: an administrator may, after 24 h of silence. */
export const isCutOff = (book: Book, now: number) => now - book.heardAt >= book.settings.cutOffMs

/**
 * May what lies between these amounts and the bounds be forgiven? A call that failed at the vendor's end may
 * have been billed there; at most a tenth of each cap and window is not charged for such calls, so that an
 * outage does not empty the budgets.
 */
export function canForgive(lot: Lot, spent: readonly number[], nodes: number): boolean {
  return lot.holds.every(
    (hold, index) => hold.forgiven + forgivenOf(lot, spent, index) <= Number(hold.slot.cap) / 10 / nodes,
  )
}

export const forgivenOf = (lot: Lot, spent: readonly number[], index: number) =>
  Math.max(0, (lot.amounts[index] ?? 0) - (spent[index] ?? 0))

export function forgive(lot: Lot, spent: readonly number[]): void {
  for (const [index, hold] of lot.holds.entries()) hold.forgiven += forgivenOf(lot, spent, index)
}

/** The hold of this epoch whose window is now. */
export function servingHold(book: Book, slot: BudgetSlot, storeNow: number): HeldSlice | undefined {
  const { current } = slot
  if (slot.isLone) return current
  if (current && current.epoch === book.epoch && book.rules.serves(current, storeNow)) return current
  for (const hold of slot.holds)
    if (hold.epoch === book.epoch && book.rules.serves(hold, storeNow)) return (slot.current = hold)
  return undefined
}

/** Ends a reservation: `spent[i]` is what `holds[i]` truly paid. To be called once. */
export function settleLot(lot: Lot, spent: readonly number[], now: number): void {
  for (let index = 0; index < lot.holds.length; index += 1) {
    const hold = lot.holds[index]
    if (!hold) continue
    const reserved = lot.amounts[index] ?? 0
    const cost = spent[index] ?? 0
    hold.reserved -= reserved
    hold.free += reserved - cost
    hold.spent += cost
    hold.slot.spentSinceTick += cost
    if (hold.spent > foldAbove) {
      hold.spentBefore += BigInt(hold.spent)
      hold.spent = 0
    }
    if (hold.reserved === 0 && hold.free === 0) hold.quietSince = now
  }
}

const foldAbove = 2 ** 50
