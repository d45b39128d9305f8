// `then: ask`. The call ends with `approval-needed` until an approver has approved it, so nothing waits and
// no slot is held. The same call, sent again, finds the approval and consumes it. The approval is taken right
// before the journal's `open` of the first attempt, and restored when nothing was sent. A crash between the
// two loses the approval but keeps the guarantee: a call is never sent twice on one approval.

import type { Approval, ApprovalBounds, Approvals } from '../../contract/approvals.ts'
import { GatewayError } from '../../contract/errors.ts'
import type { Sealer } from '../../kit/aead.ts'
import type { Clock, Timer } from '../../kit/clock.ts'
import { newId } from '../../kit/id.ts'
import type { Inspected, Routed } from '../exchange.ts'
import { titleOf } from '../identify/index.ts'
import { type AskingCall, actorsOf, bindingOf, namedRun } from './binding.ts'
import { Permit, withStore } from './permit.ts'

export interface ApproverOptions {
  approvals: Approvals
  /** Keys the bindings. */
  secret: string
  /** Encrypts arguments for the approvers. */
  sealer: Sealer
  clock: Clock
  /** The store could not expire old approvals. */
  report(thrown: unknown): void
}

/** How long a request waits for its decision. */
const pendingMs = 24 * 3_600_000
/** Approvers see only the beginning of long arguments. */
const mostArguments = 16_384
const bounds: ApprovalBounds = { perPrincipal: 100, total: 10_000 }
const expireEveryMs = 600_000

export class Approver {
  readonly #options: ApproverOptions
  #timer: Timer
  #isStopped = false

  constructor(options: ApproverOptions) {
    this.#options = options
    this.#timer = this.#expireLater()
  }

  /**
   * @returns the permit, which lets the call pass once
   * @throws GatewayError `approval-needed`, `policy-denied`, `state-unavailable`
   */
  async ask(call: AskingCall, inspected: Inspected, routed: Routed): Promise<Permit> {
    const { approvals, secret, clock } = this.#options
    const rule = inspected.decision.asks?.[0]?.name ?? ''
    const digest = inspected.operation.digest?.()
    if (digest === undefined)
      throw new GatewayError(
        'policy-denied',
        `Policy "${rule}" requires an approval, but calls of this kind cannot be approved.`,
        { rule },
      )
    const asked = this.#asked(call, inspected, routed, bindingOf(secret, call, inspected, routed, digest))
    const approval = await withStore(() => approvals.ask(asked, bounds, clock.now()))
    call.lifetime.check()
    if (approval === 'full') throw tooMany(rule)
    call.draft.approval = approval.id
    if (approval.state !== 'approved') throw refusalOf(approval, inspected, rule)
    const targets = routed.targets.map(({ id }) => id)
    return new Permit(approvals, clock, { approval: approval.id, exchange: call.id, digest, targets })
  }

  stop(): void {
    this.#isStopped = true
    this.#timer.cancel()
  }

  #asked(
    call: AskingCall,
    { operation, decision, findings, situation }: Inspected,
    { targets }: Routed,
    binding: string,
  ) {
    const { sealer, clock } = this.#options
    const { principal } = call.caller
    const id = `apr_${newId()}`
    const labels: Record<string, number> = {}
    for (const { label } of findings) labels[label] = (labels[label] ?? 0) + 1
    const run = namedRun(call)
    const values = operation.arguments?.()
    return {
      id,
      binding,
      principal: principal.id,
      actors: actorsOf(call),
      caller: titleOf(principal),
      team: principal.team,
      ...(run !== undefined && { run }),
      marks: situation.run.marks,
      kind: operation.kind,
      resource: operation.resource,
      targets: targets.map((target) => target.id),
      policies: (decision.asks ?? []).map(({ name }) => name),
      labels,
      bytes: operation.bytes,
      exchange: call.id,
      askedAt: clock.now(),
      expiresAt: clock.now() + pendingMs,
      ...(values && {
        sealed: new Uint8Array(sealer.seal(Buffer.from(JSON.stringify(values).slice(0, mostArguments)), id)),
      }),
    }
  }

  /** Encrypted arguments are deleted with their request, even if no caller asks. */
  #expireLater(): Timer {
    const { approvals, clock, report } = this.#options
    return clock.after(expireEveryMs, () => {
      void approvals
        .expire(clock.now())
        .catch(report)
        .then(() => {
          if (!this.#isStopped) this.#timer = this.#expireLater()
        })
    })
  }
}

function refusalOf(
  { id, state, expiresAt, note }: Approval,
  { decision }: Inspected,
  rule: string,
): GatewayError {
  const until = new Date(expiresAt).toISOString()
  if (state === 'denied') {
    const why = note === undefined ? '' : ` ("${note}")`
    return new GatewayError(
      'policy-denied',
      `Approval ${id} of this call was denied${why}; the same call can request approval again after ${until}.`,
      { rule },
    )
  }
  const words = decision.asks?.find(({ message }) => message !== undefined)?.message
  const why = words === undefined ? `Policy "${rule}" allows this call only with an approval.` : words
  return new GatewayError(
    'approval-needed',
    `${why} Approval ${id} waits for an administrator until ${until} ("gatehouse approvals approve ${id}"); then send the same call again: it passes once. (approval-needed)`,
    { rule },
  )
}

const tooMany = (rule: string) =>
  new GatewayError(
    'approval-needed',
    `Policy "${rule}" allows this call only with an approval, but too many approvals are already pending; ask an administrator to decide on them first. (approval-needed)`,
    { rule },
  )
