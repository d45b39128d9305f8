// Creates a key from an administrator's request. Its team must exist and its dates must be in the future.

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
  request: CreateKey,
  secret: string,
  teams: Readonly<Record<string, TeamRule>>,
  now: number,
): KeyEntry {
  if (!Object.hasOwn(teams, request.team)) {
    const near = findNearest(request.team, Object.keys(teams))
    const known = near
      ? `did you mean "${near}"?`
      : `teams are: ${Object.keys(teams).slice(0, 20).join(', ') || 'none, define one in the configuration'}`
    throw new ProblemError('bad-request', `team "${request.team}" does not exist; ${known}`)
  }
  const expiresAt = request.expires === undefined ? undefined : expiry(request.expires, now)
  return {
    id: request.id,
    team: request.team,
    ...(request.workload === undefined ? {} : { workload: request.workload }),
    ...(request.person === undefined ? {} : { person: request.person }),
    secrets: [{ sha256: sha256Hex(secret) }],
    createdAt: now,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(request.allow || request.deny
      ? { grant: { allow: access(request.allow), deny: access(request.deny) } }
      : {}),
    tags: request.tags ?? {},
    ...(request.tagHeaders ? { tagHeaders: request.tagHeaders.map((header) => header.toLowerCase()) } : {}),
    ...(request.limits ? { limits: limitRule(request.limits) } : {}),
    ...(request.budgets ? { budgets: budgetRules(request.id, request.budgets) } : {}),
    ...(request.loopbackOnly ? { isLoopbackOnly: true } : {}),
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

const access = (request: CreateKey['allow']): GrantRule['allow'] => omitUndefined(request ?? {})
