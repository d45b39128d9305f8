// One governed call: the facts that every step reads, its lifetime, and its unfinished record. Nothing of it
// remains after its end.

import type { GatewayError } from '../contract/errors.ts'
import type { OpenCall } from '../contract/gate.ts'
import type { Operation } from '../contract/operation.ts'
import type { RunFacts } from '../contract/run.ts'
import type { Snapshot } from '../contract/snapshot.ts'
import { newId } from '../kit/id.ts'
import type { Ticket } from './admit/index.ts'
import type { Permit } from './approve/permit.ts'
import { type Draft, createDraft } from './draft.ts'
import type { Exchange, Identified } from './exchange.ts'
import { Lifetime } from './lifetime.ts'
import { type Membership, findMembership } from './membership.ts'
import type { Parts } from './parts.ts'
import type { Runtime } from './provision.ts'
import type { RunningCall } from './running.ts'

export class Call implements Exchange, RunningCall {
  readonly id = newId()
  /** Its run, and its position in the run. */
  readonly membership: Membership
  readonly caller: Identified
  readonly opening: OpenCall
  readonly asked: Operation
  readonly runtime: Runtime
  readonly draft: Draft
  readonly lifetime: Lifetime
  /** The running call that contains this one. */
  readonly within: Call | undefined
  /** The state of the run when this call began. */
  readonly history: RunFacts
  /** Set by the step `admit`. */
  ticket: Ticket | undefined
  /** The permit for a call that needs an approval. */
  permit: Permit | undefined

  constructor(parts: Parts, caller: Identified, asked: Operation, opening: OpenCall) {
    this.runtime = parts.runtime()
    const within = opening.within && parts.running.find(opening.within.exchange)
    this.within = within instanceof Call ? within : undefined
    this.membership = findMembership(parts, this.runtime, caller, opening, this)
    this.caller = caller
    this.opening = opening
    this.asked = asked
    const now = parts.clock.now()
    this.history = parts.runs.facts(this.run, this.membership.depth, now, idleMs(this.runtime.snapshot))
    this.draft = createDraft(this, now, this.runtime.snapshot.version)
    this.ticket = undefined
    this.permit = undefined
    this.lifetime = new Lifetime(parts.clock, opening.clientGone, this.within?.lifetime)
    this.lifetime.isReverse = asked.direction === 'reverse'
    parts.running.enter(this)
  }

  get exchange(): string {
    return this.id
  }

  get run(): string {
    return this.membership.run
  }

  /** The run's owner, if the caller joined it by a token. */
  get ownerKey(): string | undefined {
    return this.membership.owner?.key?.id
  }

  get key(): string | undefined {
    return this.caller.principal.key?.id
  }

  stop(error: GatewayError): void {
    this.lifetime.stop(error)
  }
}

/** A run without a call for so long is over, ms. */
export const idleMs = ({ runs }: Snapshot): number => runs?.idleMs ?? 86_400_000
