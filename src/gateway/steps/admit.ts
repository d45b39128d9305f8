// The step `admit`: checks limits first, because the check is cheap. Money is reserved before each attempt,
// when the target's price is known.

import { GatewayError } from '../../contract/errors.ts'
import { type Call, idleMs } from '../call.ts'
import { callerName } from '../identify/index.ts'
import type { Parts } from '../parts.ts'
import { ownRun } from '../run.ts'
import type { Ticket } from '../admit/index.ts'
import type { Authorized } from './authorize.ts'

/** The limits admitted the call: it has a concurrency slot, and its requests and tokens are counted. */
export interface Admitted extends Authorized {
  readonly ticket: Ticket
}

/**
 * Synchronous unless the counters are asynchronous. A child call takes no slot of its own, because its parent
 * holds one and could wait for it forever.
 * @throws GatewayError `run-limited`, `rate-limited`, `too-many-concurrent`, `too-many-children`,
 * `parent-ended`
 */
export function admit(parts: Parts, call: Call, authorized: Authorized): Admitted | Promise<Admitted> {
  const { asked, caller, draft, history, opening, membership, within, run } = call
  const { plan } = authorized
  if (within) checkParent(call, within)
  const { typicalTokens } = asked.demand(plan.targets[0]?.target ?? '')
  const isLoneRun = within
    ? within.ticket?.isLoneRun === true
    : opening.sharesRun !== true && run === ownRun(callerName(caller.principal), call.id)
  const { principal, subject } = caller
  const admitting = parts.admission.admit({
    principal,
    subject,
    resource: { kind: plan.kind, name: plan.name },
    run,
    history,
    at: draft.at,
    isLoneRun,
    typicalTokens,
    place: opening.place,
    parent: within?.ticket,
    runOwner: membership.owner,
  })
  if (admitting instanceof Promise) return admitting.then((ticket) => take(parts, call, authorized, ticket))
  return take(parts, call, authorized, admitting)
}

function take(parts: Parts, call: Call, { plan, rule }: Authorized, ticket: Ticket): Admitted {
  call.ticket = ticket
  parts.runs.begin(call.run, parts.clock.now(), idleMs(call.runtime.snapshot))
  call.lifetime.check()
  return { plan, rule, ticket }
}

function checkParent({ caller, runtime }: Call, parent: Call): void {
  if (parent.caller.principal.id !== caller.principal.id)
    throw new GatewayError('internal', 'A call was to be part of an exchange of another caller.')
  const most = runtime.snapshot.runs?.children ?? mostChildren
  // They already include this call.
  if (parent.lifetime.childCount > most)
    throw new GatewayError(
      'too-many-children',
      `The call already has ${most} of ${most} calls within it (runs.children); wait for one to end.`,
      {
        rule: 'runs.children',
        retryAfterSeconds: 1,
      },
    )
}

/** The default without a configured value. */
const mostChildren = 8
