// Down, at once, to every node. Signals always work, whoever owns the thing in configuration.

import type { Actor } from './actor.ts'

export type Signal = (
  | { kind: 'revoke-key'; key: string }
  | { kind: 'kill-exchange'; exchange: string }
  | { kind: 'kill-run'; run: string }
  /** An approval was decided: whatever tells callers about approvals may do it now. */
  | { kind: 'approve'; approval: string; state: 'approved' | 'denied' }
) & { by: Actor }

export interface Signals {
  send(signal: Signal): void
  /** Returns the function that ends the subscription. */
  listen(receive: (signal: Signal) => void): () => void
}
