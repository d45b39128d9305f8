// The view of one call for strategies: its demand, prices, and the health of targets. Created only for
// strategies that read it.

import type { Operation } from '../../contract/operation.ts'
import type { Demand } from '../../contract/usage.ts'
import type { Random } from '../../kit/id.ts'
import type { Call } from '../call.ts'
import type { Parts } from '../parts.ts'
import { boundOf, expectedCost, priceAt } from '../price/index.ts'
import type { Quote, TargetView, View } from './strategies/strategy.ts'

export class CallView implements View {
  readonly at: number
  readonly random: Random
  readonly #parts: Parts
  readonly #call: Call
  readonly #operation: Operation

  /** @param operation as inspected */
  constructor(parts: Parts, call: Call, operation: Operation) {
    this.at = call.draft.at
    this.random = parts.random
    this.#parts = parts
    this.#call = call
    this.#operation = operation
  }

  // Properties instead of methods, because strategies destructure the view.
  readonly demand = (target: string): Demand => this.#operation.demand(target)

  readonly price = (target: string): Quote => {
    const rule = this.#call.runtime.target(target)
    const row = rule && priceAt(rule, this.at)
    if (!row) return unknown
    const demand = this.demand(target)
    const bound = boundOf(demand, rule, row)
    return {
      expectedNano: expectedCost(demand, row),
      boundNano: bound.kind === 'amount' ? bound.nano : undefined,
    }
  }

  readonly health = (target: string): TargetView => {
    const { breaker, inFlight, latency } = this.#parts.health.of(target)
    return {
      latencyMs: latency.of(this.#operation.isStreaming),
      failuresInRow: breaker.failuresInRow,
      inFlight,
    }
  }
}

const unknown: Quote = { expectedNano: undefined, boundNano: undefined }
