// A key from what an administrator wrote: teams exist, dates lie ahead, amounts are exact.

import type { CreateKey } from '../../contract/admin-api.ts'
import type { KeyEntry } from '../../contract/directory.ts'
import type { GrantRule, TeamRule } from '../../contract/snapshot.ts'
import { sha256Hex } from '../../kit/id.ts'
import { findNearest } from '../../kit/nearest.ts'
import { parseMoment } from '../admin/moment.ts'
import { ProblemError } from '../admin/problem.ts'
import { omitUndefined } from '../compile/defined.ts'
import { duration } from '../config/values.ts'
import { budgetRules } from './budgets.ts'
import { limitRule } from './limits.ts'

export function createKeyEntry(
  wish: CreateKey,
  secret: string,
  teams: Readonly<Record<string, TeamRule>>,
  now: number,
): KeyEntry {
  if (!Object.hasOwn(teams, wish.team)) {
    const near = findNearest(wish.team, Object.keys(teams))
    const known = near
      ? `did you mean "${near}"?`
      : `teams are: ${Object.keys(teams).slice(0, 20).join(', ') || 'none, define one in the configuration'}`
    throw new ProblemError('bad-request', `team "${wish.team}" does not exist; ${known}`)
  }
  const expiresAt = wish.expires === undefined ? undefined : expiry(wish.expires, now)
  return {
    id: wish.id,
    team: wish.team,
    ...(wish.workload === undefined ? {} : { workload: wish.workload }),
    ...(wish.person === undefined ? {} : { person: wish.person }),
    secrets: [{ sha256: sha256Hex(secret) }],
    createdAt: now,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(wish.allow || wish.deny ? { grant: { allow: access(wish.allow), deny: access(wish.deny) } } : {}),
    tags: wish.tags ?? {},
    ...(wish.tagHeaders ? { tagHeaders: wish.tagHeaders.map((header) => header.toLowerCase()) } : {}),
    ...(wish.limits ? { limits: limitRule(wish.limits) } : {}),
    ...(wish.budgets ? { budgets: budgetRules(wish.id, wish.budgets) } : {}),
    ...(wish.loopbackOnly ? { isLoopbackOnly: true } : {}),
    owner: 'admin',
  }
}

function expiry(text: string, now: number): number {
  const span = duration.safeParse(text)
  const at = span.success ? now + span.data : parseMoment(text)?.ms
  if (at === undefined) {
    throw new ProblemError(
      'bad-request',
      `expires "${text}" is neither a day (2027-03-01), an instant (2027-03-01T12:00:00Z) nor a time from now (90d).`,
    )
  }
  if (at <= now)
    throw new ProblemError(
      'bad-request',
      `expires "${text}" is not in the future; choose a later time, or omit it.`,
    )
  return at
}

const access = (wish: CreateKey['allow']): GrantRule['allow'] => omitUndefined(wish ?? {})
