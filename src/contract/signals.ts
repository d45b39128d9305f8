// Signals reach every node at once. They also work on things that the configuration file owns.

import type { Actor } from './actor.ts'

export type Signal = (
  | { kind: 'revoke-key'; key: string }
  | { kind: 'kill-exchange'; exchange: string }
  | { kind: 'kill-run'; run: string }
  /** An approval was decided. Code that notifies callers about approvals can do it now. */
  | { kind: 'approve'; approval: string; state: 'approved' | 'denied' }
) & { by: Actor }

export interface Signals {
  send(signal: Signal): void
  /** Returns the function that ends the subscription. */
  listen(receive: (signal: Signal) => void): () => void
}
