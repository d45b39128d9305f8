// Kill signals from administrators: sent at once to every node; a node that does not run the thing ignores it.

import type { Kill } from '../../contract/admin-api.ts'
import type { Signals } from '../../contract/signals.ts'

export interface SignalsNeeds {
  signals: Signals
}

export function kill({ signals }: SignalsNeeds, what: Kill): { sent: true } {
  signals.send(what.kind === 'kill-exchange' ? { kind: what.kind, exchange: what.exchange.toLowerCase() } : what)
  return { sent: true }
}
