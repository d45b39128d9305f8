// The hold book: what this node holds of each hard budget, and how a call takes its worst case out of it.
//
// The rule. The store grants slices; a slice is spent here without asking. For every hold, at every moment,
//
//     free + reserved + spent + returned = granted          (free may be negative, see below)
//
// and a call starts only when every bucket that applies to it has `free ≥ bound`. Then `reserved` takes the bound, at the end `spent` takes the
// true cost, and the difference is free again. Nothing else moves money here. All buckets or none, without an `await` in between, so two calls
// never see the same money. A call keeps the holds that it started with: windows may end and keys may move while it runs.
//
// Only evidence frees money. `granted` and `returned` are totals that only grow, so an answer of the store that comes twice, late or out of
// order changes nothing (the larger total wins). What is reserved is never returned. Holds of an epoch that was fenced off belong to the
// store's judgement: they settle, and return nothing.
//
// Windows are instants that the store cut. A hold serves calls that start within its window by the store's clock as we know it (its last
// `now` plus our monotonic time); afterwards it only settles and returns.
//
// A vendor that bills above the bound makes `free` negative: the truth stays, and no call starts here until grants cover the hole.
//
// Known limits. Amounts in hand are plain numbers, exact up to 2^53 nano-dollars (nine million dollars): one reservation may not exceed half
// of that, and slices are cut below it. Totals over a window are BigInt, touched only when the store is.
//
// hold.ts is the check-and-take, hold-merge.ts what the store's answers do, hold-queue.ts who waits for money, hold-step.ts the machine's
// events; hold-driver.ts carries its effects out. Nothing in the first four knows a promise, a clock or a timer.

import type { AcquireReply, AcquireRequest, Need, Registration, ReturnRequest } from '../../contract/stores.ts'

/** A slice of one window of one budget. */
export interface Hold {
  readonly slot: Slot
  readonly epoch: number
  readonly window: string
  readonly start: number
  readonly end: number
  free: number
  reserved: number
  /** Since the last fold into `spentBefore`. */
  spent: number
  spentBefore: bigint
  granted: bigint
  returned: bigint
  /** The total of returns that the store is known to have. */
  acknowledged: bigint
  isRecalled: boolean
  version: number
  /** Monotonic ms since when nothing is free or reserved; Infinity while something is. */
  quietSince: number
}

/** One budget on this node, over all its windows. */
export interface Slot {
  readonly budget: string
  readonly holds: Hold[]
  /** The hold that served last; may have ended. */
  current: Hold | undefined
  /** What the store last said about the present window. */
  cap: bigint
  committed: bigint
  /** Does a run own it? Then its first acquire takes all there is. */
  readonly isRun: boolean
  /** Waiters that lack money here: later calls queue behind them. */
  waiting: number
  /** The store said no to `need` at this version; believed until then (monotonic ms). */
  exhausted: { need: number; version: number; until: number } | undefined
  /** Amount per ms that calls spend, smoothed. */
  rate: number
  spentSinceTick: number
  largestBound: number
  usedAt: number
  /** No longer in the book: look it up again. */
  isEvicted: boolean
}

/** What a call takes: one hold per slot, `amounts[i]` out of `holds[i]`. */
export interface Lot {
  readonly slots: readonly Slot[]
  readonly amounts: readonly number[]
  holds: Hold[]
}

export interface Waiter {
  readonly lot: Lot
  /** Monotonic ms */
  readonly deadline: number
  /** The slots that were short when it began to wait. */
  readonly lacking: Slot[]
  /** The budgets that the store refused last, while it recalls. */
  refused: readonly Slot[] | undefined
  readonly answer: (outcome: Outcome) => void
}

export type Outcome = { kind: 'reserved' } | { kind: 'exhausted'; slot: Slot } | { kind: 'unknown'; why: string }

export type Effect =
  | { kind: 'acquire'; request: AcquireRequest }
  | { kind: 'renew'; holder: string; epoch: number }
  | { kind: 'give-back'; request: ReturnRequest }
  | { kind: 'register' }
  /** A step is due at this moment (monotonic ms), earlier than the next tick. */
  | { kind: 'wake'; at: number }
  | { kind: 'answer'; waiter: Waiter; outcome: Outcome }
  | { kind: 'granted'; reply: Extract<AcquireReply, { kind: 'granted' }> }

