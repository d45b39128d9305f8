// Fees: prices per unit (a search, an image, a second, a character, a request) instead of per token.

import type { PriceRow } from '../../contract/snapshot.ts'
import { whole } from './sum.ts'

/** Amounts by the unit's name, as in `Demand.units` and `Usage.fees`. */
export type Units = Readonly<Record<string, number>>

/** One search, counted in two units: the row defines which of them has a price for the model. */
const sameThing: Readonly<Record<string, string>> = {
  web_search: 'grounded_prompt',
  grounded_prompt: 'web_search',
}

/** The requests of a call have a separate rate in the row. */
const requestUnit = 'request'

/** The first used unit without a price in the row. */
export function unpricedUnit(units: Units | undefined, row: PriceRow): string | undefined {
  for (const name in units) {
    const amount = units[name] ?? 0
    if (Number.isNaN(amount)) return name
    if (amount <= 0 || name === requestUnit || feeOf(row, name) !== undefined) continue
    const other = sameThing[name]
    if (other === undefined || !Object.hasOwn(units, other) || feeOf(row, other) === undefined) return name
  }
  return undefined
}

/** The first unit that may be used without a limit and is not free. */
export function unlimitedUnit(units: Units | undefined, row: PriceRow): string | undefined {
  for (const name in units) {
    const rate = name === requestUnit ? row.request : feeOf(row, name)
    if (units[name] === Number.POSITIVE_INFINITY && rate !== undefined && rate > 0) return name
  }
  return undefined
}

/** Nano-dollars for units that the row prices. */
export function feesOf(units: Units | undefined, row: PriceRow): bigint {
  let nano = 0n
  for (const name in units) {
    const fee = feeOf(row, name)
    if (fee !== undefined) nano += BigInt(whole(units[name])) * BigInt(fee)
  }
  return nano
}

/** Nano-dollars for the requests of a call, at the rate of one. */
export function requestFees(units: Units | undefined, rate: number): bigint {
  if (!units || !Object.hasOwn(units, requestUnit)) return BigInt(rate)
  return BigInt(whole(units[requestUnit])) * BigInt(rate)
}

const feeOf = ({ fees }: PriceRow, name: string): number | undefined =>
  fees && Object.hasOwn(fees, name) ? fees[name] : undefined
