// The step `route`: the targets that may serve the call, in order, and how much of the response must be read.

import { GatewayError } from '../../contract/errors.ts'
import type { Operation } from '../../contract/operation.ts'
import type { Plan, TargetRule } from '../../contract/snapshot.ts'
import type { Call } from '../call.ts'
import { clientTarget } from '../client-target.ts'
import type { Routed } from '../exchange.ts'
import type { Parts } from '../parts.ts'
import type { Admitted } from './admit.ts'
import type { Inspected } from './inspect.ts'

export type { Routed } from '../exchange.ts'
import { findCandidates } from '../route/index.ts'
import { first } from '../route/strategies/first.ts'
import { strategies } from '../route/strategies/index.ts'
import type { Strategy } from '../route/strategies/strategy.ts'
import { CallView } from '../route/view.ts'

const client: readonly TargetRule[] = [clientTarget]

/** @throws GatewayError `no-target` */
export function route(
  parts: Parts,
  call: Call,
  { plan }: Admitted,
  { decision, operation, vault }: Inspected,
): Routed {
  const targets =
    call.asked.direction === 'reverse'
      ? client
      : findCandidates(plan, orderOf(parts, call, plan, operation), decision.only, call.runtime)
  return {
    plan,
    operation,
    targets,
    depth: call.runtime.inspector.needsResponse(operation) || vault.size > 0 ? 'content' : 'meter',
  }
}

/** The default strategy reads nothing, so it costs most calls nothing. */
function orderOf(
  parts: Parts,
  call: Call,
  { strategy, targets }: Plan,
  operation: Operation,
): Plan['targets'] {
  if (targets.length === 1 || strategy === first.name) return targets
  return named(strategy).order(targets, new CallView(parts, call, operation))
}

/** The compiler refuses unknown names; a default strategy here would hide a bug. */
function named(name: string): Strategy {
  const found = strategies.find((strategy) => strategy.name === name)
  if (found) return found
  throw new GatewayError('internal', `The rules name a strategy "${name}", which this build does not have.`)
}
