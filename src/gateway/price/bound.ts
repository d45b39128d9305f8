// Computes the most that an attempt may cost, which hard budgets reserve.

import type { PriceRow, TargetRule } from '../../contract/snapshot.ts'
import type { Demand } from '../../contract/usage.ts'
import { feesOf, requestFees, unlimitedUnit, unpricedUnit } from './fees.ts'
import { hasRates, reachableRates } from './rates.ts'
import { one, sumOfProducts } from './sum.ts'
import { factorOf } from './terms.ts'

/** `unpriced`: it may use a unit or token kind without a price in the row. */
export type Bound = { kind: 'amount'; nano: bigint } | { kind: 'unbounded' | 'unpriced'; reason: string }

/**
 * The most that one attempt within this demand may cost: every input token at the highest rate that may apply
 * to it (cache writes, audio, any tier that the input can reach), every output token likewise, and every
 * unit. If the demand has no bound, the target's own limits apply.
 */
export function boundOf(
  demand: Demand,
  target: Pick<TargetRule, 'id' | 'contextWindow' | 'maxOutputTokens' | 'reportsCost'>,
  row: PriceRow,
): Bound {
  if (row.isFree) return { kind: 'amount', nano: 0n }
  if (demand.hasFiles && target.reportsCost)
    return unbounded(`${target.id} charges for reading files as much as its provider likes`)
  if (demand.hasUnboundedFees)
    return unbounded(demand.reason ?? 'the provider may add fees without a limit (server tools)')
  const { units } = demand
  const unit = unpricedUnit(units, row)
  if (unit !== undefined)
    return unpriced(
      `"${target.id}" has no price for "${unit}"; an administrator sets it under "fees" of its price`,
    )
  if (!hasRates(row, demand.inputTokens, demand.outputTokens))
    return unpriced(
      `"${target.id}" has no price for tokens; an administrator sets "input" and "output" of its price`,
    )
  const unlimited = unlimitedUnit(units, row)
  if (unlimited !== undefined) return unbounded(demand.reason ?? `the call has no limit of "${unlimited}"`)
  const factor = factorOf(demand.terms, row)
  if (factor === undefined)
    return unbounded(
      `${target.id} has no price for "${demand.terms?.join('", "')}"; an administrator sets it under "factors" of its price`,
    )
  const input = demand.inputTokens ?? target.contextWindow
  if (input === undefined)
    return unbounded(
      demand.reason ?? `the input has no known limit and neither has the context window of ${target.id}`,
    )
  const perResponse = target.maxOutputTokens ?? target.contextWindow
  const output =
    demand.outputTokens ?? (perResponse === undefined ? undefined : perResponse * (demand.choices ?? 1))
  if (output === undefined)
    return unbounded(demand.reason ?? `no output limit is set and ${target.id} has no known limit of its own`)

  const mayHoldAudio = demand.mayHoldAudio !== false
  let highestInput = 0
  let highestOutput = 0
  let highestRequest = 0
  for (const rates of reachableRates(row, input)) {
    highestInput = Math.max(
      highestInput,
      rates.input,
      rates.cacheRead,
      rates.cacheWrite,
      rates.cacheWriteLong,
      row.cacheWrite12h ?? 0,
      mayHoldAudio ? rates.inputAudio : 0,
    )
    highestOutput = Math.max(highestOutput, rates.output, mayHoldAudio ? rates.outputAudio : 0)
    highestRequest = Math.max(highestRequest, rates.request)
  }
  const tokens = sumOfProducts(Math.max(factor, one), input, highestInput, output, highestOutput)
  return { kind: 'amount', nano: tokens + requestFees(units, highestRequest) + feesOf(units, row) }
}

const unpriced = (reason: string): Bound => ({ kind: 'unpriced', reason })
const unbounded = (reason: string): Bound => ({ kind: 'unbounded', reason })
