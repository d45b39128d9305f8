// The administrator of a change. The admin API resolves it once per request. Every change, signal and log
// line of a change names it.

export interface Actor {
  /** `admin` for the admin key, `file` for the configuration file. Never a secret. */
  readonly id: string
  readonly kind: 'admin-key' | 'configuration'
  /** `owner`: everything. */
  readonly roles: readonly 'owner'[]
  /** Only this team and the teams below it. Absent: all of them. */
  readonly teamScope?: string
}

/** The holder of the admin key. There is only one such key. */
export const adminActor: Actor = { id: 'admin', kind: 'admin-key', roles: ['owner'] }

/** The operator who edits the configuration file, which takes effect by itself. */
export const fileActor: Actor = { id: 'file', kind: 'configuration', roles: ['owner'] }

/** For log lines. */
export const actorFields = ({ id, kind }: Actor) => ({ actor: id, actorKind: kind })
