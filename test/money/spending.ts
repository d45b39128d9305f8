// What the calls of a history ask for and use, in tokens and units, priced by the arithmetic that runs in
// production. Its amounts stay those that the seed drew, so that old histories mean what they meant.

import type { PriceRow } from '../../src/contract/snapshot.ts'
import type { Demand, Usage } from '../../src/contract/usage.ts'
import { boundOf, costOf } from '../../src/gateway/price/index.ts'
import type { SimEvent } from './generate.ts'
import { must } from './check.ts'

type Call = Extract<SimEvent, { kind: 'call' }>

/** A nano-dollar per token of output, three per image. */
const row: PriceRow = { input: 1_000_000, output: 1_000_000, fees: { image: 3 } }
const target = { id: 'sim/model' }

/** One image for every seven of the amount. */
const imagesIn = (amount: number) => Math.floor(amount / 7)

export function demandOf({ bound }: Call): Demand {
  const images = imagesIn(bound)
  const outputTokens = bound - 3 * images
  return {
    inputTokens: 0,
    outputTokens,
    units: { image: images },
    hasUnboundedFees: false,
    typicalTokens: outputTokens,
    typicalInputTokens: 0,
  }
}

/** As many images as the bill and the demand have room for, the rest in tokens. */
function usageOf({ bound, billed }: Call): Usage {
  const images = Math.min(imagesIn(bound), Math.floor(billed / 3))
  return { inputTokens: 0, outputTokens: billed - 3 * images, fees: { image: images } }
}

/** @param demand what the call is bounded by, which a mutant may change */
export function boundOfCall(demand: Demand): number {
  const bound = boundOf(demand, target, row)
  must(bound.kind === 'amount', () => 'a call of the simulation has no bound')
  return bound.kind === 'amount' ? Number(bound.nano) : 0
}

export function billOf(call: Call): number {
  const cost = Number(costOf(usageOf(call), row))
  must(cost === call.billed, () => `a bill of ${call.billed} is priced at ${cost}`)
  return cost
}
