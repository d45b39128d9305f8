// Admission: may this caller call now, and do its budgets cover the worst case?
//
// admit (limits; synchronous) → per attempt: reserve (budgets; synchronous while the held slice covers it) →
// settle → release.

import type { GatewayError } from '../../contract/errors.ts'
import type { Resource } from '../../contract/resource.ts'
import type { RunFacts } from '../../contract/run.ts'
import type { Snapshot, TargetRule } from '../../contract/snapshot.ts'
import type { Subject } from '../../contract/subject.ts'
import type { Counters } from '../../contract/state.ts'
import type { Ledger, Registration } from '../../contract/stores.ts'
import type { Clock } from '../../kit/clock.ts'
import { priceAt } from '../price/index.ts'
import type { PrincipalEntry } from '../identify/index.ts'
import { type CallerRules, bucketName, slotsFor } from './budgets.ts'
import { tryReserve } from './hold.ts'
import { type Book, type BookSettings, createHoldBook, type Lot, type Outcome } from './hold-book.ts'
import { type DriverOptions, HoldDriver } from './hold-driver.ts'
import { wait } from './hold-queue.ts'
import {
  charge,
  correct,
  takeConcurrencySlot,
  giveBack,
  noConcurrencySlot,
  type ConcurrencySlot,
  type TakenLimits,
} from './limits.ts'
import { RuleBook } from './rule-book.ts'
import { checkRunLimits } from './run-limits.ts'
import {
  chargesOf,
  type Reservation,
  type Settlement,
  type Settling,
  settleReservation,
  type Ticket,
} from './reservation.ts'
import { type ReserveRequest, type Bounds, boundsOf, priceTrouble, refusal } from './reserve.ts'

export { createMemoryCounters } from './counters.ts'
export { BudgetPublisher } from './budget-publisher.ts'
export { budgetsOfRules } from './declarations.ts'
export type { Reservation, Settlement, Settling, Ticket } from './reservation.ts'

export interface AdmissionOptions {
  ledger: Ledger
  clock: Clock
  counters: Counters
  /** The id of this node at the ledger. */
  registration: Registration
  /**
   * Registers again with the content of the data folder when the ledger has fenced this epoch. Pass
   * `isJournalProven: false`: calls of the old epoch still run, so its journal is incomplete.
   */
  register: DriverOptions['register']
  granted?: DriverOptions['granted']
  position?: DriverOptions['position']
  /** An internal error outside of any call, for the log. */
  faulted?: DriverOptions['faulted']
  /** Ended budgets could not be closed at the ledger, for the log. */
  sweepFailed?: DriverOptions['sweepFailed']
  /** Targets barred by an earlier start. */
  barred?: Iterable<string>
  /** The list of barred targets changed and must be stored for the next start. */
  barredChanged?: ((barred: readonly string[]) => void) | undefined
  settings?: Partial<BookSettings>
  /** The largest number of buckets in use; beyond it, a further run is refused. */
  mostBuckets?: number
}

/** A call that asks to be admitted. */
export interface AdmittedCall {
  principal: PrincipalEntry
  subject: Subject
  /** The requested resource, as authorized. */
  resource: Resource
  run: string
  /** Earlier calls of the run. Absent: none. */
  history?: RunFacts
  /** ms since the epoch */
  at?: number
  isLoneRun?: boolean
  typicalTokens: number
  place?: ConcurrencySlot | undefined
  /** The admission of the parent call, whose concurrency slot covers both. */
  parent?: Ticket | undefined
  /** The owner of the run, if it is another principal. Only its rules about runs apply. */
  runOwner?: PrincipalEntry | undefined
}

