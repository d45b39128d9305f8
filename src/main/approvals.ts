// Approvals: the store's role with the secrets that bind and seal. What an approver sees is sealed under a
// key of its own purpose.

import { type Sealer, sealer } from '../kit/aead.ts'
import type { Clock } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'
import { Approver } from '../gateway/approve/index.ts'
import type { Data } from './data.ts'
import type { Undo } from './undo.ts'

export const argumentSealer = ({ handleSecrets }: Pick<Data, 'handleSecrets'>): Sealer =>
  sealer(handleSecrets, 'approval')

export function createApprover(
  data: Data,
  { clock, log, undo }: { clock: Clock; log: Log; undo: Undo },
): Approver {
  const { store, handleSecrets } = data
  const approver = new Approver({
    approvals: store.approvals,
    // the newest: what was asked for under an older one is asked for again
    secret: handleSecrets[0] ?? '',
    sealer: argumentSealer(data),
    clock,
    report: (thrown) => log.warn('approvals that are over could not be cleared', {}, thrown),
  })
  undo.push(() => approver.stop())
  return approver
}
