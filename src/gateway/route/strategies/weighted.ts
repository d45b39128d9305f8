// Random, in proportion to weights; the fallbacks are drawn in the same way. Weight 0: only a fallback, last.

import type { Strategy } from './strategy.ts'

export const weighted: Strategy = {
  name: 'weighted',
  meaning: 'by chance, in proportion to `weight`; weight 0 is only a fallback',

  /**
   * Draws without replacement by exponential keys: each order has the probability of repeated weighted draws.
   */
  order: (choices, { random }) =>
    choices
      .map((choice) => ({
        choice,
        key: choice.weight > 0 ? -Math.log(1 - random()) / choice.weight : Number.POSITIVE_INFINITY,
      }))
      .sort((left, right) => compare(left.key, right.key))
      .map(({ choice }) => choice),
}

// two infinite keys differ by NaN, which would leave the order to the engine
const compare = (left: number, right: number) => (left === right ? 0 : left - right)
