// Admission: may this caller call now, and does its money cover the worst case? The door of this room.
//
// admit (limits; at once) → per attempt: reserve (budgets; at once while the held slice covers it) → settle →
// release.

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
  /** How this node is known to the ledger. */
  registration: Registration
  /**
   * Registers again with what the data folder has, when the ledger fenced this epoch off. Claim
   * `isJournalProven: false`: calls of the old epoch still run, so its journal is not whole.
   */
  register: DriverOptions['register']
  granted?: DriverOptions['granted']
  position?: DriverOptions['position']
  /** Something of ours threw outside of any call: for the log. */
  faulted?: DriverOptions['faulted']
  /** Budgets that are over could not be closed at the ledger: for the log. */
  sweepFailed?: DriverOptions['sweepFailed']
  /** Targets barred by an earlier start. */
  barred?: Iterable<string>
  /** The list of barred targets changed: to be kept over a restart. */
  barredChanged?: ((barred: readonly string[]) => void) | undefined
  settings?: Partial<BookSettings>
  /** Buckets in use at once; a further run is refused. */
  mostBuckets?: number
}

export interface Admission {
  /**
   * From now on calls are held to these rules; the ledger has their budgets already. Resolves when what this
   * node holds follows them.
   */
  activate(snapshot: Snapshot): Promise<void>
  /**
   * These budgets changed at the ledger: no refusal by one of them is remembered. What this node holds
   * follows with the next renewal.
   */
  revise(budgets: readonly string[]): void
  /** Counts the call as one that runs, before there is a body. @throws GatewayError `too-many-concurrent` */
  enter(principal: PrincipalEntry): ConcurrencySlot
  /**
   * Takes over the place, also when it throws. Without one the call enters here. A promise only when the
   * counters answer later.
   * @throws GatewayError (or rejects with) `run-limited`, `rate-limited`, `too-many-concurrent`
   */
  admit(caller: {
    principal: PrincipalEntry
    subject: Subject
    /** What is asked for, as authorized. */
    resource: Resource
    run: string
    /** What happened in the run before. Absent: nothing. */
    history?: RunFacts
    /** ms since the epoch */
    at?: number
    isLoneRun?: boolean
    typicalTokens: number
    place?: ConcurrencySlot | undefined
    /** Of the call that this one is part of: it holds the place of both. */
    parent?: Ticket | undefined
    /** Whose run it is, if another's: its budgets and limits of a run hold, and no others of its. */
    runOwner?: PrincipalEntry | undefined
  }): Ticket | Promise<Ticket>
  /**
   * Why no attempt at this target could be reserved, whatever it asks: no price, or barred. Another target
   * may do.
   */
  unpayable(ticket: Ticket, target: TargetRule, at: number): GatewayError | undefined
  /**
   * Takes the worst case of one attempt out of every hard budget. A promise only when the ledger has to be
   * asked (≤ 300 ms).
   * @throws GatewayError (or rejects with) `budget-exhausted`, `budget-unknown`, `unbounded-cost`, `unpriced`
   */
  reserve(ticket: Ticket, asked: ReserveRequest): Reservation | Promise<Reservation>
  /** Idempotent: a second call changes nothing and answers the same. */
  settle(reservation: Reservation, how: Settling): Settlement
  /** Ends the call: its place is free, its tokens count as used. Idempotent; attempts are settled before. */
  release(ticket: Ticket): void
  /** Targets that were billed above their bound: no hard budget pays for them. */
  barred(): readonly string[]
  /** An administrator looked. false: it was not barred. */
  pardon(target: string): boolean
  /** For `/readyz` and metrics. */
  status(): { isStoreDown: boolean; waiting: number; buckets: number; epoch: number }
  /** Gives back what no call has reserved. Call it after the last call has ended. */
  stop(): Promise<void>
}

