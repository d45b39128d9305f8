// Approvals for approvers, and their decisions. An approver cannot decide on a call of their own.

import { type Actor, actorFields } from '../../contract/actor.ts'
import type { ApprovalView, ApprovalsQuery, DecideApproval } from '../../contract/admin-api.ts'
import type { Approval, Approvals } from '../../contract/approvals.ts'
import type { Signals } from '../../contract/signals.ts'
import type { Clock } from '../../kit/clock.ts'
import type { Log } from '../../kit/log.ts'
import { isoInstant } from '../admin/moment.ts'
import { ProblemError } from '../admin/problem.ts'

export interface ApprovalsNeeds {
  approvals: Approvals
  signals: Signals
  clock: Clock
  log: Log
  /** @returns undefined if they were encrypted under a secret that no longer exists */
  openArguments(id: string, sealed: Uint8Array): string | undefined
}

/** An unused approval expires after this time. A denial is reported to the caller until then. */
const decidedMs = 3_600_000

export async function listApprovals(
  { approvals, clock }: ApprovalsNeeds,
  query: ApprovalsQuery,
): Promise<{ approvals: ApprovalView[]; next?: string }> {
  const { state, team, limit, after } = query
  const page = await approvals.list({
    limit,
    at: clock.now(),
    ...(state && { state }),
    ...(team !== undefined && { team }),
    ...(after !== undefined && { after }),
  })
  return {
    approvals: page.approvals.map((approval) => view(approval)),
    ...(page.next !== undefined && { next: page.next }),
  }
}

export async function getApproval(needs: ApprovalsNeeds, id: string): Promise<ApprovalView> {
  const approval = await needs.approvals.get(id, needs.clock.now())
  if (!approval) throw unknown(id)
  const values = approval.sealed && needs.openArguments(id, approval.sealed)
  return view(approval, values)
}

export async function decideApproval(
  needs: ApprovalsNeeds,
  id: string,
  { decision, note }: DecideApproval,
  by: Actor,
): Promise<ApprovalView> {
  const { approvals, signals, clock, log } = needs
  const asked = await approvals.get(id, clock.now())
  if (!asked) throw unknown(id)
  if (asked.actors.includes(by.id))
    throw new ProblemError(
      'own-approval',
      `"${by.id}" takes part in this call; another administrator must decide on ${id}.`,
    )
  const at = clock.now()
  const state = decision === 'approve' ? 'approved' : 'denied'
  const decided = await approvals.decide(id, {
    state,
    by: by.id,
    at,
    expiresAt: at + decidedMs,
    ...(note !== undefined && { note }),
  })
  if (!decided) throw unknown(id)
  const { approval, isDecided } = decided
  if (!isDecided)
    throw new ProblemError(
      'conflict',
      `approval ${id} is already ${approval.state}; if the same call is sent again, it requests a new approval.`,
    )
  signals.send({ kind: 'approve', approval: id, state, by })
  log.info('an approval was decided', { approval: id, state, ...actorFields(by) })
  return view(approval)
}

const unknown = (id: string) =>
  new ProblemError(
    'not-found',
    `there is no approval "${id.slice(0, 100)}"; \`gatehouse approvals\` lists the pending ones.`,
  )

function view(approval: Approval, values?: string): ApprovalView {
  const {
    id,
    state,
    caller,
    principal,
    team,
    run,
    marks,
    kind,
    resource,
    targets,
    policies,
    labels,
    bytes,
    exchange,
  } = approval
  const { askedAt, expiresAt, decidedAt, decidedBy, note, usedBy } = approval
  return {
    id,
    state,
    caller,
    principal,
    team,
    ...(run !== undefined && { run }),
    marks: [...marks],
    kind,
    resource,
    targets: [...targets],
    policies: [...policies],
    findings: labels,
    bytes,
    exchange,
    askedAt: isoInstant(askedAt),
    expiresAt: isoInstant(expiresAt),
    ...(decidedAt !== undefined && { decidedAt: isoInstant(decidedAt) }),
    ...(decidedBy !== undefined && { decidedBy }),
    ...(note !== undefined && { note }),
    ...(usedBy !== undefined && { usedBy }),
    ...(values !== undefined && { arguments: values }),
  }
}
