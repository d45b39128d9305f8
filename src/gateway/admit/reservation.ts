// A reservation: what one attempt holds of every hard budget until it is settled, and what it will be charged.

import type { Lot } from './hold-book.ts'
import type { Charge } from '../../contract/record.ts'
import type { PriceRow, TargetRule } from '../../contract/snapshot.ts'
import type { Usage } from '../../contract/traffic.ts'
import { type CallerRules, softCharge } from './budgets.ts'
import { settleLot } from './hold.ts'
import type { Place } from './limits.ts'

/** A call that limits let in. */
export interface Ticket {
  readonly rules: CallerRules
  readonly run: string
  readonly typicalTokens: number
  readonly place: Place
  /** Does a hard budget apply? */
  readonly isHard: boolean
  /** Tokens of settled attempts. */
  usedTokens: number
  isReleased: boolean
}

export interface Reservation {
  readonly ticket: Ticket
  readonly target: TargetRule
  /** The price in force when it was made; absent: unknown, and nobody hard asks. */
  readonly price: PriceRow | undefined
  /** Does a hard budget apply? Then an unknown cost is charged at the bound. */
  readonly isHard: boolean
  /** The most that the attempt may cost; absent: no bound or no price is known. */
  readonly boundNano: bigint | undefined
  readonly boundTokens: number | undefined
  /** The output limit that the attempt must set, because the budget covers no more. */
  readonly outputCap: number | undefined
  readonly lot: Lot
  /** The store's time when it began: soft budgets count it in the windows of then. */
  readonly storeNow: number
  settlement: Settlement | undefined
  /** For the journal's `open` line: what it is charged if nobody ever knows better. */
  chargesAtBound(): Charge[]
}

export interface Settlement {
  charges: readonly Charge[]
  /** Absent: unknown price. */
  costNano: bigint | undefined
  /** The vendor billed above the bound. */
  isBoundBroken: boolean
  /** What was told could not be priced, so the bound was charged. */
  isAtBound: boolean
  /** Present where the provider's own price was charged: what our price list says. */
  listed?: { nano: bigint | undefined }
}

/** What an attempt is charged for: nothing (not sent, or documented free), its bound, or what the provider told or we estimated. */
export type Settling =
  | { kind: 'free' }
  | { kind: 'bound' }
  /** `others`: the targets of `usage.others`, in their order; undefined where one is unknown. */
  | { kind: 'usage'; usage: Usage; others?: readonly (TargetRule | undefined)[] }

/** Prices what was used at a moment (ms since the epoch); undefined: unknown. */
export interface Prices {
  priceAt(target: TargetRule, at: number): PriceRow | undefined
  costOf(usage: Usage, row: PriceRow): bigint | undefined
}

/** Moves the money; the first time only, later calls answer the same. */
export function settleReservation(reservation: Reservation, how: Settling, prices: Prices, now: number): Settlement {
  if (reservation.settlement) return reservation.settlement
  const { ticket, lot, price, target, boundNano, boundTokens } = reservation
  const usage = how.kind === 'usage' ? how.usage : undefined
  const isFree = how.kind === 'free' || (usage !== undefined && isEmpty(usage))
  const listed = isFree ? 0n : how.kind === 'usage' ? listedCost(reservation, how, prices) : price && boundNano
  const reported = usage?.reportedNano !== undefined && target.reportsCost ? BigInt(usage.reportedNano) : undefined
  const known = reported ?? (price || how.kind === 'usage' ? listed : undefined)
  // what nobody can price costs a hard budget all that was reserved for it
  const costNano = known ?? (price && reservation.isHard ? boundNano : undefined)
  const tokens = isFree ? 0 : usage ? tokensOf(usage) : (boundTokens ?? ticket.typicalTokens)
  ticket.usedTokens += tokens

  const { hard } = ticket.rules
  if (hard.length > 0) {
    const cost = Number(costNano ?? 0n)
    settleLot(
      lot,
      hard.map(({ rule }) => (rule.unit === 'usd' ? cost : tokens)),
      now,
    )
  }
  const isBoundBroken =
    (boundNano !== undefined && costNano !== undefined && costNano > boundNano) || (boundTokens !== undefined && tokens > boundTokens)
  reservation.settlement = {
    charges: chargesOf(reservation, costNano ?? 0n, BigInt(tokens)),
    costNano,
    isBoundBroken,
    isAtBound: known === undefined && costNano !== undefined,
    ...(reported !== undefined && { listed: { nano: listed } }),
  }
  return reservation.settlement
}

/** By our price list, each model at its own price. */
function listedCost(
  { price, storeNow }: Reservation,
  { usage, others = [] }: Extract<Settling, { kind: 'usage' }>,
  prices: Prices,
): bigint | undefined {
  let sum = price && prices.costOf(usage, price)
  for (const [index, other] of (usage.others ?? []).entries()) {
    const target = others[index]
    const row = target && prices.priceAt(target, storeNow)
    const cost = row && prices.costOf(other.usage, row)
    sum = sum === undefined || cost === undefined ? undefined : sum + cost
  }
  return sum
}

export function chargesOf({ ticket, lot, storeNow }: Pick<Reservation, 'ticket' | 'lot' | 'storeNow'>, nano: bigint, tokens: bigint): Charge[] {
  const charges: Charge[] = []
  const { hard, soft } = ticket.rules
  // Spelled once: a call has many budgets and two amounts.
  const nanoText = nano.toString()
  const tokensText = tokens.toString()
  for (let index = 0; index < lot.holds.length; index += 1) {
    const hold = lot.holds[index]
    const isUsd = hard[index]?.rule.unit === 'usd'
    if (hold && (isUsd ? nano : tokens) > 0n)
      charges.push({ bucket: hold.slot.budget, window: hold.window, amount: isUsd ? nanoText : tokensText, epoch: hold.epoch })
  }
  for (const budget of soft) {
    const amount = budget.rule.unit === 'usd' ? nano : tokens
    if (amount > 0n) charges.push(softCharge(budget, ticket.run, storeNow, amount))
  }
  return charges
}

/** Nothing told at all: nothing was billed that anybody could name. */
function isEmpty(usage: Usage): boolean {
  for (const _ in usage) return false
  return true
}

const tokensOf = (usage: Usage): number =>
  (usage.others ?? []).reduce(
    (sum, other) => sum + tokensOf(other.usage),
    Math.ceil(Math.max(0, usage.inputTokens ?? 0) + Math.max(0, usage.outputTokens ?? 0)),
  )
