// The amounts that one record adds to sums of usage.

import type { ExchangeRecord } from '../../../contract/record.ts'
import type { Usage } from '../../../contract/usage.ts'

export interface Amounts {
  exchanges: bigint
  input: bigint
  output: bigint
  cacheRead: bigint
  cost: bigint
  estimated: bigint
  unpriced: bigint
}

/**
 * The maximum of one cell, so that sums of a hundred cells still fit 64 bits: 72 million dollars, 7·10^16
 * tokens.
 */
export const mostPerCell = 2n ** 56n
export const within = (amount: bigint): bigint => (amount < mostPerCell ? amount : mostPerCell)

export const noAmounts = (): Amounts => ({
  exchanges: 0n,
  input: 0n,
  output: 0n,
  cacheRead: 0n,
  cost: 0n,
  estimated: 0n,
  unpriced: 0n,
})

/** @throws if the cost is not a number */
export function amountsOf(record: ExchangeRecord): Amounts {
  const amounts = noAmounts()
  amounts.exchanges = BigInt(record.repeats ?? 1)
  for (const usage of usagesOf(record)) {
    amounts.input += BigInt(usage.inputTokens ?? 0)
    amounts.output += BigInt(usage.outputTokens ?? 0)
    amounts.cacheRead += BigInt(usage.cacheReadTokens ?? 0)
  }
  if (record.costNano !== undefined) {
    amounts.cost = BigInt(record.costNano)
    if (record.costBasis === 'estimated' || record.costBasis === 'bound') amounts.estimated = amounts.cost
  } else if (record.attempts.some((attempt) => attempt.outcome !== 'not-sent')) amounts.unpriced = 1n
  return amounts
}

export function addAmounts(sum: Amounts, more: Amounts): void {
  sum.exchanges += more.exchanges
  sum.input += more.input
  sum.output += more.output
  sum.cost += more.cost
  // most records have no such amounts, and each BigInt addition allocates
  if (more.cacheRead > 0n) sum.cacheRead += more.cacheRead
  if (more.estimated > 0n) sum.estimated += more.estimated
  if (more.unpriced > 0n) sum.unpriced += more.unpriced
}

/** The usage of all attempts. A record without details of its attempts has a total. */
function usagesOf({ attempts, usage }: ExchangeRecord): readonly Usage[] {
  const used = attempts.flatMap((attempt) => attempt.usage ?? [])
  return used.length > 0 ? used : usage ? [usage] : []
}
