// Prices: the cost of an attempt, and the most that it may cost. Pure arithmetic in nano-dollars. Route and
// admit use it; it depends on neither.

export { type Bound, boundOf } from './bound.ts'
export { costOf, expectedCost } from './cost.ts'
export { priceAt } from './rates.ts'
