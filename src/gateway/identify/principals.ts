// From keys to the principals that they act as, once per key and snapshot. A snapshot has its own table,
// which is gone with it.

import type { KeyEntry } from '../../contract/directory.ts'
import { type Owner, type Principal, ownerOf, principalOf } from '../../contract/principal.ts'
import type { Snapshot } from '../../contract/snapshot.ts'
import type { Subject } from '../../contract/subject.ts'

/**
 * A principal with everything whose rules hold for it. One object for each key and snapshot, so that what
 * steps derive from it can be cached by it: a changed key is another entry of the directory.
 */
export interface PrincipalEntry extends Principal {
  /** Absent: it acts without a key. */
  readonly key?: KeyEntry
  readonly person?: string
  readonly workload?: string
  /** What the caller is, without what its request adds. */
  readonly subject: Subject
}

export interface Principals {
  of(key: KeyEntry): PrincipalEntry
  /** The principal itself, which no key narrows. @param some any of its keys */
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
 * By which its runs are scoped, and administrators know it: the key's id, or the principal's where there is
 * no key.
 */
export const callerName = ({ key, id }: PrincipalEntry): string => key?.id ?? id

export const isOwnedBy = (owner: Owner, key: KeyEntry): boolean => {
  const { principal, team } = ownerOf({ ...principalOf(key), team: key.team })
  return principal === owner.principal && team === owner.team
}