export function createAdmission(options: AdmissionOptions): Admission {
  const { clock, counters } = options
  const book = createHoldBook(options.registration, clock.monotonic(), options.settings)
  const driver = new HoldDriver(book, { ...options, ages: () => rules.snapshot?.runs ?? runAges })
  const barred = new Set(options.barred)
  const rules = new RuleBook()

  async function activate(snapshot: Snapshot): Promise<void> {
    rules.activate(snapshot)
    for (const slot of book.slots.values()) slot.exhausted = undefined
    await driver.notice()
  }

  /** At once while the held slices cover it, and no limit of the destination is counted elsewhere. */
  function reserve(ticket: Ticket, asked: ReserveRequest): Reservation | Promise<Reservation> {
    const own = rules.ofDestination(asked.target.provider)
    const joined = rules.join(ticket.rules, own)
    if (joined.hard.length > 0) ticket.isHard = true
    if (!own) return reserveMoney(ticket, joined, asked, undefined)
    const { limits } = own
    const taken: TakenLimits = { limits, slot: takeConcurrencySlot(limits) }
    const now = clock.monotonic()
    const refuse = (thrown: unknown): never => {
      taken.slot.leave()
      throw thrown
    }
    const refuseCharged = (thrown: unknown): never => {
      giveBack(limits.rates, counters, ticket, now)
      return refuse(thrown)
    }
    try {
      const charging = charge(limits, counters, ticket, now)
      if (charging)
        return charging.then(
          () => catchRefusal(() => reserveMoney(ticket, joined, asked, taken), refuseCharged),
          refuse,
        )
    } catch (thrown) {
      return refuse(thrown)
    }
    return catchRefusal(() => reserveMoney(ticket, joined, asked, taken), refuseCharged)
  }

  function reserveMoney(
    ticket: Ticket,
    joined: CallerRules,
    asked: ReserveRequest,
    atDestination: TakenLimits | undefined,
    isRetry = false,
  ): Reservation | Promise<Reservation> {
    const price = priceAt(asked.target, asked.at)
    const trouble = priceTrouble(joined, asked.target, price, barred.has(asked.target.id))
    if (trouble) throw trouble
    const now = clock.monotonic()
    if (book.slots.size >= (options.mostBuckets ?? mostBuckets)) refuseNewBuckets(book, joined, ticket)
    const slots = slotsFor(book, joined, ticket, now)
    const bounds = boundsOf(book, joined, slots, asked, price, now)
    const lot: Lot = { slots, amounts: amountsOf(joined, bounds), holds: [] }
    const reservation = (): Reservation =>
      createReservation(
        { ticket, rules: joined, atDestination, target: asked.target, price, lot },
        bounds,
        clock.monotonic() + book.storeOffset,
      )
    if (tryReserve(book, lot, now)) return reservation()

    let answer: (outcome: Outcome) => void = (outcome) => (answered = outcome)
    let answered: Outcome | undefined = wait(book, lot, now, (outcome) => answer(outcome))
    driver.flush()
    const conclude = (outcome: Outcome): Reservation | Promise<Reservation> => {
      if (outcome.kind === 'reserved') return reservation()
      // the limit was lowered to what we believed to be left; the refusal told us what is
      if (outcome.kind === 'exhausted' && bounds.outputCap !== undefined && !isRetry)
        return reserveMoney(ticket, joined, asked, atDestination, true)
      throw refusal(joined, outcome, bounds)
    }
    if (answered) return conclude(answered)
    return new Promise<Outcome>((resolve) => (answer = resolve)).then(conclude)
  }

  return {
    activate,
    revise(budgets) {
      for (const id of budgets) {
        const slot = book.slots.get(id)
        if (slot) slot.exhausted = undefined
      }
    },
    enter: (principal) => takeConcurrencySlot(rules.of(principal).limits),
    admit({
      principal,
      subject,
      resource,
      run,
      history,
      at = clock.now(),
      isLoneRun = false,
      typicalTokens,
      place: taken,
      parent,
      runOwner,
    }) {
      const base = runOwner ? rules.ofMember(principal, runOwner) : rules.of(principal)
      const own = rules.ofResource(resource)
      const joined = rules.join(base, own)
      const places = [parent ? noConcurrencySlot : (taken ?? takeConcurrencySlot(base.limits))]
      const refuse = (thrown: unknown): never => {
        for (const place of places) place.leave()
        throw thrown
      }
      let charging: Promise<void> | undefined
      try {
        if (own && own.limits.concurrent.length > 0) places.push(takeConcurrencySlot(own.limits))
        if (history) checkRunLimits(joined.limits.runs, history, at)
        charging = charge(joined.limits, counters, { subject, resource, typicalTokens }, clock.monotonic())
      } catch (thrown) {
        refuse(thrown)
      }
      const isHard = joined.hard.length > 0
      const ticket: Ticket = {
        rules: joined,
        subject,
        resource,
        run,
        isLoneRun,
        parent,
        typicalTokens,
        places,
        isHard,
        usedTokens: 0,
        isReleased: false,
      }
      return charging ? charging.then(() => ticket, refuse) : ticket
    },
    unpayable: (ticket, target, at) =>
      priceTrouble(
        rules.join(ticket.rules, rules.ofDestination(target.provider)),
        target,
        priceAt(target, at),
        barred.has(target.id),
      ),
    reserve: (ticket, asked) => reserve(ticket, asked),
    settle(reservation, how) {
      const { settlement: before, ticket, atDestination } = reservation
      const usedBefore = ticket.usedTokens
      const settlement = settleReservation(reservation, how, clock.monotonic(), book.settings.nodes)
      if (!before && atDestination) {
        atDestination.slot.leave()
        correct(atDestination.limits, counters, ticket, ticket.usedTokens - usedBefore, clock.monotonic())
      }
      if (settlement.isBoundBroken && !barred.has(reservation.target.id)) {
        barred.add(reservation.target.id)
        options.barredChanged?.([...barred])
      }
      return settlement
    },
    release(ticket) {
      if (ticket.isReleased) return
      ticket.isReleased = true
      for (const place of ticket.places) place.leave()
      correct(ticket.rules.limits, counters, ticket, ticket.usedTokens, clock.monotonic())
    },
    barred: () => [...barred],
    pardon(target) {
      const wasBarred = barred.delete(target)
      if (wasBarred) options.barredChanged?.([...barred])
      return wasBarred
    },
    status: () => ({
      isStoreDown: clock.monotonic() < book.downUntil,
      waiting: book.queue.length,
      buckets: book.slots.size,
      epoch: book.epoch,
    }),
    stop: () => driver.stop(),
  }
}

const noBounds: Bounds = { nano: undefined, tokens: undefined, outputCap: undefined }

/** Until a configuration says otherwise. */
const runAges = { idleMs: 86_400_000, keepMs: 90 * 86_400_000 }

/** Clients can invent runs, each with a bucket of its own. */
const mostBuckets = 50_000

/**
 * Only what needs a further bucket is refused: callers that invent runs or values must not keep others from
 * budgets that are in use.
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

/** @param refused throws */
function catchRefusal<Value>(
  run: () => Value | Promise<Value>,
  refused: (thrown: unknown) => never,
): Value | Promise<Value> {
  try {
    const value = run()
    return value instanceof Promise ? value.catch(refused) : value
  } catch (thrown) {
    return refused(thrown)
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
