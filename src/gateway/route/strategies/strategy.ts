// What a strategy is: it orders a model's targets. Filters (policy, health, capacity) come after it and keep the order.

import type { ModelRule } from '../../../contract/snapshot.ts'
import type { Random } from '../../../kit/id.ts'

export type Strategy = (targets: ModelRule['targets'], random: Random) => readonly string[]
