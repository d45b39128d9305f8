// Computes the amounts that a reservation must cover for a demand, or the refusal that explains why it cannot
// be covered.

import { GatewayError } from '../../contract/errors.ts'
import type { PriceRow, TargetRule } from '../../contract/snapshot.ts'
import { mostOpenRuns, mostValues } from '../../contract/stores.ts'
import type { Demand } from '../../contract/usage.ts'
import { formatUsd } from '../../kit/money.ts'
import { type Bound, boundOf } from '../price/index.ts'
import type { CallerRules } from './budgets.ts'
import { largestReservation, servingHold } from './hold.ts'
import type { Book, Outcome, BudgetSlot } from './hold-book.ts'

export interface ReserveRequest {
  target: TargetRule
  demand: Demand
  /** ms since the epoch; the price at that time applies. */
  at: number
}

export interface Bounds {
  nano: bigint | undefined
  tokens: number | undefined
  /** Set if the output limit was lowered to the amount that the budgets cover. */
  outputCap: number | undefined
}

/**
 * The worst case of the call. Under hard budgets both must be known, or the output limit is lowered until
 * they are (if every budget allows that).
 * @throws GatewayError `unbounded-cost`, `unpriced`, `budget-exhausted`
 */
export function boundsOf(
  book: Book,
  rules: CallerRules,
  slots: readonly BudgetSlot[],
  asked: ReserveRequest,
  price: PriceRow | undefined,
  now: number,
): Bounds {
  const { demand, target } = asked
  const cost: Bound | undefined = price ? boundOf(demand, target, price) : undefined
  const nano = cost?.kind === 'amount' ? cost.nano : undefined
  const tokens = tokenBound(demand, target)
  const isKnown = !(rules.hasHardUsd && nano === undefined) && !(rules.hasHardTokens && tokens === undefined)
  if (isKnown) {
    if (
      (rules.hasHardUsd && nano !== undefined && nano > largestReservation) ||
      (rules.hasHardTokens && tokens !== undefined && tokens > largestReservation)
    )
      throw unbounded(
        `the call could cost more than one reservation holds (${formatUsd(BigInt(largestReservation))})`,
      )
    return { nano, tokens, outputCap: undefined }
  }
  if (rules.hasHardUsd && cost?.kind === 'unpriced') throw unpriced(rules, cost.reason)
  const reason =
    cost && cost.kind !== 'amount' ? cost.reason : 'neither the call nor the model has a limit of tokens'
  if (!rules.capsOutput || demand.outputTokens !== undefined) throw unbounded(reason)
  return lowerOutput(book, rules, slots, asked, price, reason, now)
}

/** As much output as every budget can still pay for, but no more than any model writes. */
function lowerOutput(
  book: Book,
  rules: CallerRules,
  slots: readonly BudgetSlot[],
  { demand, target }: ReserveRequest,
  price: PriceRow | undefined,
  reason: string,
  now: number,
): Bounds {
  const costAt = (outputTokens: number): bigint | undefined => {
    const cost = price ? boundOf({ ...demand, outputTokens }, target, price) : undefined
    return cost?.kind === 'amount' ? cost.nano : undefined
  }
  const input = demand.inputTokens ?? target.contextWindow
  const choices = demand.choices ?? 1
  let output = mostOutputTokens * choices
  for (const [index, { rule }] of rules.hard.entries()) {
    const slot = slots[index]
    if (!slot) continue
    const left = leftOf(book, slot, now)
    if (rule.unit === 'tokens') {
      if (input === undefined) throw unbounded(reason)
      output = Math.min(output, Number(left) - input)
      continue
    }
    const base = costAt(0)
    const perMillion = costAt(1_000_000)
    if (base === undefined || perMillion === undefined) throw unbounded(reason)
    // the last token may round up by one nano-dollar
    if (perMillion > base)
      output = Math.min(output, Number(((left - base - 1n) * 1_000_000n) / (perMillion - base)))
  }
  const outputCap = Math.floor(output / choices)
  const short = slots[0]
  if (outputCap < 1 && short)
    throw refusal(
      rules,
      { kind: 'exhausted', slot: short },
      { nano: costAt(0), tokens: input, outputCap: undefined },
    )
  return {
    nano: costAt(outputCap * choices),
    tokens: input === undefined ? undefined : input + outputCap * choices,
    outputCap,
  }
}

