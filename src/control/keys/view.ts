// A key for administrators: times as instants, limits and budgets in the notation of files, and notes.

import type { Key } from '../../contract/admin-api.ts'
import type { KeyEntry } from '../../contract/directory.ts'
import { grantKinds } from '../../contract/resource.ts'
import type { GrantRule, TeamRule } from '../../contract/snapshot.ts'
import { compileGlob } from '../../kit/glob.ts'
import { isoInstant } from '../admin/moment.ts'
import { budgetText } from './budgets.ts'
import { limitsText } from './limits.ts'

const fingerprintLength = 12

export function viewKey(key: KeyEntry, teams: Readonly<Record<string, TeamRule>>, now: number): Key {
  return {
    id: key.id,
    team: key.team,
    ...(key.workload === undefined ? {} : { workload: key.workload }),
    ...(key.person === undefined ? {} : { person: key.person }),
    owner: key.owner,
    state: stateOf(key, now),
    // Keys of the file have no creation date: it is 0.
    ...(key.createdAt === 0 ? {} : { createdAt: isoInstant(key.createdAt) }),
    ...(key.expiresAt === undefined ? {} : { expiresAt: isoInstant(key.expiresAt) }),
    ...(key.revokedAt === undefined ? {} : { revokedAt: isoInstant(key.revokedAt) }),
    ...(key.grant ? { allow: access(key.grant.allow), deny: access(key.grant.deny) } : {}),
    tags: { ...key.tags },
    ...(key.tagHeaders ? { tagHeaders: [...key.tagHeaders] } : {}),
    ...(key.limits ? { limits: limitsText(key.limits) } : {}),
    ...(key.budgets ? { budgets: key.budgets.map(budgetText) } : {}),
    ...(key.isLoopbackOnly ? { loopbackOnly: true } : {}),
    secrets: key.secrets.filter((secret) => secret.until === undefined || secret.until > now).map(viewSecret),
    notes: notes(key, teams),
  }
}

const viewSecret = ({ sha256, until }: KeyEntry['secrets'][number]): Key['secrets'][number] => ({
  fingerprint: sha256.slice(0, fingerprintLength),
  ...(until === undefined ? {} : { validUntil: isoInstant(until) }),
})

function stateOf(key: KeyEntry, now: number): Key['state'] {
  if (key.revokedAt !== undefined) return 'revoked'
  return key.expiresAt !== undefined && key.expiresAt <= now ? 'expired' : 'active'
}

const access = (rule: GrantRule['allow']): NonNullable<Key['allow']> =>
  Object.fromEntries(grantKinds.flatMap((kind) => (rule[kind] ? [[kind, [...rule[kind]]]] : [])))

/** A key only narrows the grants of its team. An allow beyond them is valid but has no effect, which a note states. */
function notes(key: KeyEntry, teams: Readonly<Record<string, TeamRule>>): string[] {
  const team = teams[key.team]
  if (!team) return [`team "${key.team}" is not in the configuration; every call with this key is refused`]
  const path = team.path.flatMap((name) => teams[name] ?? [])
  return grantKinds.flatMap((kind) =>
    (key.grant?.allow[kind] ?? []).flatMap((pattern) => {
      const denier = path.find((one) => one.grant.deny[kind]?.some((denied) => compileGlob(denied)(pattern)))
      if (denier) return [`allow.${kind} "${pattern}" has no effect: team "${denier.name}" denies it`]
      // A `*` in the key's pattern, taken as a letter, is matched only by a `*` of the team. Then the team allows
      // everything that the key allows.
      const isCovered = path.some((one) =>
        one.grant.allow[kind]?.some((allowed) => compileGlob(allowed)(pattern)),
      )
      return isCovered
        ? []
        : [
            `allow.${kind} "${pattern}" goes beyond what team "${key.team}" allows; the key gets only what both allow`,
          ]
    }),
  )
}
