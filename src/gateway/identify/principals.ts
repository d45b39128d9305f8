// Maps keys to their principals, once per key and snapshot. Each snapshot has its own table.

import type { KeyEntry } from '../../contract/directory.ts'
import { type Owner, type Principal, ownerOf, principalOf } from '../../contract/principal.ts'
import type { Snapshot } from '../../contract/snapshot.ts'
import type { Subject } from '../../contract/subject.ts'

/**
 * A principal with all owners of its rules. There is one object per key and snapshot, so steps can use it as
 * a cache key: a changed key is another entry of the directory.
 */
export interface PrincipalEntry extends Principal {
  /** Absent: it acts without a key. */
  readonly key?: KeyEntry
  readonly person?: string
  readonly workload?: string
  /** The caller's attributes, without those of its request. */
  readonly subject: Subject
}

export interface Principals {
  of(key: KeyEntry): PrincipalEntry
  /** The principal itself, not narrowed by a key. @param some any of its keys */
  withoutKey(some: KeyEntry): PrincipalEntry
}

export function createPrincipals(snapshot: Pick<Snapshot, 'teams'>): Principals {
  const known = new WeakMap<KeyEntry, PrincipalEntry>()
  return {
    of(key) {
      let principal = known.get(key)
      if (!principal) known.set(key, (principal = entryOf(key, snapshot, key)))
      return principal
    },
    withoutKey: (some) => entryOf(some, snapshot, undefined),
  }
}

function entryOf(
  from: KeyEntry,
  { teams }: Pick<Snapshot, 'teams'>,
  key: KeyEntry | undefined,
): PrincipalEntry {
  const { team, person, workload } = from
  const rule = Object.hasOwn(teams, team) ? teams[team] : undefined
  const teamPath = rule?.path ?? [team]
  const acting = {
    ...(person === undefined ? {} : { person }),
    ...(workload === undefined ? {} : { workload }),
  }
  const subject: Subject = {
    ...(key && { key: key.id }),
    ...acting,
    team,
    teamPath,
    tags: { ...rule?.tags, ...key?.tags },
    claims: {},
  }
  return { ...principalOf(from), team, teamPath, ...(key && { key }), ...acting, subject }
}

/** For refusals: `key "ci"`. */
export const titleOf = ({ key, kind, name }: PrincipalEntry): string =>
  key ? `key "${key.id}"` : `${kind} "${name}"`

/**
 * The scope of its runs, which administrators also see: the key's id, or the principal's id without a key.
 */
export const callerName = ({ key, id }: PrincipalEntry): string => key?.id ?? id

export const isOwnedBy = (owner: Owner, key: KeyEntry): boolean => {
  const { principal, team } = ownerOf({ ...principalOf(key), team: key.team })
  return principal === owner.principal && team === owner.team
}
