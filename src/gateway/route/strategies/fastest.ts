// By the recent time to the first output. A target without a measurement is tried once. Sometimes a target
// other than the fastest is measured again, to notice that it has become faster.

import type { Strategy, TargetView } from './strategy.ts'

/** The share of calls that go to a target other than the fastest. */
const exploring = 0.05

export const fastest: Strategy = {
  name: 'fastest',
  meaning:
    'by the recent time to the first output, streamed and whole responses apart; one call in twenty measures another target',
  order(choices, { health, random }) {
    const order = choices
      .map((choice) => ({ choice, ms: expectedMs(health(choice.target)) }))
      .sort((left, right) => (left.ms === right.ms ? 0 : left.ms - right.ms))
      .map(({ choice }) => choice)
    if (order.length < 2 || random() >= exploring) return order
    const [other] = order.splice(1 + Math.floor(random() * (order.length - 1)), 1)
    return other ? [other, ...order] : order
  },
}

/** One call is enough to measure a target, and a failing target gets no further ones. */
const expectedMs = ({ latencyMs, inFlight, failuresInRow }: TargetView): number =>
  latencyMs ?? (inFlight === 0 && failuresInRow === 0 ? 0 : Number.POSITIVE_INFINITY)
