// In the order of the configuration: the first that can serve does, the others are its fallbacks.

import type { Strategy } from './strategy.ts'

export const first: Strategy = (targets) => targets.map((entry) => entry.target)