/** The amount that is free here plus the amount that the store last reported as free. */
function leftOf(book: Book, slot: BudgetSlot, now: number): bigint {
  const atStore = slot.cap - slot.committed
  const here = BigInt(servingHold(book, slot, now + book.storeOffset)?.free ?? 0)
  const left = here + (atStore > 0n ? atStore : 0n)
  return left < largest ? left : largest
}

const largest = BigInt(largestReservation)
const mostOutputTokens = 131_072

/** All input and output that the call or the model allows; undefined if no limit is known. */
function tokenBound(
  { inputTokens, outputTokens, choices = 1 }: Demand,
  target: TargetRule,
): number | undefined {
  const perResponse = target.maxOutputTokens ?? target.contextWindow
  const input = inputTokens ?? target.contextWindow
  const output = outputTokens ?? (perResponse === undefined ? undefined : perResponse * choices)
  return input === undefined || output === undefined ? undefined : Math.ceil(input + output)
}

const unbounded = (reason: string) =>
  new GatewayError(
    'unbounded-cost',
    `A hard budget applies and this call has no upper bound: ${reason}. Set an output limit.`,
  )

const unpriced = (rules: CallerRules, reason: string) => {
  const rule = usdRule(rules)
  return new GatewayError('unpriced', `The hard budget "${rule}" applies and ${reason}.`, { rule })
}

const usdRule = ({ hard }: CallerRules) =>
  hard.find((budget) => budget.rule.unit === 'usd')?.rule.id ?? 'budget'

/** `unpriced` if a hard money budget may not pay for this target. */
export function priceTrouble(
  rules: CallerRules,
  target: TargetRule,
  price: PriceRow | undefined,
  isBarred: boolean,
): GatewayError | undefined {
  if (!rules.hasHardUsd || (price && !isBarred)) return undefined
  if (!price)
    return unpriced(rules, `"${target.id}" has no known price; an administrator gives it one under "prices"`)
  const rule = usdRule(rules)
  return new GatewayError(
    'unpriced',
    `"${target.id}" was billed above its bound, so the hard budget "${rule}" cannot trust its price; an administrator has to look and pardon it.`,
    {
      rule: 'bound-broken',
    },
  )
}

export function refusal(
  rules: CallerRules,
  outcome: Exclude<Outcome, { kind: 'reserved' }>,
  bounds: Bounds,
): GatewayError {
  if (outcome.kind === 'unknown')
    return new GatewayError(
      'budget-unknown',
      `The budgets of this call cannot be checked now: ${outcome.why}; try again.`,
      { retryAfterSeconds: 1 },
    )
  if (outcome.kind === 'too-many-runs')
    return new GatewayError(
      'too-many-runs',
      `This key has ${mostOpenRuns} open runs, and the hard budget "${outcome.slot.budget.split('#', 1)[0]}" is counted per run; name a run that is open, or wait until runs are over.`,
      { rule: outcome.slot.budget.split('#', 1)[0] ?? '', retryAfterSeconds: 60 },
    )
  if (outcome.kind === 'too-many-values') {
    const id = outcome.slot.budget.split('#', 1)[0] ?? ''
    const each = rules.hard.find(({ rule }) => rule.id === id)?.rule.each ?? ''
    const what = each.startsWith('tag:')
      ? `values of the tag "${each.slice('tag:'.length)}"`
      : `values of "${each}"`
    const message = `The hard budget "${id}" already counts ${mostValues} ${what} apart, and this call has a further one; use one that is known.`
    return new GatewayError('too-many-values', message, { rule: id })
  }
  const budget = rules.hard.find(
    ({ rule }) => outcome.slot.budget === rule.id || outcome.slot.budget.startsWith(`${rule.id}#`),
  )
  if (!budget)
    return new GatewayError('budget-exhausted', 'A hard budget cannot cover this call.', {
      rule: outcome.slot.budget,
    })
  const { rule, owner, amount } = budget
  const isUsd = rule.unit === 'usd'
  const size = isUsd ? formatUsd(amount) : `${amount} tokens`
  const need = isUsd ? formatUsd(bounds.nano ?? 0n) : `${bounds.tokens ?? 0} tokens`
  const message = `The budget of ${owner.title} (${size} per ${rule.per}) cannot cover this call, which may take up to ${need}; lower its output limit or have the budget "${rule.id}" raised.`
  return new GatewayError(
    'budget-exhausted',
    rule.per === 'total' ? message.replace(' per total', ' in all') : message,
    { rule: rule.id },
  )
}
