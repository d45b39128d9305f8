// Down, at once, to every node. Signals always work, whoever owns the thing in configuration.

import type { Actor } from './actor.ts'

export type Signal = ({ kind: 'revoke-key'; key: string } | { kind: 'kill-exchange'; exchange: string } | { kind: 'kill-run'; run: string }) & {
  by: Actor
}

export interface Signals {
  send(signal: Signal): void
  /** Returns the function that ends the subscription. */
  listen(receive: (signal: Signal) => void): () => void
}
