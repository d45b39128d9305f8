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
  /** Since the last fold into `spentBefore`. */
  spent: number
  spentBefore: bigint
  granted: bigint
  returned: bigint
  /** The total of returns that the store is known to have. */
  acknowledged: bigint
  /**
   * What was forgiven in this window, as far as known: of all holders when it began, and of this one since.
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
  /** The last report of the store about the present window. */
  cap: bigint
  committed: bigint
  /** Does a run own it? Then its first acquire takes all there is. */
  readonly isRun: boolean
  /**
   * Of a call without a run id: the call is the whole run, so its budget is kept here and the store never
   * hears of it.
   */
  readonly isLone: boolean
  /** Waiters that lack money here: later calls queue after them. */
  waiting: number
  /** The store refused `need` at this version; believed until then (monotonic ms). */
  exhausted: { need: number; version: number; until: number } | undefined
  /** Amount per ms that calls spend, smoothed. */
  rate: number
  spentSinceTick: number
  largestBound: number
  usedAt: number
  /** When a hold of it was forgotten last, monotonic ms. */
  forgotAt: number
  /** No longer in the book: look it up again. */
  isEvicted: boolean
}

/** What a call takes: one hold per slot, `amounts[i]` out of `holds[i]`. */
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
  /** The budgets that the store refused last, while it recalls. */
  refused: readonly BudgetSlot[] | undefined
  /** When the store may be asked again for it, monotonic ms. */
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
  /** A step is due at this moment (monotonic ms), earlier than the next tick. */
  | { kind: 'wake'; at: number }
  | { kind: 'answer'; waiter: Waiter; outcome: Outcome }
  | { kind: 'granted'; seq: number; reply: Extract<AcquireResult, { kind: 'granted' }> }

export interface Book {
  holder: string
  epoch: number
  readonly rules: BookRules
  readonly settings: BookSettings
  readonly slots: Map<string, BudgetSlot>
  /** Add to the monotonic clock to have the store's. */
  storeOffset: number
  seq: number
  inFlight: { seq: number; head: Waiter | undefined; needs: readonly Need[] } | undefined
  queue: Waiter[]
  /** Monotonic ms before which the store is not asked again. */
  downUntil: number
  isRegistering: boolean
  isStopped: boolean
  isRenewing: boolean
  /** Pages of the store's list of holds that came so far; forgetting waits for the last. */
  listing: { after: HoldKey; askedAt: number; listed: Set<string> } | undefined
  /** Somebody waits for the end of the list: its pages are asked for without a pause. */
  isHurried: boolean
  /** When the store was asked last with success, monotonic ms. */
  heardAt: number
  isReturning: boolean
  renewDue: number
  tickedAt: number
  /** When a slot was forgotten last, monotonic ms. */
  evictedAt: number
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
  /**
   * So long without the store, and no call under a hard budget starts: after 24 h of silence an administrator
   * may release what this node holds.
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

/** The decisions that keep money safe, apart so that the simulation can break each one and must notice. */
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
 * The slot of a budget, made when it is first asked for. @param cap what the configuration says, until the
 * store says it
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

/** The budget of a run that is one call: all of it is free here, and it is gone with the call. */
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
