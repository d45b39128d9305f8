// The step `authorize`: may this caller use the named resource, and which targets serve it?

import { GatewayError } from '../../contract/errors.ts'
import type { Call } from '../call.ts'
import { planForClient } from '../client-target.ts'
import type { Authorized } from '../exchange.ts'
import type { Parts } from '../parts.ts'
import { refuseEnded } from '../identify/index.ts'
import { tooManyCallsError } from '../running.ts'
import { nextTurn } from '../turn.ts'
import { permitReferences, type ReferenceRules } from '../authorize/references.ts'

export type { Authorized } from '../exchange.ts'

/**
 * Synchronous, except for a long request. @throws GatewayError `unknown-model`, `unknown-tool`,
 * `unknown-agent`, `unsupported`, `revoked`, `overloaded`
 */
export function authorize(parts: Parts, call: Call): Authorized | Promise<Authorized> {
  call.lifetime.check()
  lookAgain(parts, call)
  const { refusal } = call.membership
  if (refusal) throw refusal
  const allowed = call.asked.direction === 'reverse' ? allowReverse(call) : allow(call)
  const reading = call.asked.readAhead?.('facts', () => nextTurn(call))
  return reading ? reading.then(() => permit(call, allowed)) : permit(call, allowed)
}

function permit(call: Call, allowed: Authorized): Authorized {
  const { owner } = call.membership
  let authorized = permitReferences(rulesOf(call), call.caller.principal, call.asked, allowed)
  if (owner && !actsAsItself(call)) authorized = permitReferences(call.runtime, owner, call.asked, authorized)
  call.draft.isAuthorized = true
  return authorized
}

/**
 * A second model in a request is called without its own operation, so policies about its name refuse it here.
 */
const rulesOf = ({ runtime, caller, draft }: Call): ReferenceRules => ({
  destination: runtime.destination,
  mayUse(_principal, resource) {
    const judgment = runtime.judge(caller, resource, {}, draft.at)
    return judgment === 'allowed' || judgment === 'unknown'
  },
})

/**
 * In a run of another owner, only resources that both may use are allowed, unless the rules let the caller
 * act as itself.
 */
function allow(call: Call): Authorized {
  const { asked, caller, membership, runtime } = call
  const allowed = runtime.authorize(caller.principal, asked.resource)
  if (!membership.owner || actsAsItself(call)) return allowed
  const ofOwner = runtime.authorize(membership.owner, asked.resource)
  const targets = allowed.plan.targets.filter(({ target }) =>
    ofOwner.plan.targets.some((other) => other.target === target),
  )
  if (targets.length === allowed.plan.targets.length) return allowed
  if (targets.length > 0) return { ...allowed, plan: { ...allowed.plan, targets } }
  const { kind, name } = asked.resource
  throw new GatewayError(
    `unknown-${kind}`,
    `No target of the ${kind} "${name}" is open to both the caller and the owner of the run.`,
    {
      param: kind,
    },
  )
}

const actsAsItself = ({ caller, runtime }: Call): boolean =>
  caller.principal.workload !== undefined &&
  runtime.snapshot.workloads?.[caller.principal.workload]?.actsAsItself === true

/** A request of the upstream to the client needs no grant: it is part of a call that already has one. */
function allowReverse({ asked, within }: Call): Authorized {
  if (within?.asked.resource.name !== asked.resource.name)
    throw new GatewayError('internal', 'A call in reverse must be within the call that it belongs to.')
  return { plan: planForClient(asked), rule: 'within' }
}

/**
 * Reading the body took time since the caller was identified. The key may have been revoked meanwhile, and
 * the revocation stops only running calls. Other calls may also have begun.
 */
function lookAgain({ clock, directory, running }: Parts, { caller, runtime }: Call): void {
  refuseEnded(directory, caller, clock.now())
  const { inFlight } = runtime.snapshot.limits
  if (running.count() > inFlight) throw tooManyCallsError(inFlight)
}
