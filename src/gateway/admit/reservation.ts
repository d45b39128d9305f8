// A reservation: the amounts that one attempt holds of every hard budget until it is settled, and its charge.

import type { Lot } from './hold-book.ts'
import type { Charge } from '../../contract/record.ts'
import type { PriceRow, TargetRule } from '../../contract/snapshot.ts'
import type { Usage } from '../../contract/usage.ts'
import { type CallerRules, softCharge, type SlotUser } from './budgets.ts'
import { maxNano } from '../../kit/money.ts'
import { costOf, priceAt } from '../price/index.ts'
import { canForgive, forgive, forgivenOf, settleLot } from './hold.ts'
import type { ConcurrencySlot, TakenLimits } from './limits.ts'

/** A call that its limits have admitted. */
export interface Ticket extends SlotUser {
  readonly typicalTokens: number
  readonly places: readonly ConcurrencySlot[]
  /** Does a hard budget apply to any destination that was tried so far? */
  isHard: boolean
  /** Tokens of settled attempts. */
  usedTokens: number
  isReleased: boolean
}

export interface Reservation {
  readonly ticket: Ticket
  /** Those of the ticket and of the destination. */
  readonly rules: CallerRules
  /** The destination's limits that it has taken. */
  readonly atDestination: TakenLimits | undefined
  readonly target: TargetRule
  /** The price at its creation. Absent if it is unknown and no hard budget needs it. */
  readonly price: PriceRow | undefined
  /** Does a hard budget apply? Then an unknown cost is charged at the bound. */
  readonly isHard: boolean
  /** The most that the attempt may cost. Absent if no bound or no price is known. */
  readonly boundNano: bigint | undefined
  readonly boundTokens: number | undefined
  /** The output limit that the attempt must set, because the budget covers no more. */
  readonly outputCap: number | undefined
  readonly lot: Lot
  /** The store's time when it began: soft budgets count it in the windows of that time. */
  readonly storeNow: number
  settlement: Settlement | undefined
  /** For the journal's `open` line: the charge if no later evidence arrives. */
  chargesAtBound(): Charge[]
}

export interface Settlement {
  charges: readonly Charge[]
  /** Absent: unknown price. */
  costNano: bigint | undefined
  /** The vendor billed above the bound. */
  isBoundBroken: boolean
  /** The reported usage could not be priced, so the bound was charged. */
  isAtBound: boolean
  /** Nano-dollars below the bound that the vendor may have billed. */
  forgivenNano?: bigint
  /** The cost by our price list. Present if the provider's own price was charged. */
  listed?: { nano: bigint | undefined }
}

/**
 * The basis of an attempt's charge: nothing (not sent, or documented free), its bound, the provider's report,
 * or our estimate.
 */
export type Settling =
  | { kind: 'free' }
  | { kind: 'bound' }
  /**
   * It failed on the vendor's side after it was sent. The charge is the observed usage (or nothing) if the
   * rest may be forgiven, else the bound.
   */
  | { kind: 'forgivable'; usage: Usage | undefined }
  /** `others`: the targets of `usage.others`, in their order; undefined where one is unknown. */
  | { kind: 'usage'; usage: Usage; others?: readonly (TargetRule | undefined)[] }

/** Moves the money at the first call; later calls return the same result. */
export function settleReservation(
  reservation: Reservation,
  asked: Settling,
  now: number,
  nodes = 1,
): Settlement {
  if (reservation.settlement) return reservation.settlement
  const how: Settling =
    asked.kind === 'forgivable' ? settlingOfForgiven(reservation, asked.usage, nodes) : asked
  const isForgiven = asked.kind === 'forgivable' && how.kind !== 'bound'
  const { ticket, rules, lot, price, target, boundNano, boundTokens } = reservation
  const usage = how.kind === 'usage' ? how.usage : undefined
  const isFree = how.kind === 'free'
  const listed = isFree ? 0n : how.kind === 'usage' ? listedCost(reservation, how) : price && boundNano
  const reported =
    usage?.reportedNano !== undefined && target.reportsCost ? BigInt(usage.reportedNano) : undefined
  const known = reported ?? (price || how.kind === 'usage' ? listed : undefined)
  // usage without a price costs a hard budget the whole reservation
  const costNano = known ?? (price && reservation.isHard ? boundNano : undefined)
  const tokens = Math.min(
    isFree ? 0 : usage ? tokensOf(usage) : (boundTokens ?? ticket.typicalTokens),
    Number(maxNano),
  )
  // the record keeps the vendor's value; the books are limited to the largest amount that they can hold
  const charged = costNano !== undefined && costNano > maxNano ? maxNano : (costNano ?? 0n)
  ticket.usedTokens += tokens

  if (reservation.isHard) {
    const spent = amountsOf(rules, Number(charged), tokens)
    if (isForgiven) forgive(lot, spent)
    settleLot(lot, spent, now)
  }
  const isBoundBroken =
    (boundNano !== undefined && costNano !== undefined && costNano > boundNano) ||
    (boundTokens !== undefined && tokens > boundTokens)
  reservation.settlement = {
    charges: chargesOf(
      reservation,
      charged,
      BigInt(tokens),
      basisOf(how, known === undefined && costNano !== undefined),
      isForgiven,
    ),
    costNano,
    isBoundBroken,
    isAtBound: known === undefined && costNano !== undefined,
    ...(isForgiven && boundNano !== undefined && { forgivenNano: boundNano - charged }),
    ...(reported !== undefined && { listed: { nano: listed } }),
  }
  return reservation.settlement
}

