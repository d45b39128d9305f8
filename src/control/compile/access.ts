// Compiles teams with their paths, workloads, people, and the keys that the file owns.

import { findNearest } from '../../kit/nearest.ts'
import type { KeyEntry } from '../../contract/directory.ts'
import { grantKinds } from '../../contract/resource.ts'
import type { GrantRule, PersonRule, TeamRule, WorkloadRule } from '../../contract/snapshot.ts'
import type { Path } from '../config/problem.ts'
import type { KeyConfig, TeamConfig } from '../config/schema/access.ts'
import type { Compilation } from './compilation.ts'
import { omitUndefined } from './defined.ts'
import { budgetsOf, limitOf, ownRulesOf } from './own-rules.ts'
import { hashOf } from './secrets.ts'

/** The only team if no file defines teams. */
const everyone: TeamRule = {
  name: 'everyone',
  path: ['everyone'],
  grant: { allow: Object.fromEntries(grantKinds.map((kind) => [kind, ['*', '*/*']])), deny: {} },
  tags: {},
  budgets: [],
}

export function compileTeams({ configuration, problems }: Compilation): Record<string, TeamRule> {
  if (!configuration.has('teams')) return { everyone }
  const rules: Record<string, TeamRule> = {}
  for (const [name, config] of configuration.teams) {
    const path: Path = ['teams', name]
    if (config.parent !== undefined && !configuration.isDefined('teams', config.parent)) {
      problems.add(
        [...path, 'parent'],
        `there is no team "${config.parent}"`,
        fixFor(config.parent, configuration.names('teams'), 'teams'),
      )
    }
    const line = ancestors(name, configuration.teams)
    if (line === 'cycle') {
      problems.add(
        [...path, 'parent'],
        `the team "${name}" is its own ancestor`,
        'remove the parent of one of these teams',
      )
      continue
    }
    rules[name] = {
      name,
      path: line,
      grant: grantOf(config),
      // The nearest team comes last, so that its tags win.
      tags: Object.assign(
        {},
        ...line.toReversed().map((ancestor) => configuration.teams.get(ancestor)?.tags ?? {}),
      ),
      ...(config.limits && { limits: limitOf(config.limits) }),
      ...(config.records && { keepRecordsMs: config.records.keep }),
      budgets: budgetsOf(config.budgets ?? [], `team/${name}`, [...path, 'budgets'], problems),
    }
  }
  return rules
}

/** Itself and its ancestors, nearest first. */
function ancestors(name: string, teams: ReadonlyMap<string, TeamConfig>): string[] | 'cycle' {
  const line: string[] = []
  for (let at: string | undefined = name; at !== undefined && teams.has(at); at = teams.get(at)?.parent) {
    if (line.includes(at)) return 'cycle'
    line.push(at)
  }
  return line
}

export function compileKeys(compilation: Compilation, teams: Readonly<Record<string, TeamRule>>): KeyEntry[] {
  const keys: KeyEntry[] = []
  const owners = new Map<string, string>()
  for (const [id, config] of compilation.configuration.keys) {
    const path: Path = ['keys', id]
    const team = teamOf(compilation, teams, config, path)
    const secrets = secretsOf(compilation, config, path)
    for (const { sha256 } of secrets) {
      const owner = owners.get(sha256)
      if (owner !== undefined)
        compilation.problems.add(
          [...path, 'secret'],
          `the key "${owner}" has the same secret`,
          'give each key its own secret',
        )
      owners.set(sha256, id)
    }
    if (config.expires !== undefined && config.expires <= compilation.now) {
      compilation.problems.add(
        [...path, 'expires'],
        'the key has expired',
        'set a later date, or remove the key',
        { severity: 'warning' },
      )
    }
    if (team === undefined || secrets.length === 0) continue
    keys.push({
      id,
      team,
      secrets,
      // The file has no creation date, and a date of our own would make every reload look like a change.
      createdAt: 0,
      tags: config.tags ?? {},
      budgets: budgetsOf(config.budgets ?? [], `key/${id}`, [...path, 'budgets'], compilation.problems),
      owner: 'file',
      ...omitUndefined({
        workload: config.workload,
        person: config.person,
        expiresAt: config.expires,
        tagHeaders: config.tagHeaders?.map((header) => header.toLowerCase()),
      }),
      ...((config.allow || config.deny) && { grant: grantOf(config) }),
      ...(config.limits && { limits: limitOf(config.limits) }),
    })
  }
  return keys
}

