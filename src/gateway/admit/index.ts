// Admission: may this caller call now, and does its money cover the worst case? The door of this room.
//
// admit (limits; at once) → per attempt: reserve (budgets; at once while the held slice covers it) → settle → release.

import { GatewayError } from '../../contract/errors.ts'
import type { RunFacts } from '../../contract/run.ts'
import type { Snapshot, TargetRule } from '../../contract/snapshot.ts'
import type { Counters } from '../../contract/state.ts'
import type { Ledger, Registration } from '../../contract/stores.ts'
import type { Clock } from '../../kit/clock.ts'
import { priceAt } from '../price/index.ts'
import type { PrincipalEntry } from '../identify/index.ts'
import { type CallerRules, bucketName, callerRules, joinRun, slotsFor } from './budgets.ts'
import { tryReserve } from './hold.ts'
import { type BookSettings, holdBook, type Lot, type Outcome } from './hold-book.ts'
import { type DriverOptions, holdDriver } from './hold-driver.ts'
import { wait } from './hold-queue.ts'
import { charge, correct, enter, type Gauge, noPlace, type Place } from './limits.ts'
import { checkRun } from './run-limits.ts'
import { chargesOf, type Reservation, type Settlement, type Settling, settleReservation, type Ticket } from './reservation.ts'
import { type Asked, type Bounds, boundsOf, priceTrouble, refusal } from './reserve.ts'

export { memoryCounters } from './counters.ts'
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
   * Registers again with what the data folder has, when the ledger fenced this epoch off. Claim `isJournalProven: false`: calls of the old epoch
   * still run, so its journal is not whole.
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
  /** From now on calls are held to these rules; the ledger has their budgets already. Resolves when what this node holds follows them. */
  activate(snapshot: Snapshot): Promise<void>
  /** These budgets changed at the ledger: no refusal by one of them is remembered. What this node holds follows with the next renewal. */
  revise(budgets: readonly string[]): void
  /** Counts the call as one that runs, before there is a body. @throws GatewayError `too-many-concurrent` */
  enter(principal: PrincipalEntry): Place
  /**
   * Takes over the place, also when it throws. Without one the call enters here. A promise only when the counters answer later.
   * @throws GatewayError (or rejects with) `run-limited`, `rate-limited`, `too-many-concurrent`
   */
  admit(caller: {
    principal: PrincipalEntry
    run: string
    /** What happened in the run before. Absent: nothing. */
    history?: RunFacts
    /** ms since the epoch */
    at?: number
    isLoneRun?: boolean
    typicalTokens: number
    place?: Place | undefined
    /** Of the call that this one is part of: it holds the place of both. */
    parent?: Ticket | undefined
    /** Whose run it is, if another's: its budgets and limits of a run hold, and no others of its. */
    runOwner?: PrincipalEntry | undefined
  }): Ticket | Promise<Ticket>
  /** Why no attempt at this target could be reserved, whatever it asks: no price, or barred. Another target may do. */
  unpayable(ticket: Ticket, target: TargetRule, at: number): GatewayError | undefined
  /**
   * Takes the worst case of one attempt out of every hard budget. A promise only when the ledger has to be asked (≤ 300 ms).
   * @throws GatewayError (or rejects with) `budget-exhausted`, `budget-unknown`, `unbounded-cost`, `unpriced`
   */
  reserve(ticket: Ticket, asked: Asked): Reservation | Promise<Reservation>
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

