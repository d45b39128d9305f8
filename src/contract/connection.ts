// What lives between exchanges: a socket, a session, a stream that waits for news. The gate knows of it, so
// that it hears what concerns it.

import type { Caller } from './principal.ts'
import type { GatewayError } from './errors.ts'

/** For metrics. */
export const connectionKinds = ['socket', 'session', 'stream'] as const
export type ConnectionKind = (typeof connectionKinds)[number]

export interface ConnectionOptions {
  kind: ConnectionKind
  /** It ends with this run when an administrator ends the run. */
  run?: string
  /**
   * It must end now, whatever runs on it: the key was revoked, expired or moved to another owner, it was
   * killed, or the time to drain is over. Called once.
   */
  stop(error: GatewayError): void
  /**
   * The gateway is about to shut down: take no further work, and leave when what runs has ended. Absent:
   * `stop` is called right away.
   */
  drain?(): void
  /** New rules are in force, or its key was changed: what was listed before may be open or closed now. */
  rulesChanged?(): void
}

export interface Connection {
  /** Administrators can kill it by this id, as they do with exchanges. */
  readonly id: string
  /** As whom exchanges are opened on it: under the rules of this moment. */
  readonly caller: Caller
  /** It is over. Idempotent. */
  leave(): void
}
