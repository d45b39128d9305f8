// Converts budgets to the ledger's form: the rules' budgets under one name. Nodes with the same budgets get
// the same name.

import { createHash } from 'node:crypto'
import type { BudgetDeclaration } from '../../contract/budgets.ts'
import type { KeyEntry } from '../../contract/directory.ts'
import { ownRulesIn, ruleOwnerKinds } from '../../contract/rule-owners.ts'
import type { BudgetRule, Snapshot } from '../../contract/snapshot.ts'

export interface BudgetsOfRules {
  /** Derived only from the budgets, in any order, so other edits do not change it. */
  name: string
  /** By id. */
  budgets: ReadonlyMap<string, BudgetDeclaration>
}

/** @param keys only the keys that the configuration owns are included */
export function budgetsOfRules(snapshot: Snapshot, keys: Iterable<KeyEntry>): BudgetsOfRules {
  const budgets = new Map<string, BudgetDeclaration>()
  const add = (rules: readonly BudgetRule[]) => {
    for (const rule of rules) budgets.set(rule.id, declarationOf(rule))
  }
  for (const kind of ruleOwnerKinds)
    for (const { budgets: rules = [] } of Object.values(ownRulesIn(snapshot, kind))) add(rules)
  for (const key of keys) if (key.owner === 'file') add(key.budgets ?? [])
  return { name: nameOf(budgets.values()), budgets }
}

export const declarationOf = ({ id, amount, per, zone, isHard }: BudgetRule): BudgetDeclaration => ({
  id,
  cap: BigInt(amount),
  per,
  zone,
  isHard,
})

/** Equal for equal budgets in any order. */
export function nameOf(budgets: Iterable<BudgetDeclaration>): string {
  const lines = Array.from(budgets, ({ id, cap, per, zone, isHard }) =>
    JSON.stringify([id, String(cap), per, zone, isHard]),
  ).sort()
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 32)
}
