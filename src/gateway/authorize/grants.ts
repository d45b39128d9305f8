// Finds the rules on a principal's path that match a name. A deny anywhere on the path wins. Otherwise a team
// or the person must have a grant, and the key must not exclude the name.

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
  /** Matches a destination if the line allows anything there. */
  reaches: Glob
  /** Does it apply to everything at the destinations that it matches? */
  isWhole: boolean
}

/** All rules of a principal's path about one kind of resource, in the order of the checks. */
export interface Grants {
  /** The person's first, then those of the teams from the nearest one, the key's own last. */
  deny: readonly Rule[]
  teamAllow: readonly Rule[]
  /** Absent: the key allows everything that its team allows. */
  keyAllow?: readonly Rule[]
}

export type GrantJudgment =
  | { kind: 'allowed'; by: Rule; narrowedBy?: Rule }
  | { kind: 'denied'; by: Rule }
  /**
   * Neither the person nor a team on the path has a grant for it, or the key's own list does not include it.
   */
  | { kind: 'not-granted'; missing: 'team' }
  | { kind: 'not-granted'; missing: 'key'; by: Rule }

/**
 * Denials ignore case: some providers accept `GPT-5-Pro` for `gpt-5-pro`, and a deny forbids the model, not
 * its spelling.
 */
function denies(pattern: string): Glob {
  const matches = compileGlob(pattern.toLowerCase())
  return (name) => matches(name.toLowerCase())
}

/** May anything at this destination be used? For its lists; each entry is checked separately. */
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

/** @param deniable as for `judge`; the name of a tool server means the list of its tools */
export const judgeResource = (
  grants: Grants,
  { kind, name }: Resource,
  deniable: readonly string[],
): GrantJudgment =>
  kind === 'tool' && !name.includes('/') ? judgeDestination(grants, name) : judge(grants, deniable)

/** @param deniable every name by which a deny can exclude it; the first is the name that needs a grant */
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

/** A team that is not in the snapshot grants nothing to its principals. The grants of a person are added. */
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
  // a key that lists only models does not restrict tools: kinds that it does not list follow its team
  const narrows = own.some(({ grant }) => grant.allow[kind] !== undefined)
  return {
    deny: rules([...others, ...own], 'deny'),
    teamAllow: rules(others, 'allow'),
    ...(narrows && { keyAllow: rules(own, 'allow') }),
  }
}
