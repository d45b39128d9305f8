// The interface of a strategy. Each strategy has one file; index.ts lists them.

import type { Plan } from '../../../contract/snapshot.ts'
import type { Demand } from '../../../contract/usage.ts'
import type { Random } from '../../../kit/id.ts'

/** A target of the plan, with its weight. */
export type Choice = Plan['targets'][number]

export interface Strategy {
  /** As the configuration writes it. */
  readonly name: string
  /** How it orders targets, as the end of a sentence in the configuration reference. */
  readonly meaning: string
  /**
   * Orders the targets of a plan. Filters (policies, readiness, breakers, capacity) come after it and keep
   * the order.
   */
  order(choices: readonly Choice[], view: View): readonly Choice[]
}

/**
 * The facts that a strategy may read. Each is computed when it is read, so a strategy costs only what it
 * reads.
 */
export interface View {
  /** When the call was admitted, ms since the epoch. */
  readonly at: number
  readonly random: Random
  /** The most that the call may use at a target, and its typical use. */
  demand(target: string): Demand
  /** The cost of the call at a target, at the current prices. */
  price(target: string): Quote
  /** This node's state of a target. */
  health(target: string): TargetView
}

/** Nano-dollars. `undefined` means unknown, which is never zero. */
export interface Quote {
  /** The expected cost of such a call. */
  readonly expectedNano: bigint | undefined
  /** The most that it may cost. */
  readonly boundNano: bigint | undefined
}

export interface TargetView {
  /**
   * Recent time to the first output of responses in the form that this call requests: streamed or whole.
   * `undefined` without a measurement.
   */
  readonly latencyMs: number | undefined
  readonly failuresInRow: number
  /** Calls of this node that run there now. */
  readonly inFlight: number
}
