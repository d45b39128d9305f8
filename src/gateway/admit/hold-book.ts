// The parts of the hold book: slots and their holds, waiters, the request in flight. The rules are in hold.ts.

import type {
  AcquireResult,
  AcquireRequest,
  Need,
  HoldKey,
  Registration,
  ReturnRequest,
} from '../../contract/stores.ts'

/** A slice of one window of one budget. */
export interface HeldSlice {
  readonly slot: BudgetSlot
  readonly epoch: number
  readonly window: string
  readonly start: number
  readonly end: number
  free: number
  reserved: number
  /** Since it was last added to `spentBefore`. */
  spent: number
  spentBefore: bigint
  granted: bigint
  returned: bigint
  /** The total of returns that the store is known to have. */
  acknowledged: bigint
  /**
   * The amount forgiven in this window, if known: by all holders before it began here, and by this one since.
   */
  forgiven: number
  isRecalled: boolean
  version: number
  /** Monotonic ms since when nothing is free or reserved; Infinity while something is. */
  quietSince: number
}

/** One budget on this node, over all its windows. */
export interface BudgetSlot {
  readonly budget: string
  readonly holds: HeldSlice[]
  /** The hold that served last; may have ended. */
  current: HeldSlice | undefined
  /** The store's last report about the current window. */
  cap: bigint
  committed: bigint
  /** Does a run own it? Then its first acquire takes the whole amount. */
  readonly isRun: boolean
  /**
   * For a call without a run id. The call is the whole run, so its budget stays here and the store never sees
   * it.
   */
  readonly isLone: boolean
  /** Waiters that lack money here: later calls queue after them. */
  waiting: number
  /** The store refused `need` at this version; believed until then (monotonic ms). */
  exhausted: { need: number; version: number; until: number } | undefined
  /** Smoothed spending of calls, per ms. */
  rate: number
  spentSinceTick: number
  largestBound: number
  usedAt: number
  /** When one of its holds was last removed, monotonic ms. */
  forgotAt: number
  /** Removed from the book: look it up again. */
  isEvicted: boolean
}

/** The amounts that a call takes: one hold per slot, `amounts[i]` out of `holds[i]`. */
export interface Lot {
  readonly slots: readonly BudgetSlot[]
  readonly amounts: readonly number[]
  holds: HeldSlice[]
}

export interface Waiter {
  readonly lot: Lot
  /** Monotonic ms */
  readonly deadline: number
  /** The slots that were short when it began to wait. */
  readonly lacking: BudgetSlot[]
  /** The budgets that the store last refused while it recalls money. */
  refused: readonly BudgetSlot[] | undefined
  /** When the store may be asked for it again, monotonic ms. */
  retryAt: number
  readonly answer: (outcome: Outcome) => void
}

export type Outcome =
  | { kind: 'reserved' }
  | { kind: 'too-many-runs' | 'too-many-values'; slot: BudgetSlot }
  | { kind: 'exhausted'; slot: BudgetSlot }
  | { kind: 'unknown'; why: string }

export type Effect =
  | { kind: 'acquire'; request: AcquireRequest }
  | { kind: 'renew'; holder: string; epoch: number; after?: HoldKey }
  | { kind: 'give-back'; request: ReturnRequest }
  | { kind: 'register' }
  /** The time of a step that is due before the next tick, monotonic ms. */
  | { kind: 'wake'; at: number }
  | { kind: 'answer'; waiter: Waiter; outcome: Outcome }
  | { kind: 'granted'; seq: number; reply: Extract<AcquireResult, { kind: 'granted' }> }

export interface Book {
  holder: string
  epoch: number
  readonly rules: BookRules
  readonly settings: BookSettings
  readonly slots: Map<string, BudgetSlot>
  /** Added to the monotonic clock, it gives the store's time. */
  storeOffset: number
  seq: number
  inFlight: { seq: number; head: Waiter | undefined; needs: readonly Need[] } | undefined
  queue: Waiter[]
  /** Monotonic ms before which the store is not asked again. */
  downUntil: number
  isRegistering: boolean
  isStopped: boolean
  isRenewing: boolean
  /** Pages of the store's list of holds received so far; holds are removed only after the last page. */
  listing: { after: HoldKey; askedAt: number; listed: Set<string> } | undefined
  /** A caller waits for the end of the list, so its pages are requested without a pause. */
  isHurried: boolean
  /** When the store last responded successfully, monotonic ms. */
  heardAt: number
  isReturning: boolean
  renewDue: number
  tickedAt: number
  /** When a slot was last removed, monotonic ms. */
  evictedAt: number
  effects: Effect[]
}