export interface Admission {
  /**
   * Applies these rules to calls from now on; the ledger already has their budgets. Resolves when the holds
   * of this node follow them.
   */
  activate(snapshot: Snapshot): Promise<void>
  /**
   * These budgets changed at the ledger: their remembered refusals are dropped. The holds of this node follow
   * at the next renewal.
   */
  revise(budgets: readonly string[]): void
  /** Counts the call as running before its body is read. @throws GatewayError `too-many-concurrent` */
  enter(principal: PrincipalEntry): ConcurrencySlot
  /**
   * Takes over the concurrency slot, even when it throws. Without one, the call takes a slot here. Returns a
   * promise only when the counters are asynchronous.
   * @throws GatewayError (or rejects with) `run-limited`, `rate-limited`, `too-many-concurrent`
   */
  admit(caller: AdmittedCall): Ticket | Promise<Ticket>
  /** Why this target cannot be reserved: no price, or barred. Another target may be possible. */
  unpayable(ticket: Ticket, target: TargetRule, at: number): GatewayError | undefined
  /**
   * Reserves the worst case of one attempt in every hard budget. Returns a promise only when the ledger must
   * be asked (≤ 300 ms).
   * @throws GatewayError (or rejects with) `budget-exhausted`, `budget-unknown`, `unbounded-cost`, `unpriced`
   */
  reserve(ticket: Ticket, request: ReserveRequest): Reservation | Promise<Reservation>
  /** Idempotent: a second call changes nothing and returns the same. */
  settle(reservation: Reservation, how: Settling): Settlement
  /**
   * Ends the call: frees its concurrency slot and counts its tokens as used. Idempotent. Settle all attempts
   * first.
   */
  release(ticket: Ticket): void
  /** Targets that were billed above their bound: no hard budget pays for them. */
  barred(): readonly string[]
  /** An administrator has checked the price. Returns false if the target was not barred. */
  pardon(target: string): boolean
  /** For `/readyz` and metrics. */
  status(): { isStoreDown: boolean; waiting: number; buckets: number; epoch: number }
  /** Returns all unreserved money. Call it after the last call has ended. */
  stop(): Promise<void>
}

export const createAdmission = (options: AdmissionOptions): Admission => new NodeAdmission(options)

class NodeAdmission implements Admission {
  readonly #options: AdmissionOptions
  readonly #clock: Clock
  readonly #counters: Counters
  readonly #book: Book
  readonly #driver: HoldDriver
  readonly #barred: Set<string>
  readonly #rules = new RuleBook()

