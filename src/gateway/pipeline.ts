// The life of an operation, step by step. Start reading at `open`; each step has its room.

import { GatewayError, asGatewayError } from '../contract/errors.ts'
import type { Operation } from '../contract/operation.ts'
import { newRun } from '../contract/run.ts'
import type { Governed, OpenCall } from '../contract/door.ts'
import { turnEnd } from '../kit/turn.ts'
import type { Ticket } from './admit/index.ts'
import { type Answered, attempt } from './attempt/index.ts'
import { permitReferences } from './authorize/index.ts'
import { closeExchange } from './close.ts'
import type { Authorized, Identified, Inspected, Situation } from './exchange.ts'
import { callerName, refuseEnded } from './identify/index.ts'
import { clientGone, type Live, live as begin, ownRun } from './live.ts'
import type { Parts } from './parts.ts'
import { governed } from './reply.ts'
import { candidates } from './route/index.ts'
import { tooMany } from './running.ts'

/** @throws GatewayError after the record of the refusal or failure is journaled */
export async function open(parts: Parts, caller: Identified, operation: Operation, call: OpenCall): Promise<Governed> {
  const live = begin(parts, caller, operation, call)
  try {
    live.check()
    lookAgain(parts, live)
    const allowed = live.runtime.authorize(caller.principal, operation.resource)
    if (operation.readAhead) await operation.readAhead('facts', () => nextTurn(live))
    const authorized = permitReferences(live.runtime, caller.principal, operation, allowed)
    live.draft.isAuthorized = true
    const admitting = admit(parts, live, authorized)
    live.ticket = admitting instanceof Promise ? await admitting : admitting
    if (admitting instanceof Promise) live.check()
    const inspected = await inspect(live, authorized, operation)
    const targets = candidates(authorized.model, inspected.decision.only, live.runtime, parts.random)
    const answered = await attempt(parts, live, inspected.operation, authorized.model, targets, depthOf(live, inspected))
    return show(parts, live, inspected, answered)
  } catch (thrown) {
    // Nobody is there to hear what else went wrong; the attempts on the record tell it.
    const error = live.stopped ?? (live.isLeft ? clientGone() : asGatewayError(thrown))
    await closeExchange(parts, live, outcomeOf(error), error)
    // A new one: the same error may end many calls at once (a shutdown, a revoked key).
    throw new GatewayError(error.code, error.message, { ...error.details, exchange: live.exchange })
  }
}

/** Since the caller was identified, its body took its time: the key may be revoked, which reaches only calls that run, and others have begun. */
function lookAgain({ clock, directory, running }: Parts, { about, runtime }: Live): void {
  refuseEnded(directory, about.caller, clock.now())
  const { inFlight } = runtime.snapshot.limits
  if (running.count() > inFlight) throw tooMany(inFlight)
}

/** Limits first, because they cost nothing to ask; money is reserved before each attempt, when the target's price is known. */
function admit(parts: Parts, live: Live, authorized: Authorized): Ticket | Promise<Ticket> {
  const { caller, asked } = live.about
  const [some] = authorized.model.targets
  const typicalTokens = asked.demand(some?.target ?? '').typicalTokens
  const isLoneRun = live.run === ownRun(callerName(caller.principal), live.exchange)
  return parts.admission.admit({ principal: caller.principal, run: live.run, isLoneRun, typicalTokens, place: live.about.call.place })
}

async function inspect(live: Live, authorized: Authorized, operation: Operation): Promise<Inspected> {
  const { inspector } = live.runtime
  const situation = situationOf(live, authorized)
  if (!inspector.needsRequest(operation)) return { operation, decision: undecided, findings: [], situation, vault: noVault }
  const inspecting = inspector.inspectRequest(operation, situation, live.draft, live.check)
  const inspected = inspecting instanceof Promise ? await inspecting : inspecting
  live.check()
  const { operation: edited } = inspected
  if (edited !== operation && edited.readAhead) await edited.readAhead('facts', () => nextTurn(live))
  return inspected
}

/** @throws GatewayError when the call was stopped meanwhile */
async function nextTurn(live: Live): Promise<void> {
  await turnEnd()
  live.check()
}

const situationOf = ({ about, runtime, draft }: Live, { model }: Authorized): Situation => ({
  subject: about.caller.subject,
  address: about.call.peer.address,
  run: newRun(draft.at),
  traits: () => runtime.commonTraits(model),
})

const undecided: Inspected['decision'] = { applied: [], only: [], redact: [], restore: [] }
const noVault: Inspected['vault'] = new Map()

const depthOf = (live: Live, inspected: Inspected) =>
  live.runtime.inspector.needsReply(inspected.operation) || inspected.vault.size > 0 ? 'content' : 'meter'

/**
 * An error answer of the provider is no content: it goes out as it is.
 * @throws GatewayError when the call was stopped in the moment in which it was answered
 */
function show(parts: Parts, live: Live, inspected: Inspected, answered: Answered): Governed {
  try {
    live.check()
    return governed(parts, live, inspected, answered)
  } catch (thrown) {
    answered.finish({ outcome: live.stopped ? 'canceled' : 'failed', error: asGatewayError(thrown) })
    void answered.reply.cancel()
    throw thrown
  }
}

function outcomeOf(error: GatewayError) {
  if (error.code === 'client-gone') return 'canceled'
  const { fault } = error.row
  return fault === 'upstream' || fault === 'gateway' ? 'failed' : 'refused'
}
