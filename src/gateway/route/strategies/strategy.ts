// What a strategy is. One file each; the list of them is index.ts.

import type { Plan } from '../../../contract/snapshot.ts'
import type { Demand } from '../../../contract/usage.ts'
import type { Random } from '../../../kit/id.ts'

/** A target of the plan, with its weight. */
export type Choice = Plan['targets'][number]

export interface Strategy {
  /** As the configuration writes it. */
  readonly name: string
  /** How it orders targets, for the reference of the configuration: the end of a sentence. */
  readonly meaning: string
  /**
   * Orders the targets of a plan. Filters (policies, readiness, breakers, capacity) come after it and keep
   * the order.
   */
  order(choices: readonly Choice[], view: View): readonly Choice[]
}

/**
 * What a strategy may look at. Everything is worked out when it is asked for, so that a strategy costs what
 * it looks at.
 */
export interface View {
  /** When the call was admitted, ms since the epoch. */
  readonly at: number
  readonly random: Random
  /** The most that the call may use at a target, and what it usually uses. */
  demand(target: string): Demand
  /** What the call costs at a target, at the prices in force. */
  price(target: string): Quote
  /** What this node knows of a target. */
  health(target: string): TargetView
}

/** Nano-dollars. `undefined` means unknown, which is never zero. */
export interface Quote {
  /** What such a call usually costs. */
  readonly expectedNano: bigint | undefined
  /** The most that it may cost. */
  readonly boundNano: bigint | undefined
}

export interface TargetView {
  /**
   * Recent time to the first output of responses in the form that this call wants: streamed or whole.
   * `undefined` means that none was seen.
   */
  readonly latencyMs: number | undefined
  readonly failuresInRow: number
  /** Calls of this node that run there now. */
  readonly inFlight: number
}
