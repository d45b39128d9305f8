// The rules on the path of a key: which of them match a name. Deny anywhere on the path wins; else a team must allow it, and the key must not narrow it away.

import type { KeyEntry } from '../../contract/directory.ts'
import type { GrantKind } from '../../contract/resource.ts'
import type { GrantRule, Snapshot } from '../../contract/snapshot.ts'
import { glob } from '../../kit/glob.ts'
import type { Glob } from '../../kit/glob.ts'

/** One line of a grant, with its place in the configuration: `teams.research.deny.models[0]`. */
export interface Rule {
  path: string
  pattern: string
  matches: Glob
}

/** Everything that a key's path says about one kind of thing, in the order in which it is asked. */
export interface Grants {
  /** Nearest team first, the key's own last. */
  deny: readonly Rule[]
  teamAllow: readonly Rule[]
  /** Absent: the key allows whatever its team may. */
  keyAllow?: readonly Rule[]
}

export type Verdict =
  | { kind: 'allowed'; by: Rule; narrowedBy?: Rule }
  | { kind: 'denied'; by: Rule }
  /** No team on the path allows it, or the key's own list leaves it out. */
  | { kind: 'not-granted'; missing: 'team' | 'key' }

/** Denials hold in any case: some providers take `GPT-5-Pro` for `gpt-5-pro`, and what is forbidden is the model and not its spelling. */
function denies(pattern: string): Glob {
  const matches = glob(pattern.toLowerCase())
  return (name) => matches(name.toLowerCase())
}

/** @param deniable every name by which a deny can close it; the first is the one that has to be allowed */
export function judge(grants: Grants, deniable: readonly string[]): Verdict {
  const [name = ''] = deniable
  const denied = denyOf(grants, deniable)
  if (denied) return { kind: 'denied', by: denied }
  const allowed = grants.teamAllow.find((rule) => rule.matches(name))
  if (!allowed) return { kind: 'not-granted', missing: 'team' }
  if (!grants.keyAllow) return { kind: 'allowed', by: allowed }
  const narrowed = grants.keyAllow.find((rule) => rule.matches(name))
  return narrowed ? { kind: 'allowed', by: allowed, narrowedBy: narrowed } : { kind: 'not-granted', missing: 'key' }
}

export const denyOf = ({ deny }: Grants, deniable: readonly string[]): Rule | undefined =>
  deny.find((rule) => deniable.some((name) => rule.matches(name)))

/** A key whose team is not in the snapshot is granted nothing. */
export function grantsOf(snapshot: Snapshot, key: KeyEntry, kind: GrantKind): Grants {
  const team = Object.hasOwn(snapshot.teams, key.team) ? snapshot.teams[key.team] : undefined
  const path = (team?.path ?? []).flatMap((name) => {
    const rule = snapshot.teams[name]
    return rule ? [{ at: `teams.${name}`, grant: rule.grant }] : []
  })
  const own = key.grant ? [{ at: `keys.${key.id}`, grant: key.grant }] : []
  const rules = (owners: readonly { at: string; grant: GrantRule }[], effect: 'allow' | 'deny') =>
    owners.flatMap(({ at, grant }) =>
      (grant[effect][kind] ?? []).map(
        (pattern, index): Rule => ({
          path: `${at}.${effect}.${kind}[${index}]`,
          pattern,
          matches: effect === 'deny' ? denies(pattern) : glob(pattern),
        }),
      ),
    )
  // a key that lists models says nothing of tools: what it leaves out altogether stays its team's
  const narrows = key.grant?.allow[kind] !== undefined
  return { deny: rules([...path, ...own], 'deny'), teamAllow: rules(path, 'allow'), ...(narrows && { keyAllow: rules(own, 'allow') }) }
}
