// Connects approvals to the store and to the secrets that bind and encrypt them. The arguments that an approver
// sees are encrypted under a separate key.

import { type Sealer, createSealer } from '../kit/aead.ts'
import type { Clock } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'
import { Approver } from '../gateway/approve/index.ts'
import type { Data } from './data.ts'
import type { Undo } from './undo.ts'

export const argumentSealer = ({ handleSecrets }: Pick<Data, 'handleSecrets'>): Sealer =>
  createSealer(handleSecrets, 'approval')

export function createApprover(
  data: Data,
  { clock, log, undo }: { clock: Clock; log: Log; undo: Undo },
): Approver {
  const { store, handleSecrets } = data
  const approver = new Approver({
    approvals: store.approvals,
    // The newest secret. A call that was requested under an older one needs a new approval.
    secret: handleSecrets[0] ?? '',
    sealer: argumentSealer(data),
    clock,
    report: (thrown) => log.warn('expired approvals could not be deleted', {}, thrown),
  })
  undo.push(() => approver.stop())
  return approver
}
