// Every strategy. A new one is a file here and a line in this list.

import { cheapest } from './cheapest.ts'
import { fastest } from './fastest.ts'
import { first } from './first.ts'
import type { Strategy } from './strategy.ts'
import { weighted } from './weighted.ts'

export const strategies: readonly Strategy[] = [first, weighted, cheapest, fastest]