/** The observed usage, or nothing. The bound if no more may be forgiven. */
function settlingOfForgiven(
  { lot, rules, price, boundNano }: Reservation,
  usage: Usage | undefined,
  nodes: number,
): Settling {
  const cost = !usage ? 0n : price && costOf(usage, price)
  if (cost === undefined || (boundNano !== undefined && cost > boundNano)) return { kind: 'bound' }
  const spent = amountsOf(rules, Number(cost), usage ? tokensOf(usage) : 0)
  if (!canForgive(lot, spent, nodes)) return { kind: 'bound' }
  return usage ? { kind: 'usage', usage } : { kind: 'free' }
}

const amountsOf = ({ hard }: CallerRules, nano: number, tokens: number) =>
  hard.map(({ rule }) => (rule.unit === 'usd' ? nano : tokens))

function basisOf(how: Settling, isAtBound: boolean): Charge['basis'] {
  if (how.kind === 'bound' || isAtBound) return 'bound'
  return how.kind === 'usage' && how.usage.isEstimated ? 'estimated' : undefined
}

/** By our price list, each model at its own price. */
function listedCost(
  { price, storeNow }: Reservation,
  { usage, others = [] }: Extract<Settling, { kind: 'usage' }>,
): bigint | undefined {
  let sum = price && costOf(usage, price)
  for (const [index, other] of (usage.others ?? []).entries()) {
    const target = others[index]
    const row = target && priceAt(target, storeNow)
    const cost = row && costOf(other.usage, row)
    sum = sum === undefined || cost === undefined ? undefined : sum + cost
  }
  return sum
}

export function chargesOf(
  { ticket, rules, lot, storeNow }: Pick<Reservation, 'ticket' | 'rules' | 'lot' | 'storeNow'>,
  nano: bigint,
  tokens: bigint,
  basis?: Charge['basis'],
  isForgiven = false,
): Charge[] {
  const charges: Charge[] = []
  const { hard, soft } = rules
  // Computed once: a call has many budgets and two amounts.
  const nanoText = nano.toString()
  const tokensText = tokens.toString()
  for (let index = 0; index < lot.holds.length; index += 1) {
    const hold = lot.holds[index]
    // the store never sees a run that is a single call
    if (!hold || hold.slot.isLone) continue
    const isUsd = hard[index]?.rule.unit === 'usd'
    const forgiven = isForgiven ? forgivenOf(lot, amountsOf(rules, Number(nano), Number(tokens)), index) : 0
    if ((isUsd ? nano : tokens) === 0n && forgiven === 0) continue
    const charge: Charge = {
      bucket: hold.slot.budget,
      window: hold.window,
      amount: isUsd ? nanoText : tokensText,
      epoch: hold.epoch,
    }
    if (basis) charge.basis = basis
    if (forgiven > 0) charge.forgiven = String(forgiven)
    charges.push(charge)
  }
  for (const budget of soft) {
    const amount = budget.rule.unit === 'usd' ? nano : tokens
    if (amount === 0n || (ticket.isLoneRun && budget.rule.per === 'run')) continue
    const charge = softCharge(budget, ticket, storeNow, amount)
    charges.push(basis ? { ...charge, basis } : charge)
  }
  return charges
}

const tokensOf = (usage: Usage): number =>
  (usage.others ?? []).reduce(
    (sum, other) => sum + tokensOf(other.usage),
    Math.ceil(Math.max(0, usage.inputTokens ?? 0) + Math.max(0, usage.outputTokens ?? 0)),
  )
