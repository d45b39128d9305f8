// Computes the cost of an attempt by its target's price list; the rules are in the price rows.

import type { PriceRow } from '../../contract/snapshot.ts'
import type { Demand, Usage } from '../../contract/usage.ts'
import { feesOf, requestFees, unpricedUnit } from './fees.ts'
import { hasRates, ratesFor } from './rates.ts'
import { sumOfProducts, whole } from './sum.ts'
import { factorOf } from './terms.ts'

/**
 * Nano-dollars for a provider's reported usage, rounded up once.
 *
 * Parts of the input are taken out of its total, the most expensive kind first (audio, writes for an hour,
 * writes, reads), so that no token is charged twice where a vendor counts cached audio in both. If a total is
 * missing or smaller than its parts, the sum of the parts is used. Reasoning is part of the output and has
 * its rate. Beyond the threshold of a tier, the tier's rates apply to the whole call.
 * @returns `undefined` means that the price of the terms, of a unit, of tokens or of a cache lifetime is
 * unknown
 */
export function costOf(usage: Usage, row: PriceRow): bigint | undefined {
  if (row.isFree) return 0n
  const factor = factorOf(usage.terms, row)
  if (factor === undefined) return undefined
  const audio = whole(usage.inputAudioTokens)
  const written = Math.max(
    whole(usage.cacheWriteTokens),
    whole(usage.cacheWriteLongTokens) + whole(usage.cacheWrite12hTokens),
  )
  const read = whole(usage.cacheReadTokens)
  const input = Math.max(whole(usage.inputTokens), written + read, audio)
  const outputAudio = whole(usage.outputAudioTokens)
  const output = Math.max(whole(usage.outputTokens), whole(usage.reasoningTokens), outputAudio)
  if (unpricedUnit(usage.fees, row) !== undefined || !hasRates(row, input, output)) return undefined
  const rates = ratesFor(row, input)

  // A lifetime that has no rate has no price.
  const halfDay = whole(usage.cacheWrite12hTokens)
  if (halfDay > 0 && row.cacheWrite12h === undefined) return undefined
  const long = whole(usage.cacheWriteLongTokens) + halfDay
  const notAudio = input - audio
  const writtenLong = Math.min(long, notAudio)
  const writtenShort = Math.min(written - long, notAudio - writtenLong)
  const readPart = Math.min(read, notAudio - writtenLong - writtenShort)
  const rest = notAudio - writtenLong - writtenShort - readPart

  const tokens = sumOfProducts(
    factor,
    rest,
    rates.input,
    readPart,
    rates.cacheRead,
    writtenShort,
    rates.cacheWrite,
    Math.max(0, writtenLong - halfDay),
    rates.cacheWriteLong,
    Math.min(halfDay, writtenLong),
    row.cacheWrite12h ?? 0,
    audio,
    rates.inputAudio,
    output - outputAudio,
    rates.output,
    outputAudio,
    rates.outputAudio,
  )
  return tokens + requestFees(usage.fees, rates.request) + feesOf(usage.fees, row)
}

/** The expected cost of a call with this demand. `undefined` means that its price is unknown. */
export function expectedCost(
  { typicalTokens, typicalInputTokens, units, terms }: Demand,
  row: PriceRow,
): bigint | undefined {
  const inputTokens = Math.min(typicalInputTokens, typicalTokens)
  return costOf(
    {
      inputTokens,
      outputTokens: typicalTokens - inputTokens,
      ...(units && { fees: units }),
      ...(terms && { terms }),
    },
    row,
  )
}
