// By chance, in proportion to weights; the rest follow in the same manner as fallbacks. Weight 0: only ever a fallback, last.

import type { Strategy } from './strategy.ts'

/** Draws without replacement by exponential keys: each order has the probability of repeated weighted draws. */
export const weighted: Strategy = (targets, random) =>
  targets
    .map((entry) => ({ target: entry.target, key: entry.weight > 0 ? -Math.log(1 - random()) / entry.weight : Number.POSITIVE_INFINITY }))
    .sort((left, right) => compare(left.key, right.key))
    .map((entry) => entry.target)

// two infinite keys differ by NaN, which would leave the order to the engine
const compare = (left: number, right: number) => (left === right ? 0 : left - right)
