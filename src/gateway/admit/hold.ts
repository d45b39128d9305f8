// The hold book: the amounts that this node holds of each hard budget, and how a call reserves its worst
// case.
//
// The rule. The store grants slices; a slice is spent here without asking. For every hold, at all times,
//
//     free + reserved + spent + returned = granted          (free may be negative, see below)
//
// and a call starts only when every bucket that applies to it has `free ≥ bound`. Then `reserved` grows by
// the bound. At the end `spent` grows by the true cost, and the difference is free again. Nothing else moves
// money here. A call takes from all buckets or none, without an `await` in between, so two calls never see
// the same money. A call keeps the holds that it started with, even if windows end or keys move while it
// runs.
//
// Only evidence frees money. `granted` and `returned` are totals that only grow, so a duplicate, late or
// out-of-order result of the store changes nothing (the larger total wins). Reserved money is never returned.
// The store decides about holds of a fenced epoch: they settle, and return nothing.
//
// The store sets the start and end of windows. A hold serves calls that start within its window, by the
// store's clock as known here (its last `now` plus our monotonic time). After that, it only settles and
// returns.
//
// A vendor that bills above the bound makes `free` negative: the true value stays, and no call starts here
// until grants cover the deficit.
//
// Known limits. Held amounts are plain numbers, exact up to 2^53 nano-dollars (nine million dollars): one
// reservation may not exceed half of that, and slices are smaller. Totals over a window are BigInt, used only
// with requests to the store.
//
// hold.ts is the check-and-take, hold-book.ts the data, hold-merge.ts the store's results, hold-queue.ts who
// waits for money, hold-step.ts the machine's events; hold-driver.ts runs its effects. Only the last one uses
// promises, clocks or timers.

import type { Book, HeldSlice, Lot, BudgetSlot } from './hold-book.ts'

/** The most that one call may reserve, nano-dollars or tokens. */
export const largestReservation = 2 ** 52

/**
 * Takes every amount of the lot, or nothing. @param isFirst ignore waiters, because the lot is a waiter's own
 */
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

/** The holds of this node may have been released: after 24 h of silence an administrator may do that. */
export const isCutOff = (book: Book, now: number) => now - book.heardAt >= book.settings.cutOffMs

/**
 * May the difference between these amounts and the bounds be forgiven? A vendor may have billed a call that
 * failed on its side. For such calls, at most a tenth of each cap and window is not charged, so that an
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

/** The hold of this epoch for the current window. */
export function servingHold(book: Book, slot: BudgetSlot, storeNow: number): HeldSlice | undefined {
  const { current } = slot
  if (slot.isLone) return current
  if (current && current.epoch === book.epoch && book.rules.serves(current, storeNow)) return current
  for (const hold of slot.holds)
    if (hold.epoch === book.epoch && book.rules.serves(hold, storeNow)) return (slot.current = hold)
  return undefined
}

/** Ends a reservation: `spent[i]` is the amount that `holds[i]` really paid. Call it once. */
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
