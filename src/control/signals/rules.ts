// Kill signals from administrators are sent to every node at once. A node without the call ignores the signal.

import { type Actor, actorFields } from '../../contract/actor.ts'
import type { Kill } from '../../contract/admin-api.ts'
import type { Signals } from '../../contract/signals.ts'
import type { Log } from '../../kit/log.ts'

export interface SignalsNeeds {
  signals: Signals
  log: Log
}

export function kill({ signals, log }: SignalsNeeds, what: Kill, by: Actor): { sent: true } {
  const meant = what.kind === 'kill-exchange' ? { ...what, exchange: what.exchange.toLowerCase() } : what
  signals.send({ ...meant, by })
  log.info('an administrator stops a call or a run', { ...meant, ...actorFields(by) })
  return { sent: true }
}