export interface BookSettings {
  /** Nodes that share the budgets. */
  nodes: number
  /** How long a slice should last, ms. */
  autonomyMs: number
  /** How long a call waits for money that other nodes were asked to return. */
  recallWaitMs: number
  exhaustedMs: number
  /** How long before its end the next window is acquired. */
  aheadMs: number
  renewMs: number
  /** The pause before the store is asked again after a failure. */
  downMs: number
  /**
   * After this time without the store, no call under a hard budget starts. After 24 h of silence an
   * administrator may release the holds of this node.
   */
  cutOffMs: number
}

const bookSettings: BookSettings = {
  nodes: 1,
  autonomyMs: 600_000,
  recallWaitMs: 300,
  exhaustedMs: 1_000,
  aheadMs: 60_000,
  renewMs: 5_000,
  downMs: 1_000,
  cutOffMs: 23 * 3_600_000,
}

/**
 * The decisions that keep money safe. They are separate so that the simulation can break each one and check
 * that it is noticed.
 */
export interface BookRules {
  /** May a call that starts now be paid from this hold? */
  serves(hold: HeldSlice, storeNow: number): boolean
  /** The total granted after a result of the store. */
  grantedAfter(hold: HeldSlice, reported: bigint): bigint
  returnable(hold: HeldSlice): number
}

export const bookRules: BookRules = {
  serves: (hold, storeNow) => storeNow >= hold.start && storeNow < hold.end,
  grantedAfter: (hold, reported) => (reported > hold.granted ? reported : hold.granted),
  returnable: (hold) => hold.free,
}

export function createHoldBook(
  registration: Registration,
  now: number,
  settings: Partial<BookSettings> = {},
  rules: BookRules = bookRules,
): Book {
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
    isRegistering: false,
    isStopped: false,
    isRenewing: false,
    listing: undefined,
    isHurried: false,
    heardAt: now,
    isReturning: false,
    renewDue: now,
    tickedAt: now,
    evictedAt: -Infinity,
    effects: [],
  }
}

/**
 * Returns the slot of a budget, and creates it at the first request. @param cap the configured cap, used
 * until the store reports one
 */
export function slotOf(book: Book, budget: string, cap: bigint, now: number): BudgetSlot {
  let slot = book.slots.get(budget)
  if (!slot) book.slots.set(budget, (slot = newSlot(budget, cap, now, false)))
  return slot
}

const newSlot = (budget: string, cap: bigint, now: number, isLone: boolean): BudgetSlot => ({
  budget,
  holds: [],
  current: undefined,
  cap,
  committed: 0n,
  isRun: budget.includes('#') && !budget.includes('#='),
  isLone,
  waiting: 0,
  exhausted: undefined,
  rate: 0,
  spentSinceTick: 0,
  largestBound: 0,
  usedAt: now,
  forgotAt: -Infinity,
  isEvicted: false,
})

/** The budget of a run that is a single call: all of it is free here, and it ends with the call. */
export function createLoneSlot(book: Book, budget: string, cap: bigint, now: number): BudgetSlot {
  const slot = newSlot(budget, cap, now, true)
  slot.committed = cap
  slot.current = {
    ...createHold(slot, book.epoch, ''),
    start: -Infinity,
    end: Infinity,
    free: Number(cap),
    granted: cap,
  }
  slot.holds.push(slot.current)
  return slot
}

export const createHold = (
  slot: BudgetSlot,
  epoch: number,
  window: string,
): Omit<HeldSlice, 'start' | 'end'> => ({
  slot,
  epoch,
  window,
  free: 0,
  reserved: 0,
  spent: 0,
  spentBefore: 0n,
  granted: 0n,
  returned: 0n,
  acknowledged: 0n,
  forgiven: 0,
  isRecalled: false,
  version: 0,
  quietSince: Infinity,
})
