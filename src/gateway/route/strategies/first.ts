// In the order of the configuration: the first available target serves, the others are its fallbacks.

import type { Strategy } from './strategy.ts'

export const first: Strategy = {
  name: 'first',
  meaning: 'in the order of the list',
  order: (choices) => choices,
}
