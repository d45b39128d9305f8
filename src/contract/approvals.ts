// Approvals: calls that a policy (`then: ask`) lets through only after somebody has approved them. The call
// ends and the client sends it again; nothing waits.
//
//   pending ─approve→ approved ─take→ used            pending, approved ─time→ expired
//      └────deny────→ denied             └─give back (nothing was sent)→ approved
//
// A record holds names, sizes, counts and digests. What an approver may see of the arguments is sealed, and
// removed when the decision is made.

import type { OperationKind, Resource } from './resource.ts'
import type { RunMark } from './run.ts'

export type ApprovalState = 'pending' | 'approved' | 'denied' | 'used' | 'expired'

/**
 * What is asked for, and for whom. It can be used by exactly this call: `binding` covers all that is here and
 * the digest of what will be sent.
 */
export interface ApprovalRequest {
  /** Sorts by the time at which it was asked for. */
  id: string
  /** Keyed hash over caller, run, marks, policies, destinations and the operation's digest. */
  binding: string
  /** `Principal.id` */
  principal: string
  /**
   * Ids of all principals who act in the call: the caller, the person and the workload behind it, the owner
   * of its run. None of them decides.
   */
  actors: readonly string[]
  /** Names the caller for people. */
  caller: string
  team: string
  /** Absent: the call belongs to no run that a client named. */
  run?: string
  marks: readonly RunMark[]
  kind: OperationKind
  resource: Resource
  targets: readonly string[]
  /** The policies that ask. */
  policies: readonly string[]
  /** Label → count: what guards found in the request. */
  labels: Readonly<Record<string, number>>
  /** Size of the request. */
  bytes: number
  /** The first exchange that asked. */
  exchange: string
  /** ms since the epoch */
  askedAt: number
  /** Until then it can be decided, and once it is approved, be used. */
  expiresAt: number
  /** The arguments, sealed for `id`. Gone once it is decided or expired. */
  sealed?: Uint8Array
}

export interface Approval extends ApprovalRequest {
  state: ApprovalState
  decidedAt?: number
  /** Who decided. */
  decidedBy?: string
  note?: string
  /** The exchange that used it. */
  usedBy?: string
}

export interface ApprovalBounds {
  /** Pending and approved ones of one principal. */
  perPrincipal: number
  /** All that are kept. The oldest that are over give way first. */
  total: number
}

export interface ApprovalDecision {
  state: 'approved' | 'denied'
  by: string
  note?: string
  at: number
  /** Of the approval from now on; a denial is told to the caller until then. */
  expiresAt: number
}

export interface ApprovalQuery {
  state?: ApprovalState
  team?: string
  limit: number
  /** The id of the last one of the page before. */
  after?: string
  at: number
}

/**
 * Every method is one transaction, and first lets expire what is over at `at` (ms since the epoch).
 * All reject with StoreDown when the store cannot be reached or does not answer within its deadline.
 */
export interface Approvals {
  /**
   * The one of this binding that is pending, approved or denied, or else a new pending one. `full`: there are
   * too many.
   */
  ask(asked: ApprovalRequest, bounds: ApprovalBounds, at: number): Promise<Approval | 'full'>
  /** An approved one becomes used, by this exchange and no other. @returns may the exchange send its call? */
  take(id: string, exchange: string, at: number): Promise<boolean>
  /**
   * Nothing was sent: what this exchange used is approved again, unless its time is over or the same call was
   * decided anew meanwhile.
   */
  giveBack(id: string, exchange: string, at: number): Promise<void>
  /** Only what is pending can be decided. undefined: there is none of this id. */
  decide(
    id: string,
    decision: ApprovalDecision,
  ): Promise<{ approval: Approval; isDecided: boolean } | undefined>
  get(id: string, at: number): Promise<Approval | undefined>
  /** The newest first. */
  list(query: ApprovalQuery): Promise<{ approvals: readonly Approval[]; next?: string }>
  /** Lets expire what is over. */
  expire(at: number): Promise<void>
}