export interface Book {
  holder: string
  epoch: number
  readonly rules: BookRules
  readonly settings: BookSettings
  readonly slots: Map<string, Slot>
  /** Add to the monotonic clock to have the store's. */
  storeOffset: number
  seq: number
  inFlight: { seq: number; head: Waiter | undefined; needs: readonly Need[] } | undefined
  queue: Waiter[]
  /** Monotonic ms before which the store is not asked again. */
  downUntil: number
  retryAt: number
  isRegistering: boolean
  isStopped: boolean
  isRenewing: boolean
  isReturning: boolean
  renewDue: number
  tickedAt: number
  effects: Effect[]
}

export interface BookSettings {
  /** Nodes that share the budgets. */
  nodes: number
  /** How long a slice should last, ms. */
  autonomyMs: number
  /** How long a call waits for money that others were asked to return. */
  recallWaitMs: number
  exhaustedMs: number
  /** How long before its end the next window is acquired. */
  aheadMs: number
  renewMs: number
  /** After a failure, how long the store is left alone. */
  downMs: number
}

export const bookSettings: BookSettings = {
  nodes: 1,
  autonomyMs: 600_000,
  recallWaitMs: 300,
  exhaustedMs: 1_000,
  aheadMs: 60_000,
  renewMs: 5_000,
  downMs: 1_000,
}

/** The judgements that keep money safe, apart so that the simulation can break each one and must notice. */
export interface BookRules {
  /** May a call that starts now be paid from this hold? */
  serves(hold: Hold, storeNow: number): boolean
  /** The total granted after an answer of the store. */
  grantedAfter(hold: Hold, told: bigint): bigint
  returnable(hold: Hold): number
}

export const bookRules: BookRules = {
  serves: (hold, storeNow) => storeNow >= hold.start && storeNow < hold.end,
  grantedAfter: (hold, told) => (told > hold.granted ? told : hold.granted),
  returnable: (hold) => hold.free,
}

/** The most that one call may reserve, nano-dollars or tokens. */
export const largestReservation = 2 ** 52

export function holdBook(registration: Registration, now: number, settings: Partial<BookSettings> = {}, rules: BookRules = bookRules): Book {
  return {
    holder: registration.holder,
    epoch: registration.epoch,
    rules,
    settings: { ...bookSettings, ...settings },
    slots: new Map(),
    storeOffset: registration.now - now,
    seq: 0,
    inFlight: undefined,
    queue: [],
    downUntil: -Infinity,
    retryAt: -Infinity,
    isRegistering: false,
    isStopped: false,
    isRenewing: false,
    isReturning: false,
    renewDue: now,
    tickedAt: now,
    effects: [],
  }
}

/** The slot of a budget, made when it is first asked for. @param cap what the configuration says, until the store says it */
export function slotOf(book: Book, budget: string, cap: bigint, now: number): Slot {
  let slot = book.slots.get(budget)
  if (!slot) {
    slot = {
      budget,
      holds: [],
      current: undefined,
      cap,
      committed: 0n,
      isRun: budget.includes('#'),
      waiting: 0,
      exhausted: undefined,
      rate: 0,
      spentSinceTick: 0,
      largestBound: 0,
      usedAt: now,
      isEvicted: false,
    }
    book.slots.set(budget, slot)
  }
  return slot
}

/** Takes every amount of the lot, or nothing. @param isFirst skip those who wait (for them themselves) */
export function tryReserve(book: Book, lot: Lot, now: number, isFirst = false): boolean {
  const { slots, amounts, holds } = lot
  const storeNow = now + book.storeOffset
  for (let index = 0; index < slots.length; index += 1) {
    const slot = slots[index]
    const amount = amounts[index]
    if (!slot || amount === undefined || (slot.waiting > 0 && !isFirst)) return false
    const hold = serving(book, slot, storeNow)
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

/** The hold of this epoch whose window is now. */
export function serving(book: Book, slot: Slot, storeNow: number): Hold | undefined {
  const { current } = slot
  if (current && current.epoch === book.epoch && book.rules.serves(current, storeNow)) return current
  for (const hold of slot.holds) if (hold.epoch === book.epoch && book.rules.serves(hold, storeNow)) return (slot.current = hold)
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
