// The rules on the path of a principal: which of them match a name. Deny anywhere on the path wins; else a
// team or the person must be allowed it, and the key must not narrow it away.

import type { GrantKind, Resource } from '../../contract/resource.ts'
import type { Snapshot } from '../../contract/snapshot.ts'
import { compileDestinationGlob, compileGlob } from '../../kit/glob.ts'
import type { Glob } from '../../kit/glob.ts'
import { type PrincipalEntry, findRuleOwners } from '../identify/index.ts'

/** One line of a grant, with its place in the configuration: `teams.research.deny.models[0]`. */
export interface Rule {
  path: string
  pattern: string
  matches: Glob
  /** Matches a destination at which it admits something. */
  reaches: Glob
  /** Does it concern everything at the destinations that it reaches? */
  isWhole: boolean
}

/** Everything that a principal's path says about one kind of thing, in the order in which it is asked. */
export interface Grants {
  /** The person's first, then the nearest team's, the key's own last. */
  deny: readonly Rule[]
  teamAllow: readonly Rule[]
  /** Absent: the key allows whatever its team may. */
  keyAllow?: readonly Rule[]
}

export type GrantJudgment =
  | { kind: 'allowed'; by: Rule; narrowedBy?: Rule }
  | { kind: 'denied'; by: Rule }
  /** Neither the person nor a team on the path is allowed it, or the key's own list leaves it out. */
  | { kind: 'not-granted'; missing: 'team' }
  | { kind: 'not-granted'; missing: 'key'; by: Rule }

/**
 * Denials hold in any case: some providers take `GPT-5-Pro` for `gpt-5-pro`, and what is forbidden is the
 * model and not its spelling.
 */
function denies(pattern: string): Glob {
  const matches = compileGlob(pattern.toLowerCase())
  return (name) => matches(name.toLowerCase())
}

/** May anything at this destination be used? For lists of it; what each entry needs is asked for each. */
function judgeDestination(grants: Grants, name: string): GrantJudgment {
  const denied = grants.deny.find((rule) => rule.isWhole && rule.reaches(name))
  if (denied) return { kind: 'denied', by: denied }
  const allowed = grants.teamAllow.find((rule) => rule.reaches(name))
  if (!allowed) return { kind: 'not-granted', missing: 'team' }
  if (!grants.keyAllow) return { kind: 'allowed', by: allowed }
  const narrowed = grants.keyAllow.find((rule) => rule.reaches(name))
  return narrowed
    ? { kind: 'allowed', by: allowed, narrowedBy: narrowed }
    : { kind: 'not-granted', missing: 'key', by: allowed }
}

/** @param deniable as for `judge`; a server of tools by its own name stands for the list of them */
export const judgeResource = (
  grants: Grants,
  { kind, name }: Resource,
  deniable: readonly string[],
): GrantJudgment =>
  kind === 'tool' && !name.includes('/') ? judgeDestination(grants, name) : judge(grants, deniable)

/** @param deniable every name by which a deny can close it; the first is the one that has to be allowed */
function judge(grants: Grants, deniable: readonly string[]): GrantJudgment {
  const [name = ''] = deniable
  const denied = denyOf(grants, deniable)
  if (denied) return { kind: 'denied', by: denied }
  const allowed = grants.teamAllow.find((rule) => rule.matches(name))
  if (!allowed) return { kind: 'not-granted', missing: 'team' }
  if (!grants.keyAllow) return { kind: 'allowed', by: allowed }
  const narrowed = grants.keyAllow.find((rule) => rule.matches(name))
  return narrowed
    ? { kind: 'allowed', by: allowed, narrowedBy: narrowed }
    : { kind: 'not-granted', missing: 'key', by: allowed }
}

export const denyOf = ({ deny }: Grants, deniable: readonly string[]): Rule | undefined =>
  deny.find((rule) => deniable.some((name) => rule.matches(name)))

/**
 * A principal whose team is not in the snapshot is granted nothing by it. What a person may use is granted in
 * addition.
 */
export function grantsOf(snapshot: Snapshot, principal: PrincipalEntry, kind: GrantKind): Grants {
  const owners = findRuleOwners(snapshot, principal).flatMap(({ kind: owner, place, grant }) =>
    grant ? [{ owner, place, grant }] : [],
  )
  const own = owners.filter(({ owner }) => owner === 'key')
  const others = owners.filter(({ owner }) => owner !== 'key')
  const rules = (of: typeof owners, effect: 'allow' | 'deny') =>
    of.flatMap(({ place, grant }) =>
      (grant[effect][kind] ?? []).map(
        (pattern, index): Rule => ({
          path: `${place}.${effect}.${kind}[${index}]`,
          pattern,
          matches: effect === 'deny' ? denies(pattern) : compileGlob(pattern),
          reaches: compileDestinationGlob(pattern),
          isWhole: pattern.endsWith('/*'),
        }),
      ),
    )
  // a key that lists models says nothing of tools: what it leaves out altogether stays its team's
  const narrows = own.some(({ grant }) => grant.allow[kind] !== undefined)
  return {
    deny: rules([...others, ...own], 'deny'),
    teamAllow: rules(others, 'allow'),
    ...(narrows && { keyAllow: rules(own, 'allow') }),
  }
}
