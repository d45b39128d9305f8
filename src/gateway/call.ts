// One governed call: the facts that every step reads, its lifetime, and the record in the making. One per call; it leaves nothing behind.

import type { GatewayError } from '../contract/errors.ts'
import type { OpenCall } from '../contract/door.ts'
import type { Operation } from '../contract/operation.ts'
import type { RunFacts } from '../contract/run.ts'
import type { Snapshot } from '../contract/snapshot.ts'
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
  /** The call that this one is part of. */
  readonly parent: Call | undefined
  /** 0 for a call of a client; one more than its parent's. */
  readonly depth: number
  /** What had happened in the run when this call began. */
  readonly history: RunFacts
  /** Set by the step `admit`. */
  ticket: Ticket | undefined

  constructor(parts: Parts, caller: Identified, asked: Operation, opening: OpenCall) {
    this.runtime = parts.runtime()
    const parent = opening.within && parts.running.find(opening.within.exchange)
    this.parent = parent instanceof Call ? parent : undefined
    this.run = this.parent?.run ?? findRun(callerName(caller.principal), opening, this.id)
    this.depth = this.parent ? this.parent.depth + 1 : 0
    this.caller = caller
    this.opening = opening
    this.asked = asked
    const now = parts.clock.now()
    this.history = parts.runs.facts(this.run, this.depth, now, idleMs(this.runtime.snapshot))
    this.draft = createDraft(this, now, this.runtime.snapshot.version)
    this.ticket = undefined
    this.lifetime = new Lifetime(parts.clock, opening.clientGone, this.parent?.lifetime)
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

/** A run without a call for so long is over, ms. */
export const idleMs = ({ runs }: Snapshot): number => runs?.idleMs ?? 86_400_000
