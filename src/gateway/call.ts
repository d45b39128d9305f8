// One governed call: the facts that every step reads, its lifetime, and the record in the making. One per call; it leaves nothing behind.

import type { GatewayError } from '../contract/errors.ts'
import type { OpenCall } from '../contract/door.ts'
import type { Operation } from '../contract/operation.ts'
import { newId } from '../kit/id.ts'
import type { Ticket } from './admit/index.ts'
import { type Draft, createDraft } from './draft.ts'
import type { Exchange, Identified } from './exchange.ts'
import { callerName } from './identify/index.ts'
import { Lifetime } from './lifetime.ts'
import type { Parts } from './parts.ts'
import type { Runtime } from './provision.ts'
import { findRun } from './run.ts'
import type { RunningCall } from './running.ts'

export class Call implements Exchange, RunningCall {
  readonly id = newId()
  readonly run: string
  readonly caller: Identified
  readonly opening: OpenCall
  readonly asked: Operation
  readonly runtime: Runtime
  readonly draft: Draft
  readonly lifetime: Lifetime
  /** Set by the step `admit`. */
  ticket: Ticket | undefined

  constructor(parts: Parts, caller: Identified, asked: Operation, opening: OpenCall) {
    this.run = findRun(callerName(caller.principal), opening, this.id)
    this.caller = caller
    this.opening = opening
    this.asked = asked
    this.runtime = parts.runtime()
    this.draft = createDraft(this, parts.clock.now(), this.runtime.snapshot.version)
    this.ticket = undefined
    this.lifetime = new Lifetime(parts.clock, opening.clientGone)
    parts.running.enter(this)
  }

  get exchange(): string {
    return this.id
  }

  get key(): string | undefined {
    return this.caller.principal.key?.id
  }

  stop(error: GatewayError): void {
    this.lifetime.stop(error)
  }
}