export function admission(options: AdmissionOptions): Admission {
  const { clock, counters } = options
  const book = holdBook(options.registration, clock.monotonic(), options.settings)
  const driver = holdDriver(book, { ...options, ages: () => inForce?.runs ?? runAges })
  const barred = new Set(options.barred)
  const gauges = new Map<string, Gauge>()
  let inForce: Snapshot | undefined
  let resolved = new WeakMap<PrincipalEntry, CallerRules>()
  const joinedRules = new WeakMap<CallerRules, WeakMap<CallerRules, CallerRules>>()

  function rulesOf(principal: PrincipalEntry): CallerRules {
    let rules = resolved.get(principal)
    if (!rules) {
      if (!inForce) throw new GatewayError('budget-unknown', 'No configuration is in force yet; try again.', { retryAfterSeconds: 1 })
      rules = callerRules(inForce, principal, gaugeOf)
      resolved.set(principal, rules)
    }
    return rules
  }

  function joined(member: CallerRules, owner: CallerRules): CallerRules {
    let known = joinedRules.get(member)
    if (!known) joinedRules.set(member, (known = new WeakMap()))
    let rules = known.get(owner)
    if (!rules) known.set(owner, (rules = joinRun(member, owner)))
    return rules
  }

  function gaugeOf(path: string): Gauge {
    let gauge = gauges.get(path)
    if (!gauge) {
      gauge = { count: 0 }
      gauges.set(path, gauge)
    }
    return gauge
  }

  async function activate(snapshot: Snapshot): Promise<void> {
    inForce = snapshot
    resolved = new WeakMap()
    for (const [path, gauge] of gauges) if (gauge.count === 0) gauges.delete(path)
    for (const slot of book.slots.values()) slot.exhausted = undefined
    await driver.notice()
  }

  function reserve(ticket: Ticket, asked: Asked, isRetry = false): Reservation | Promise<Reservation> {
    const { rules, run } = ticket
    const price = priceAt(asked.target, asked.at)
    const trouble = priceTrouble(ticket, asked.target, price, barred.has(asked.target.id))
    if (trouble) throw trouble
    const now = clock.monotonic()
    // Only a further run is refused: whoever invents runs must not keep others from budgets that are in use.
    const isFull = book.slots.size >= (options.mostBuckets ?? mostBuckets)
    if (isFull && !ticket.isLoneRun && rules.hard.some(({ rule }) => rule.per === 'run' && !book.slots.has(bucketName(rule, run))))
      throw refusal(rules, { kind: 'unknown', why: 'too many runs with budgets of their own are in use at once' }, noBounds)
    const slots = slotsFor(book, ticket, now)
    const bounds = boundsOf(book, rules, slots, asked, price, now)
    const lot: Lot = { slots, amounts: amountsOf(rules, bounds), holds: [] }
    const reservation = (): Reservation => made(ticket, asked, price, bounds, lot, clock.monotonic() + book.storeOffset)
    if (tryReserve(book, lot, now)) return reservation()

    let answer: (outcome: Outcome) => void = (outcome) => (answered = outcome)
    let answered: Outcome | undefined = wait(book, lot, now, (outcome) => answer(outcome))
    driver.flush()
    const conclude = (outcome: Outcome): Reservation | Promise<Reservation> => {
      if (outcome.kind === 'reserved') return reservation()
      // the limit was lowered to what we believed to be left; the refusal told us what is
      if (outcome.kind === 'exhausted' && bounds.outputCap !== undefined && !isRetry) return reserve(ticket, asked, true)
      throw refusal(rules, outcome, bounds)
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
    enter: (principal) => enter(rulesOf(principal).limits),
    admit({ principal, run, history, at = clock.now(), isLoneRun = false, typicalTokens, place: taken, parent, runOwner }) {
      const rules = runOwner ? joined(rulesOf(principal), rulesOf(runOwner)) : rulesOf(principal)
      const place = parent ? noPlace : (taken ?? enter(rules.limits))
      const refuse = (thrown: unknown): never => {
        place.leave()
        throw thrown
      }
      let charging: Promise<void> | undefined
      try {
        if (history) checkRun(rules.limits.runs, history, at)
        charging = charge(rules.limits, counters, typicalTokens)
      } catch (thrown) {
        refuse(thrown)
      }
      const ticket: Ticket = { rules, run, isLoneRun, parent, typicalTokens, place, isHard: rules.hard.length > 0, usedTokens: 0, isReleased: false }
      return charging ? charging.then(() => ticket, refuse) : ticket
    },
    unpayable: (ticket, target, at) => priceTrouble(ticket, target, priceAt(target, at), barred.has(target.id)),
    reserve: (ticket, asked) => reserve(ticket, asked),
    settle(reservation, how) {
      const settlement = settleReservation(reservation, how, clock.monotonic(), book.settings.nodes)
      if (settlement.isBoundBroken && !barred.has(reservation.target.id)) {
        barred.add(reservation.target.id)
        options.barredChanged?.([...barred])
      }
      return settlement
    },
    release(ticket) {
      if (ticket.isReleased) return
      ticket.isReleased = true
      ticket.place.leave()
      correct(ticket.rules.limits, counters, ticket.typicalTokens, ticket.usedTokens)
    },
    barred: () => [...barred],
    pardon(target) {
      const wasBarred = barred.delete(target)
      if (wasBarred) options.barredChanged?.([...barred])
      return wasBarred
    },
    status: () => ({ isStoreDown: clock.monotonic() < book.downUntil, waiting: book.queue.length, buckets: book.slots.size, epoch: book.epoch }),
    stop: () => driver.stop(),
  }
}

const noBounds: Bounds = { nano: undefined, tokens: undefined, outputCap: undefined }

/** Until a configuration says otherwise. */
const runAges = { idleMs: 86_400_000, keepMs: 90 * 86_400_000 }

/** Clients can invent runs, each with a bucket of its own. */
const mostBuckets = 50_000

function amountsOf(rules: CallerRules, bounds: Bounds): number[] {
  const usd = Number(bounds.nano ?? 0n)
  const tokens = bounds.tokens ?? 0
  return rules.hard.map(({ rule }) => (rule.unit === 'usd' ? usd : tokens))
}

function made(ticket: Ticket, { target }: Asked, price: Reservation['price'], bounds: Bounds, lot: Lot, storeNow: number): Reservation {
  return {
    ticket,
    target,
    price,
    isHard: lot.slots.length > 0,
    boundNano: bounds.nano,
    boundTokens: bounds.tokens,
    outputCap: bounds.outputCap,
    lot,
    storeNow,
    settlement: undefined,
    chargesAtBound: () => chargesOf({ ticket, lot, storeNow }, bounds.nano ?? 0n, BigInt(bounds.tokens ?? 0), 'bound'),
  }
}
