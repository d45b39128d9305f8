// The step `inspect`: guards read the request, policies decide by their findings, and the operation is
// changed accordingly.

import type { Call } from '../call.ts'
import type { Inspected, Situation } from '../exchange.ts'
import { nextTurn } from '../turn.ts'
import type { Admitted } from './admit.ts'

export type { Inspected } from '../exchange.ts'

/**
 * Synchronous if no guard or policy applies. @throws GatewayError `guard-blocked`, `policy-denied`,
 * `guard-failed`
 */
export function inspect(call: Call, { plan }: Admitted): Inspected | Promise<Inspected> {
  const { asked, draft, lifetime, runtime } = call
  const situation: Situation = {
    subject: call.caller.subject,
    address: call.opening.peer.address,
    run: call.history,
    traits: () => runtime.commonTraits(plan),
  }
  if (!runtime.inspector.needsRequest(asked))
    return { operation: asked, decision: undecided, findings: [], situation, vault: noVault }
  return finish(
    call,
    runtime.inspector.inspectRequest(asked, situation, draft, () => lifetime.check()),
  )
}

async function finish(call: Call, inspecting: Inspected | Promise<Inspected>): Promise<Inspected> {
  const inspected = inspecting instanceof Promise ? await inspecting : inspecting
  call.lifetime.check()
  const { operation } = inspected
  if (operation !== call.asked) await operation.readAhead?.('facts', () => nextTurn(call))
  return inspected
}

const undecided: Inspected['decision'] = { applied: [], only: [], redact: [], restore: [] }
const noVault: Inspected['vault'] = new Map()
