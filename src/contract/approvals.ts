// Approvals: calls that a policy (`then: ask`) lets through only after somebody has approved them. The call
// ends and the client sends it again; nothing waits.
//
//   pending ─approve→ approved ─take→ used            pending, approved ─time→ expired
//      └────deny────→ denied             └─give back (nothing was sent)→ approved
//
// A record holds names, sizes, counts and digests. The arguments that an approver may see are sealed, and
// removed when the decision is made.

import type { OperationKind, Resource } from './resource.ts'
import type { RunMark } from './run.ts'

export type ApprovalState = 'pending' | 'approved' | 'denied' | 'used' | 'expired'

/**
 * A request for an approval. Only this exact call can use it: `binding` covers the members of this type and
 * the digest of the operation.
 */
export interface ApprovalRequest {
  /** Sorts by the time of the request. */
  id: string
  /** Keyed hash over caller, run, marks, policies, destinations and the operation's digest. */
  binding: string
  /** `Principal.id` */
  principal: string
  /**
   * All principals that act in the call: the caller, its person, its workload, the owner of its run. None of
   * them may decide.
   */
  actors: readonly string[]
  /** The caller's name, for people. */
  caller: string
  team: string
  /** Absent: the client named no run. */
  run?: string
  marks: readonly RunMark[]
  kind: OperationKind
  resource: Resource
  targets: readonly string[]
  /** The policies that require the approval. */
  policies: readonly string[]
  /** Label → count, of the findings in the request. */
  labels: Readonly<Record<string, number>>
  /** Size of the request. */
  bytes: number
  /** The first exchange that asked. */
  exchange: string
  /** ms since the epoch */
  askedAt: number
  /** Before this time it can be decided and, once approved, used. */
  expiresAt: number
  /** The arguments, sealed for `id`. Removed once the approval is decided or expired. */
  sealed?: Uint8Array
}

export interface Approval extends ApprovalRequest {
  state: ApprovalState
  decidedAt?: number
  /** The administrator that decided. */
  decidedBy?: string
  note?: string
  /** The exchange that used it. */
  usedBy?: string
}

export interface ApprovalBounds {
  /** Pending and approved ones per principal. */
  perPrincipal: number
  /** All that are kept. The oldest finished ones are removed first. */
  total: number
}

export interface ApprovalDecision {
  state: 'approved' | 'denied'
  by: string
  note?: string
  at: number
  /** The new end of the approval. Until then the same call is refused with a denial. */
  expiresAt: number
}

export interface ApprovalQuery {
  state?: ApprovalState
  team?: string
  limit: number
  /** The last id of the previous page. */
  after?: string
  at: number
}

/**
 * Every method is one transaction. It first expires approvals that ended before `at` (ms since the epoch).
 * All methods reject with StoreDown when the store cannot be reached or does not respond within its deadline.
 */
export interface Approvals {
  /**
   * Returns the approval with this binding that is pending, approved or denied. Otherwise creates a pending
   * one. `full`: there are too many.
   */
  ask(asked: ApprovalRequest, bounds: ApprovalBounds, at: number): Promise<Approval | 'full'>
  /** Marks an approved one as used by this exchange. @returns whether the exchange may send its call */
  take(id: string, exchange: string, at: number): Promise<boolean>
  /**
   * Nothing was sent: the approval that this exchange used becomes approved again, unless it has expired or
   * the same call was decided again in the meantime.
   */
  giveBack(id: string, exchange: string, at: number): Promise<void>
  /** Only a pending approval can be decided. undefined: the id is unknown. */
  decide(
    id: string,
    decision: ApprovalDecision,
  ): Promise<{ approval: Approval; isDecided: boolean } | undefined>
  get(id: string, at: number): Promise<Approval | undefined>
  /** The newest first. */
  list(query: ApprovalQuery): Promise<{ approvals: readonly Approval[]; next?: string }>
  /** Expires approvals whose time is over. */
  expire(at: number): Promise<void>
}
