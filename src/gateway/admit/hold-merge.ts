// Applies the store's results to the hold book, and returns money that the book does not need. Totals only
// grow here, so results may arrive twice, late or out of order.

import type { HoldState } from '../../contract/stores.ts'
import { type Book, createHold, type HeldSlice, type BudgetSlot, slotOf } from './hold-book.ts'

/** Applies one hold as the store reported it. @param askedAt when it was asked, monotonic ms */
export function merge(book: Book, reported: HoldState, askedAt: number, now: number): void {
  const slot = slotOf(book, reported.budget, reported.cap, now)
  let hold = slot.holds.find((other) => other.window === reported.window && other.epoch === book.epoch)
  if (!hold) {
    // a result older than this hold's removal would restore it with money that was returned or spent since
    if (askedAt <= slot.forgotAt || askedAt <= book.evictedAt) return
    hold = unknownHold(book, slot, reported)
    slot.holds.push(hold)
  }
  const granted = book.rules.grantedAfter(hold, reported.granted)
  if (granted > hold.granted) {
    hold.free += Number(granted - hold.granted)
    hold.granted = granted
    hold.quietSince = Infinity
  }
  // other holders may also have forgiven
  hold.forgiven = Math.max(hold.forgiven, Number(reported.forgiven))
  if (reported.returned > hold.acknowledged) hold.acknowledged = reported.returned
  if (hold.free < 0 && hold.reserved === 0) squareUp(hold, reported, now)
  if (reported.version < hold.version) return
  hold.version = reported.version
  hold.isRecalled = reported.isRecalled
  slot.cap = reported.cap
  slot.committed = reported.committed
  if (slot.exhausted && slot.exhausted.version !== reported.version) slot.exhausted = undefined
}

/**
 * A vendor billed more than was reserved while a return was in flight. The store booked the bill first and
 * reduced the return by that amount. Once it has booked all spending known here and nothing is outstanding,
 * its totals are right, and no later result can change them.
 */
function squareUp(hold: HeldSlice, reported: HoldState, now: number): void {
  const spent = hold.spentBefore + BigInt(hold.spent)
  if (
    reported.spent !== spent ||
    reported.granted < hold.granted ||
    reported.granted !== reported.returned + reported.spent
  )
    return
  hold.granted = reported.granted
  hold.returned = reported.returned
  hold.acknowledged = reported.returned
  hold.free = 0
  hold.quietSince = now
}

/**
 * A hold that this book does not know starts with the store's totals. This is safe because a hold is removed
 * only when the store has booked all of its spending (see `forget`), so the store's `spent` is complete.
 */
const unknownHold = (book: Book, slot: BudgetSlot, reported: HoldState): HeldSlice => ({
  ...createHold(slot, book.epoch, reported.window),
  start: reported.start,
  end: reported.end,
  spentBefore: reported.spent,
  granted: reported.returned + reported.spent,
  returned: reported.returned,
  acknowledged: reported.returned,
})

/**
 * Marks everything free as returned; `flushReturns` tells the store. This node may no longer return money of
 * a fenced epoch.
 */
export function release(book: Book, hold: HeldSlice, now: number): void {
  if (hold.epoch !== book.epoch) return
  const amount = book.rules.returnable(hold)
  if (amount <= 0) return
  hold.returned += BigInt(amount)
  hold.free -= amount
  if (hold.reserved === 0) hold.quietSince = now
}

/**
 * Sends one request with the totals of every hold whose return the store does not know yet, or whose recall
 * has no result yet.
 */
export function flushReturns(book: Book): void {
  if (book.isReturning || book.isRegistering) return
  const holds = []
  for (const slot of book.slots.values())
    for (const hold of slot.holds)
      if (hold.epoch === book.epoch && (hold.returned > hold.acknowledged || hold.isRecalled))
        holds.push({ budget: slot.budget, window: hold.window, returned: hold.returned })
  if (holds.length === 0) return
  book.isReturning = true
  book.effects.push({ kind: 'give-back', request: { holder: book.holder, epoch: book.epoch, holds } })
}

/**
 * Removes holds without open amounts that the store, asked at `askedAt` or later, did not list as
 * outstanding: the store then knows everything about them. A hold that became quiet after the request stays,
 * because the result may be older than its last grant. A hold that a vendor overdrew is removed when its
 * window has ended, because nothing is paid from it anymore.
 */
export function forget(
  book: Book,
  listed: ReadonlySet<string>,
  askedAt: number,
  storeNow: number,
  now: number,
): void {
  for (const slot of book.slots.values()) {
    for (let index = slot.holds.length - 1; index >= 0; index -= 1) {
      const hold = slot.holds[index]
      if (!hold) continue
      if (!isSettled(book, hold, listed, askedAt, storeNow)) continue
      slot.holds.splice(index, 1)
      slot.forgotAt = now
      if (slot.current === hold) slot.current = undefined
    }
  }
}

function isSettled(
  book: Book,
  hold: HeldSlice,
  listed: ReadonlySet<string>,
  askedAt: number,
  storeNow: number,
): boolean {
  if (hold.epoch !== book.epoch) return hold.reserved === 0
  if (listed.has(nameOf(hold.slot.budget, hold.window))) return false
  return hold.quietSince < askedAt || (hold.free < 0 && hold.reserved === 0 && storeNow >= hold.end)
}

export const nameOf = (budget: string, window: string) => `${budget}\n${window}`