  constructor(options: AdmissionOptions) {
    const { clock, counters, registration, settings } = options
    this.#options = options
    this.#clock = clock
    this.#counters = counters
    this.#book = createHoldBook(registration, clock.monotonic(), settings)
    this.#driver = new HoldDriver(this.#book, {
      ...options,
      ages: () => this.#rules.snapshot?.runs ?? runAges,
    })
    this.#barred = new Set(options.barred)
  }

  async activate(snapshot: Snapshot): Promise<void> {
    this.#rules.activate(snapshot)
    for (const slot of this.#book.slots.values()) slot.exhausted = undefined
    await this.#driver.notice()
  }

  revise(budgets: readonly string[]): void {
    for (const id of budgets) {
      const slot = this.#book.slots.get(id)
      if (slot) slot.exhausted = undefined
    }
  }

  enter(principal: PrincipalEntry): ConcurrencySlot {
    return takeConcurrencySlot(this.#rules.of(principal).limits)
  }

  admit(caller: AdmittedCall): Ticket | Promise<Ticket> {
    const { principal, subject, resource, run, history, typicalTokens, parent, runOwner } = caller
    const { at = this.#clock.now(), isLoneRun = false } = caller
    const base = runOwner ? this.#rules.ofMember(principal, runOwner) : this.#rules.of(principal)
    const own = this.#rules.ofResource(resource)
    const rules = this.#rules.join(base, own)
    const places = [parent ? noConcurrencySlot : (caller.place ?? takeConcurrencySlot(base.limits))]
    const refuse = (thrown: unknown): never => {
      for (const place of places) place.leave()
      throw thrown
    }
    let charging: Promise<void> | undefined
    try {
      if (own && own.limits.concurrent.length > 0) places.push(takeConcurrencySlot(own.limits))
      if (history) checkRunLimits(rules.limits.runs, history, at)
      const call = { subject, resource, typicalTokens }
      charging = charge(rules.limits, this.#counters, call, this.#clock.monotonic())
    } catch (thrown) {
      refuse(thrown)
    }
    const ticket: Ticket = {
      rules,
      subject,
      resource,
      run,
      isLoneRun,
      parent,
      typicalTokens,
      places,
      isHard: rules.hard.length > 0,
      usedTokens: 0,
      isReleased: false,
    }
    return charging ? charging.then(() => ticket, refuse) : ticket
  }

  unpayable(ticket: Ticket, target: TargetRule, at: number): GatewayError | undefined {
    const rules = this.#rules.join(ticket.rules, this.#rules.ofDestination(target.provider))
    return priceTrouble(rules, target, priceAt(target, at), this.#barred.has(target.id))
  }

  /**
   * Synchronous while the held slices cover it and no limit of the destination uses asynchronous counters.
   */
  reserve(ticket: Ticket, request: ReserveRequest): Reservation | Promise<Reservation> {
    const own = this.#rules.ofDestination(request.target.provider)
    const rules = this.#rules.join(ticket.rules, own)
    if (rules.hard.length > 0) ticket.isHard = true
    if (!own) return this.#reserveMoney(ticket, rules, request, undefined)
    const { limits } = own
    const taken: TakenLimits = { limits, slot: takeConcurrencySlot(limits) }
    const now = this.#clock.monotonic()
    const refuse = (thrown: unknown): never => {
      taken.slot.leave()
      throw thrown
    }
    const refuseCharged = (thrown: unknown): never => {
      giveBack(limits.rates, this.#counters, ticket, now)
      return refuse(thrown)
    }
    const reserveMoney = () =>
      catchRefusal(() => this.#reserveMoney(ticket, rules, request, taken), refuseCharged)
    let charging: Promise<void> | undefined
    try {
      charging = charge(limits, this.#counters, ticket, now)
    } catch (thrown) {
      return refuse(thrown)
    }
    return charging ? charging.then(reserveMoney, refuse) : reserveMoney()
  }

  #reserveMoney(
    ticket: Ticket,
    rules: CallerRules,
    request: ReserveRequest,
    atDestination: TakenLimits | undefined,
    isRetry = false,
  ): Reservation | Promise<Reservation> {
    const { target } = request
    const book = this.#book
    const price = priceAt(target, request.at)
    const trouble = priceTrouble(rules, target, price, this.#barred.has(target.id))
    if (trouble) throw trouble
    const now = this.#clock.monotonic()
    if (book.slots.size >= (this.#options.mostBuckets ?? mostBuckets)) refuseNewBuckets(book, rules, ticket)
    const slots = slotsFor(book, rules, ticket, now)
    const bounds = boundsOf(book, rules, slots, request, price, now)
    const lot: Lot = { slots, amounts: amountsOf(rules, bounds), holds: [] }
    const reservation = (): Reservation => {
      const storeNow = this.#clock.monotonic() + book.storeOffset
      return createReservation({ ticket, rules, atDestination, target, price, lot }, bounds, storeNow)
    }
    if (tryReserve(book, lot, now)) return reservation()

    const conclude = (outcome: Outcome): Reservation | Promise<Reservation> => {
      if (outcome.kind === 'reserved') return reservation()
      // the limit was lowered to the expected rest; the refusal reported the real rest
      if (outcome.kind === 'exhausted' && bounds.outputCap !== undefined && !isRetry)
        return this.#reserveMoney(ticket, rules, request, atDestination, true)
      throw refusal(rules, outcome, bounds)
    }
    const outcome = this.#waitFor(lot, now)
    return outcome instanceof Promise ? outcome.then(conclude) : conclude(outcome)
  }

  /** The outcome at once if it is known, else after asking the ledger. */
  #waitFor(lot: Lot, now: number): Outcome | Promise<Outcome> {
    let answer: (outcome: Outcome) => void = (outcome) => (known = outcome)
    let known: Outcome | undefined = wait(this.#book, lot, now, (outcome) => answer(outcome))
    this.#driver.flush()
    return known ?? new Promise<Outcome>((resolve) => (answer = resolve))
  }

  settle(reservation: Reservation, how: Settling): Settlement {
    const { settlement: before, ticket, atDestination } = reservation
    const usedBefore = ticket.usedTokens
    const now = this.#clock.monotonic()
    const settlement = settleReservation(reservation, how, now, this.#book.settings.nodes)
    if (!before && atDestination) {
      atDestination.slot.leave()
      correct(atDestination.limits, this.#counters, ticket, ticket.usedTokens - usedBefore, now)
    }
    if (settlement.isBoundBroken && !this.#barred.has(reservation.target.id)) {
      this.#barred.add(reservation.target.id)
      this.#options.barredChanged?.([...this.#barred])
    }
    return settlement
  }

  release(ticket: Ticket): void {
    if (ticket.isReleased) return
    ticket.isReleased = true
    for (const place of ticket.places) place.leave()
    correct(ticket.rules.limits, this.#counters, ticket, ticket.usedTokens, this.#clock.monotonic())
  }

  barred(): readonly string[] {
    return [...this.#barred]
  }

  pardon(target: string): boolean {
    const wasBarred = this.#barred.delete(target)
    if (wasBarred) this.#options.barredChanged?.([...this.#barred])
    return wasBarred
  }

  status(): { isStoreDown: boolean; waiting: number; buckets: number; epoch: number } {
    return {
      isStoreDown: this.#clock.monotonic() < this.#book.downUntil,
      waiting: this.#book.queue.length,
      buckets: this.#book.slots.size,
      epoch: this.#book.epoch,
    }
  }

  stop(): Promise<void> {
    return this.#driver.stop()
  }
}

const noBounds: Bounds = { nano: undefined, tokens: undefined, outputCap: undefined }

/** Until a configuration says otherwise. */
const runAges = { idleMs: 86_400_000, keepMs: 90 * 86_400_000 }

/** Clients can invent runs, each with a bucket of its own. */
const mostBuckets = 50_000

/**
 * Refuses only calls that need a further bucket: callers that invent runs or values must not block budgets in
 * use.
 */
function refuseNewBuckets(book: Book, rules: CallerRules, ticket: Ticket): void {
  const isFurther = ({ rule }: CallerRules['hard'][number]) =>
    (rule.each !== undefined || (rule.per === 'run' && !ticket.isLoneRun)) &&
    !book.slots.has(bucketName(rule, ticket))
  if (rules.hard.some(isFurther))
    throw refusal(
      rules,
      { kind: 'unknown', why: 'too many runs and values with budgets of their own are in use at once' },
      noBounds,
    )
}

/** @param refuse throws */
function catchRefusal<Value>(
  run: () => Value | Promise<Value>,
  refuse: (thrown: unknown) => never,
): Value | Promise<Value> {
  try {
    const value = run()
    return value instanceof Promise ? value.catch(refuse) : value
  } catch (thrown) {
    return refuse(thrown)
  }
}

function amountsOf({ hard }: CallerRules, bounds: Bounds): number[] {
  const usd = Number(bounds.nano ?? 0n)
  const tokens = bounds.tokens ?? 0
  return hard.map(({ rule }) => (rule.unit === 'usd' ? usd : tokens))
}

type Made = Pick<Reservation, 'ticket' | 'rules' | 'atDestination' | 'target' | 'price' | 'lot'>

function createReservation(from: Made, bounds: Bounds, storeNow: number): Reservation {
  const { ticket, rules, lot } = from
  return {
    ...from,
    isHard: lot.slots.length > 0,
    boundNano: bounds.nano,
    boundTokens: bounds.tokens,
    outputCap: bounds.outputCap,
    storeNow,
    settlement: undefined,
    chargesAtBound: () =>
      chargesOf({ ticket, rules, lot, storeNow }, bounds.nano ?? 0n, BigInt(bounds.tokens ?? 0), 'bound'),
  }
}
