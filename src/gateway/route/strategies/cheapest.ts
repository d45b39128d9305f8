// By the expected cost of the call at each target. A target with an unknown price is last.

import type { Strategy } from './strategy.ts'

export const cheapest: Strategy = {
  name: 'cheapest',
  meaning:
    'by what such a call usually costs there; unknown prices come last, and equal ones keep the order of the list',
  order: (choices, view) =>
    choices
      .map((choice) => ({ choice, nano: view.price(choice.target).expectedNano }))
      .sort((left, right) => compare(left.nano, right.nano))
      .map(({ choice }) => choice),
}

function compare(left: bigint | undefined, right: bigint | undefined): number {
  if (left === right) return 0
  if (left === undefined) return 1
  return right === undefined || left < right ? -1 : 1
}
