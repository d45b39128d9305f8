// What the store's answers do to the hold book, and what the book gives back. Totals only grow here, so
// answers may come twice, late or swapped.

import type { HoldState } from '../../contract/stores.ts'
import { type Book, createHold, type HeldSlice, type BudgetSlot, slotOf } from './hold-book.ts'

/** Takes one hold as the store told it. @param askedAt when it was asked, monotonic ms */
export function merge(book: Book, told: HoldState, askedAt: number, now: number): void {
  const slot = slotOf(book, told.budget, told.cap, now)
  let hold = slot.holds.find((other) => other.window === told.window && other.epoch === book.epoch)
  if (!hold) {
    // an answer from before this hold was forgotten would bring it back with money that was returned or spent
    // since
    if (askedAt <= slot.forgotAt || askedAt <= book.evictedAt) return
    hold = unknownHold(book, slot, told)
    slot.holds.push(hold)
  }
  const granted = book.rules.grantedAfter(hold, told.granted)
  if (granted > hold.granted) {
    hold.free += Number(granted - hold.granted)
    hold.granted = granted
    hold.quietSince = Infinity
  }
  // others may have forgiven, too
  hold.forgiven = Math.max(hold.forgiven, Number(told.forgiven))
  if (told.returned > hold.acknowledged) hold.acknowledged = told.returned
  if (hold.free < 0 && hold.reserved === 0) squareUp(hold, told, now)
  if (told.version < hold.version) return
  hold.version = told.version
  hold.isRecalled = told.isRecalled
  slot.cap = told.cap
  slot.committed = told.committed
  if (slot.exhausted && slot.exhausted.version !== told.version) slot.exhausted = undefined
}

/**
 * A vendor billed more than was reserved while the rest was on its way back: the store had booked the bill
 * first and took that much less of the return. Once it has booked all that we know and nothing is
 * outstanding, its totals are right, and no later answer can change them.
 */
function squareUp(hold: HeldSlice, told: HoldState, now: number): void {
  const spent = hold.spentBefore + BigInt(hold.spent)
  if (told.spent !== spent || told.granted < hold.granted || told.granted !== told.returned + told.spent)
    return
  hold.granted = told.granted
  hold.returned = told.returned
  hold.acknowledged = told.returned
  hold.free = 0
  hold.quietSince = now
}

/**
 * A hold that this book does not know begins where the store says it stands. Sound because a hold is
 * forgotten only when the store has booked all of its spending (see `forget`), so the store's `spent` is
 * whole.
 */
const unknownHold = (book: Book, slot: BudgetSlot, told: HoldState): HeldSlice => ({
  ...createHold(slot, book.epoch, told.window),
  start: told.start,
  end: told.end,
  spentBefore: told.spent,
  granted: told.returned + told.spent,
  returned: told.returned,
  acknowledged: told.returned,
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
 * One request with the totals of every hold whose return the store does not know yet, or that waits for an
 * answer to its recall.
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
 * answer may be older than its last grant. One that a vendor overdrew goes when its window has ended: nothing
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
