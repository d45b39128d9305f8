// Connections outlive single exchanges: a socket, a session, a stream of notifications. They register at the
// gate, which then notifies them of revoked keys, new rules and shutdown.

import type { Caller } from './principal.ts'
import type { GatewayError } from './errors.ts'

/** For metrics. */
export const connectionKinds = ['socket', 'session', 'stream'] as const
export type ConnectionKind = (typeof connectionKinds)[number]

export interface ConnectionOptions {
  kind: ConnectionKind
  /** The connection ends when an administrator ends this run. */
  run?: string
  /**
   * The connection must end now, with everything that runs on it: its key was revoked, expired or moved to
   * another owner, an administrator killed it, or the drain time is over. Called once.
   */
  stop(error: GatewayError): void
  /**
   * The gateway will shut down. Accept no more work, and leave when running work has ended. Absent: `stop` is
   * called at once.
   */
  drain?(): void
  /** New rules are active, or the key was changed. Earlier lists of models or tools may be wrong now. */
  rulesChanged?(): void
}

export interface Connection {
  /** Administrators can kill the connection by this id, like an exchange. */
  readonly id: string
  /** The caller for exchanges on this connection, under the rules that are active now. */
  readonly caller: Caller
  /** Ends the registration. Idempotent. */
  leave(): void
}