function teamOf(
  { configuration, problems }: Compilation,
  teams: Readonly<Record<string, TeamRule>>,
  config: KeyConfig,
  path: Path,
): string | undefined {
  const { workload } = config
  if (workload !== undefined && !configuration.isDefined('workloads', workload)) {
    problems.add(
      [...path, 'workload'],
      `there is no workload "${workload}"`,
      fixFor(workload, configuration.names('workloads'), 'workloads'),
    )
    return undefined
  }
  const inherited = workload === undefined ? undefined : configuration.workloads.get(workload)?.team
  const team = config.team ?? inherited
  if (config.team !== undefined && inherited !== undefined && config.team !== inherited) {
    problems.add(
      [...path, 'team'],
      `the workload "${workload}" belongs to the team "${inherited}"`,
      'remove the team or the workload',
    )
  }
  if (team === undefined) {
    if (workload === undefined)
      problems.add(
        path,
        'the key has neither a team nor a workload',
        'add a team, for instance team: research',
        { at: 'key' },
      )
    return undefined
  }
  if (Object.hasOwn(teams, team) || configuration.isDefined('teams', team)) return team
  // The unknown team of a workload is reported at the workload.
  if (config.team !== undefined)
    problems.add([...path, 'team'], `there is no team "${team}"`, fixFor(team, Object.keys(teams), 'teams'))
  return undefined
}

/** @returns the workloads that have rules of their own */
export function compileWorkloads(
  { configuration, problems }: Compilation,
  teams: Readonly<Record<string, TeamRule>>,
): Record<string, WorkloadRule> {
  const rules: Record<string, WorkloadRule> = {}
  for (const [name, config] of configuration.workloads) {
    const path: Path = ['workloads', name]
    if (!Object.hasOwn(teams, config.team) && !configuration.isDefined('teams', config.team))
      problems.add(
        [...path, 'team'],
        `there is no team "${config.team}"`,
        fixFor(config.team, Object.keys(teams), 'teams'),
      )
    const own = ownRulesOf(config, `workload/${name}`, path, problems)
    if (own.limits || own.budgets || config.acts)
      rules[name] = { name, budgets: [], ...own, ...(config.acts && { actsAsItself: true }) }
  }
  return rules
}

export function compilePeople({ configuration, problems }: Compilation): Record<string, PersonRule> {
  const rules: Record<string, PersonRule> = {}
  for (const [name, config] of configuration.people)
    rules[name] = {
      name,
      grant: grantOf(config),
      budgets: [],
      ...ownRulesOf(config, `person/${name}`, ['people', name], problems),
    }
  return rules
}

function secretsOf(
  compilation: Compilation,
  config: KeyConfig,
  path: Path,
): { sha256: string; until?: number }[] {
  const current = hashOf(compilation, config.secret, [...path, 'secret'])
  const before =
    config.previous && hashOf(compilation, config.previous.secret, [...path, 'previous', 'secret'])
  return [
    ...(current === undefined ? [] : [{ sha256: current }]),
    ...(before === undefined || !config.previous ? [] : [{ sha256: before, until: config.previous.until }]),
  ]
}

const grantOf = ({ allow, deny }: Pick<TeamConfig, 'allow' | 'deny'>): GrantRule => ({
  allow: omitUndefined(allow ?? {}),
  deny: omitUndefined(deny ?? {}),
})

const fixFor = (name: string, known: readonly string[], section: string): string => {
  const meant = findNearest(name, known)
  return meant
    ? `did you mean "${meant}"?`
    : `add it under "${section}"; known: ${known.join(', ') || 'none'}`
}
