// The owners of the rules for a principal: its key, person, workload, team and each ancestor, in this order.

import type { BudgetRule, GrantRule, LimitRule, Snapshot } from '../../contract/snapshot.ts'
import type { PrincipalEntry } from './principals.ts'

export interface RuleOwner {
  kind: 'key' | 'person' | 'workload' | 'team'
  name: string
  /** The place of its rules in the configuration: `teams.research`. */
  place: string
  grant?: GrantRule
  limits?: LimitRule
  budgets: readonly BudgetRule[]
}

type OwnerRules = Pick<Snapshot, 'teams' | 'people' | 'workloads'>

export function findRuleOwners(
  snapshot: OwnerRules,
  { key, person, workload, team }: PrincipalEntry,
): RuleOwner[] {
  const owners: RuleOwner[] = []
  if (key) owners.push({ kind: 'key', name: key.id, place: `keys.${key.id}`, ...rulesOf(key) })
  const ofPerson = own(snapshot.people, person)
  if (ofPerson)
    owners.push({
      kind: 'person',
      name: ofPerson.name,
      place: `people.${ofPerson.name}`,
      ...rulesOf(ofPerson),
    })
  const ofWorkload = own(snapshot.workloads, workload)
  if (ofWorkload)
    owners.push({
      kind: 'workload',
      name: ofWorkload.name,
      place: `workloads.${ofWorkload.name}`,
      ...rulesOf(ofWorkload),
    })
  for (const name of own(snapshot.teams, team)?.path ?? []) {
    const ofTeam = own(snapshot.teams, name)
    if (ofTeam) owners.push({ kind: 'team', name, place: `teams.${name}`, ...rulesOf(ofTeam) })
  }
  return owners
}

function own<Rule>(
  rules: Readonly<Record<string, Rule>> | undefined,
  name: string | undefined,
): Rule | undefined {
  return rules && name !== undefined && Object.hasOwn(rules, name) ? rules[name] : undefined
}

function rulesOf({
  grant,
  limits,
  budgets = [],
}: {
  grant?: GrantRule
  limits?: LimitRule
  budgets?: readonly BudgetRule[]
}) {
  return { budgets, ...(grant && { grant }), ...(limits && { limits }) }
}
