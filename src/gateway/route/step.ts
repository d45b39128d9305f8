// The step `route`: the targets that may serve the call, in order, and how much of the response has to be read.

import { GatewayError } from '../../contract/errors.ts'
import type { Operation } from '../../contract/operation.ts'
import type { Plan, TargetRule } from '../../contract/snapshot.ts'
import type { Call } from '../call.ts'
import { clientTarget } from '../client-target.ts'
import type { Authorized, Inspected, Routed } from '../exchange.ts'
import type { Parts } from '../parts.ts'
import { candidates } from './index.ts'
import { first } from './strategies/first.ts'
import { strategies } from './strategies/index.ts'
import type { Strategy } from './strategies/strategy.ts'
import { CallView } from './view.ts'

const client: readonly TargetRule[] = [clientTarget]

/** @throws GatewayError `no-target` */
export function route(parts: Parts, call: Call, { plan }: Authorized, { decision, operation, vault }: Inspected): Routed {
  const targets = call.asked.direction === 'reverse' ? client : candidates(plan, orderOf(parts, call, plan, operation), decision.only, call.runtime)
  return { targets, depth: call.runtime.inspector.needsReply(operation) || vault.size > 0 ? 'content' : 'meter' }
}

/** The usual strategy looks at nothing, so that most calls pay nothing for it. */
function orderOf(parts: Parts, call: Call, { strategy, targets }: Plan, operation: Operation): Plan['targets'] {
  if (targets.length === 1 || strategy === first.name) return targets
  return named(strategy).order(targets, new CallView(parts, call, operation))
}

/** The compiler refuses other names; to take another strategy for one of them would hide a fault of ours. */
function named(name: string): Strategy {
  const found = strategies.find((strategy) => strategy.name === name)
  if (found) return found
  throw new GatewayError('internal', `The rules name a strategy "${name}", which this build does not have.`)
}
