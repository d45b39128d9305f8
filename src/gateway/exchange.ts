// The facts of an exchange, as types that steps share with the modules that they call. The rest is in steps/.

import type { Finding } from '../contract/content.ts'
import type { Decision } from '../contract/decide.ts'
import type { Operation } from '../contract/operation.ts'
import type { Attempt } from '../contract/attempt.ts'
import type { Plan, RestorePlace, TargetRule } from '../contract/snapshot.ts'
import type { RunFacts } from '../contract/run.ts'
import type { Subject } from '../contract/subject.ts'
import type { PrincipalEntry } from './identify/principals.ts'
import type { PresentedCredential } from '../contract/endpoint.ts'
import type { OpenCall } from '../contract/gate.ts'
import type { Caller } from '../contract/principal.ts'

/** After identify. */
export interface Identified extends Caller {
  /** With its key, if it sent one. */
  readonly principal: PrincipalEntry
  readonly subject: Subject
  /**
   * The caller's credential. It must not go to a provider and is never written anywhere. Absent: the caller
   * is not connected.
   */
  readonly presented?: PresentedCredential
  /** Its network address. Absent: the caller is not connected. */
  readonly address?: string
}

/** After authorize: the resource exists and is granted, and this is its plan. */
export interface Authorized {
  readonly plan: Plan
  /** The grant that allowed it, for the record. */
  readonly rule: string
}

/** After inspect and decide: the operation as it may go out, and what was found. */
export interface Inspected {
  /** Redactions are in it. */
  readonly operation: Operation
  readonly decision: Decision
  readonly findings: readonly Finding[]
  /** The facts that policies used in addition to the operation; they use the same facts for the response. */
  readonly situation: Situation
  /** The values of placeholders, for the response. They stay in memory. */
  readonly vault: ReadonlyMap<string, Hidden>
}

/** The facts for policies in addition to the operation and its content. */
export interface Situation {
  readonly subject: Subject
  /** Of the caller. */
  readonly address: string
  readonly run: RunFacts
  /** Traits that each target of the resource has. */
  traits(): readonly string[]
}

/** The value of a placeholder. */
export interface Hidden {
  /** Absent: an earlier call of the run made it. */
  readonly value?: string
  /** The guard or policy that replaced it. */
  readonly rule: string
  readonly restoreIn: readonly RestorePlace[]
}

/** After route: the possible targets of the operation, in order, with their settings. */
export interface Routed {
  readonly plan: Plan
  /** As inspected: a fallback must not leak text that a guard removed. */
  readonly operation: Operation
  readonly targets: readonly TargetRule[]
  /** How much of the response must be read. */
  readonly depth: Attempt['depth']
}

/** The facts of a call that are known from its start. */
export interface Exchange {
  readonly id: string
  /** Its run; a new one if the client names none. */
  readonly run: string
  readonly membership: { readonly parent?: string; readonly depth: number }
  readonly caller: Identified
  readonly opening: OpenCall
  /** The operation as requested; attempts use `Inspected.operation`. */
  readonly asked: Operation
}
