// Invariants of records and budgets, whatever happened to the process.

import type { Budget } from '../../src/contract/admin-api.ts'
import type { ExchangeRecord } from '../../src/contract/record.ts'
import { parseUsd } from '../../src/kit/money.ts'
import type { GatewayProcess } from './process.ts'

export async function budgetsOf(node: Pick<GatewayProcess, 'admin'>): Promise<Budget[]> {
  return ((await node.admin('/budgets')).body as { budgets: Budget[] }).budgets
}

/** In the smallest unit: nano-dollars or tokens. */
export const amountOf = (text: string): bigint =>
  text.startsWith('$') ? parseUsd(text.slice(1)) : BigInt(text)

/** By budget: the sum that all records were charged. */
export function chargedBy(records: readonly ExchangeRecord[]): Record<string, bigint> {
  const sums: Record<string, bigint> = {}
  for (const { charges = [] } of records)
    for (const { bucket, amount } of charges) sums[bucket] = (sums[bucket] ?? 0n) + BigInt(amount)
  return sums
}

export const spentBy = (budgets: readonly Budget[]): Record<string, bigint> =>
  Object.fromEntries(
    budgets.filter(({ spent }) => amountOf(spent) > 0n).map(({ id, spent }) => [id, amountOf(spent)]),
  )

export const inDoubt = (budgets: readonly Budget[]): bigint =>
  budgets.reduce((sum, budget) => sum + amountOf(budget.inDoubt), 0n)

/** The first of each pair of equal ids. */
export function repeated(records: readonly ExchangeRecord[]): string[] {
  const seen = new Set<string>()
  return records.filter(({ id }) => seen.size === seen.add(id).size).map(({ id }) => id)
}
