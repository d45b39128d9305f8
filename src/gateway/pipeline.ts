// The life of an operation: seven steps, in order. Each step takes the facts of the call and the results of
// earlier steps, whose types are in their files in steps/.
//
// identify (gate.ts, before the body is read) → authorize → admit → inspect → route → attempt → respond;
// close.ts writes the record. If a policy requires an approval, a call goes from `route` to `attempt` only
// with one (approve/).

import type { GatewayResponse, OpenCall } from '../contract/gate.ts'
import { type GatewayError, asGatewayError, withExchange } from '../contract/errors.ts'
import type { Operation } from '../contract/operation.ts'
import { admit } from './steps/admit.ts'
import { attempt } from './steps/attempt.ts'
import { authorize } from './steps/authorize.ts'
import { Call } from './call.ts'
import { closeExchange } from './close.ts'
import type { Identified } from './exchange.ts'
import { inspect } from './steps/inspect.ts'
import { clientGone } from './lifetime.ts'
import type { Parts } from './parts.ts'
import { respond } from './steps/respond.ts'
import { route } from './steps/route.ts'

/** @throws GatewayError after the record of the refusal or failure is journaled */
export async function openExchange(
  parts: Parts,
  caller: Identified,
  operation: Operation,
  opening: OpenCall,
): Promise<GatewayResponse> {
  const call = new Call(parts, caller, operation, opening)
  try {
    // Most steps return synchronously; awaiting them anyway would cost a turn each.
    const authorizing = authorize(parts, call)
    const authorized = authorizing instanceof Promise ? await authorizing : authorizing
    const admitting = admit(parts, call, authorized)
    const admitted = admitting instanceof Promise ? await admitting : admitting
    const inspecting = inspect(call, admitted)
    const inspected = inspecting instanceof Promise ? await inspecting : inspecting
    const routed = route(parts, call, admitted, inspected)
    if (inspected.decision.asks) call.permit = await parts.approver.ask(call, inspected, routed)
    const answered = await attempt(parts, call, routed)
    return respond(parts, call, inspected, routed, answered)
  } catch (thrown) {
    const { stopped, isLeft } = call.lifetime
    // The client is gone; only the record shows later errors, in its attempts.
    const error = stopped ?? (isLeft ? clientGone() : asGatewayError(thrown))
    await closeExchange(parts, call, outcomeOf(error), error)
    throw withExchange(error, call.id)
  }
}

function outcomeOf(error: GatewayError) {
  if (error.code === 'client-gone') return 'canceled'
  const { fault } = error.row
  return fault === 'upstream' || fault === 'gateway' ? 'failed' : 'refused'
}
