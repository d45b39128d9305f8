// The step `admit`: limits first, because they cost nothing to ask; money is reserved before each attempt, when the target's price is known.

import type { Ticket } from './index.ts'
import type { Call } from '../call.ts'
import type { Authorized } from '../exchange.ts'
import { callerName } from '../identify/index.ts'
import type { Parts } from '../parts.ts'
import { ownRun } from '../run.ts'

/** At once unless the counters are elsewhere. @throws GatewayError `rate-limited`, `too-many-concurrent` */
export function admit(parts: Parts, call: Call, { plan }: Authorized): void | Promise<void> {
  const { caller, asked, run, opening } = call
  const { typicalTokens } = asked.demand(plan.targets[0]?.target ?? '')
  const isLoneRun = run === ownRun(callerName(caller.principal), call.id)
  const admitting = parts.admission.admit({ principal: caller.principal, run, isLoneRun, typicalTokens, place: opening.place })
  if (admitting instanceof Promise) return admitting.then((ticket) => take(call, ticket))
  call.ticket = admitting
}

function take(call: Call, ticket: Ticket): void {
  call.ticket = ticket
  call.lifetime.check()
}
