// The demands and the usage of a history's calls, in tokens and units, priced by the production arithmetic.
// The amounts stay those that the seed generated, so that old histories keep their meaning.

import type { PriceRow } from '../../src/contract/snapshot.ts'
import type { Demand, Usage } from '../../src/contract/usage.ts'
import { boundOf, costOf } from '../../src/gateway/price/index.ts'
import type { SimEvent } from './generate.ts'
import { must } from './check.ts'

type Call = Extract<SimEvent, { kind: 'call' }>

/** A nano-dollar per output token, three per image. */
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

/** As many images as fit into both the bill and the demand, the rest in tokens. */
function usageOf({ bound, billed }: Call): Usage {
  const images = Math.min(imagesIn(bound), Math.floor(billed / 3))
  return { inputTokens: 0, outputTokens: billed - 3 * images, fees: { image: images } }
}

/** @param demand the upper bound of the call, which a mutant may change */
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
