// Every strategy by the name that configuration uses.

import { first } from './first.ts'
import type { Strategy } from './strategy.ts'
import { weighted } from './weighted.ts'

export const strategies: Readonly<Record<string, Strategy>> = { first, weighted }
