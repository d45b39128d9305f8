// The rates of a price row: the row that applies, and its price for each kind of token.

import type { PriceRow, TargetRule } from '../../contract/snapshot.ts'

/** Nano-dollars per million tokens, every rate filled in; `request` per request. */
export type Rates = Required<
  Omit<PriceRow, 'from' | 'isFree' | 'tiers' | 'fees' | 'factors' | 'cacheWrite12h'>
>
type Tier = NonNullable<PriceRow['tiers']>[number]

/**
 * The row that applies at a moment (ms since the epoch). `undefined` means that the price is unknown, which is
 * never zero. Pin it at admission.
 */
export function priceAt(target: Pick<TargetRule, 'prices'>, at: number): PriceRow | undefined {
  for (let index = target.prices.length - 1; index >= 0; index -= 1) {
    const row = target.prices[index]
    if (row && (row.from === undefined || row.from <= at)) return row
  }
  return undefined
}

/** Does the row have prices for this many tokens? Tokens without a rate must not be used. */
export const hasRates = (row: PriceRow, input: number | undefined, output: number | undefined): boolean =>
  (row.input !== undefined || input === 0) && (row.output !== undefined || output === 0)

/** The rates of a call with this much input: those of the highest tier that it exceeds. */
export function ratesFor(row: PriceRow, input: number): Rates {
  let tier: Tier | undefined
  if (row.tiers)
    for (const other of row.tiers)
      if (input > other.above && (!tier || other.above > tier.above)) tier = other
  return ratesOf(row, tier)
}

/** The possible rates of a call with at most this much input. */
export function reachableRates(row: PriceRow, input: number): Rates[] {
  return [
    ratesOf(row, undefined),
    ...(row.tiers ?? []).filter((tier) => input > tier.above).map((tier) => ratesOf(row, tier)),
  ]
}

/**
 * A tier's rate, else the row's, else the plain rate. A one-hour cache write without a rate has the rate of a
 * short one.
 */
function ratesOf(row: PriceRow, tier: Tier | undefined): Rates {
  const input = tier?.input ?? row.input ?? 0
  const output = tier?.output ?? row.output ?? 0
  const cacheWrite = tier?.cacheWrite ?? row.cacheWrite ?? input
  return {
    input,
    output,
    cacheRead: tier?.cacheRead ?? row.cacheRead ?? input,
    cacheWrite,
    cacheWriteLong: tier?.cacheWriteLong ?? row.cacheWriteLong ?? cacheWrite,
    inputAudio: tier?.inputAudio ?? row.inputAudio ?? input,
    outputAudio: tier?.outputAudio ?? row.outputAudio ?? output,
    request: tier?.request ?? row.request ?? 0,
  }
}
