// Entries of the configuration that can have their own limits and budgets. Keys can have them too; they are
// in the directory.

import type { OwnRules, Snapshot } from './snapshot.ts'

export const ruleOwnerKinds = ['team', 'key', 'person', 'workload', 'model', 'destination'] as const
export type RuleOwnerKind = (typeof ruleOwnerKinds)[number]

export type RulesOfOwners = Pick<Snapshot, 'teams' | 'people' | 'workloads' | 'models' | 'destinations'>

/** Budget ids begin with kind and name: `model/fast/month/usd`. */
export function ownRulesIn(
  { teams, people, workloads, models, destinations }: RulesOfOwners,
  kind: RuleOwnerKind,
): Readonly<Record<string, OwnRules>> {
  const all: Record<RuleOwnerKind, Readonly<Record<string, OwnRules>> | undefined> = {
    team: teams,
    key: undefined,
    person: people,
    workload: workloads,
    model: models,
    destination: destinations,
  }
  return all[kind] ?? {}
}
