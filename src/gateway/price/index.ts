// Prices: what an attempt costs, and the most that it may cost. Pure arithmetic in nano-dollars, used by
// route and admit; it knows neither.

export { type Bound, boundOf } from './bound.ts'
export { costOf, expectedCost } from './cost.ts'
export { priceAt } from './rates.ts'
