// The approval for the one call that may use it.

import type { Approvals } from '../../contract/approvals.ts'
import { GatewayError } from '../../contract/errors.ts'
import type { Operation } from '../../contract/operation.ts'
import { StoreDown } from '../../contract/stores.ts'
import type { Clock } from '../../kit/clock.ts'

export interface PermitBinding {
  approval: string
  exchange: string
  /** Of the operation when the approval was looked up. */
  digest: string
  targets: readonly string[]
}

export class Permit {
  readonly #approvals: Approvals
  readonly #clock: Clock
  readonly #bound: PermitBinding
  #isTaken = false

  constructor(approvals: Approvals, clock: Clock, bound: PermitBinding) {
    this.#approvals = approvals
    this.#clock = clock
    this.#bound = bound
  }

  /**
   * Called before each attempt, right before the journal's `open`. The first attempt takes the approval;
   * later attempts belong to the same call.
   * @throws GatewayError `approval-needed` when another call used it meanwhile, `internal` when this is not
   * the call that was approved
   */
  async take(operation: Operation, target: string): Promise<void> {
    const { approval, exchange, digest, targets } = this.#bound
    if (operation.digest?.() !== digest || !targets.includes(target))
      throw new GatewayError('internal', 'A call changed after it was approved.')
    if (this.#isTaken) return
    this.#isTaken = await withStore(() => this.#approvals.take(approval, exchange, this.#clock.now()))
    if (!this.#isTaken)
      throw new GatewayError(
        'approval-needed',
        `Approval ${approval} was used by another call or has expired; send the call again to request a new one.`,
      )
  }

  /** The call is over. @param wasSent may the first byte of any attempt have left? */
  async close(wasSent: boolean): Promise<void> {
    const { approval, exchange } = this.#bound
    if (this.#isTaken && !wasSent) await this.#approvals.giveBack(approval, exchange, this.#clock.now())
  }
}

/** @throws GatewayError `state-unavailable` */
export async function withStore<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask()
  } catch (thrown) {
    if (!(thrown instanceof StoreDown)) throw thrown
    throw new GatewayError(
      'state-unavailable',
      'The store of approvals does not respond, so calls that need an approval are refused; try again soon.',
      {
        cause: thrown,
        retryAfterSeconds: 5,
      },
    )
  }
}
