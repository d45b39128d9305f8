// Applies the store's results to the hold book, and gives back what the book does not need. Totals only grow
// here, so results may come twice, late or swapped.

import type { HoldState } from '../../contract/stores.ts'
import { type Book, createHold, type HeldSlice, type BudgetSlot, slotOf } from './hold-book.ts'

/** Applies one hold as the store reported it. @param askedAt when it was asked, monotonic ms */
export function merge(book: Book, reported: HoldState, askedAt: number, now: number): void {
  const slot = slotOf(book, reported.budget, reported.cap, now)
  let hold = slot.holds.find((other) => other.window === reported.window && other.epoch === book.epoch)
  if (!hold) {
    // a result from before this hold was forgotten would bring it back with money that was returned or spent
    // since
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
  // others may have forgiven, too
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
 * A vendor billed more than was reserved while the rest was on its way back: the store had booked the bill
 * first and took that much less of the return. Once it has booked all that we know and nothing is
 * outstanding, its totals are right, and no later result can change them.
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
 * A hold that this book does not know begins with the totals that the store has. Sound because a hold is
 * forgotten only when the store has booked all of its spending (see `forget`), so the store's `spent` is
 * whole.
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
 * Marks everything free as returned; `flushReturns` tells the store. Money of a fenced epoch is no longer
 * ours to return.
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
 * One request with the totals of every hold whose return the store does not know yet, or that waits for the
 * result of its recall.
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
 * Forgets holds with nothing open that the store, asked at `askedAt` or later, did not list as outstanding:
 * then it knows all that we know. A hold that became quiet after the question was asked stays, since the
 * result may be older than its last grant. One that a vendor overdrew goes when its window has ended: nothing
 * is paid from it any more.
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
