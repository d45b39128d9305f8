// Budgets as the ledger wants them: those of the rules under one name, by which nodes with the same budgets
// know each other.

import { createHash } from 'node:crypto'
import type { BudgetDeclaration } from '../../contract/budgets.ts'
import type { KeyEntry } from '../../contract/directory.ts'
import { ownRulesIn, ruleOwnerKinds } from '../../contract/rule-owners.ts'
import type { BudgetRule, Snapshot } from '../../contract/snapshot.ts'

export interface BudgetsOfRules {
  /** Made from the budgets alone, in any order: an edit of anything else leaves it as it is. */
  name: string
  /** By id. */
  budgets: ReadonlyMap<string, BudgetDeclaration>
}

/** @param keys those that the configuration owns count, the others are not of the rules */
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

/** The same for the same budgets, in whatever order. */
export function nameOf(budgets: Iterable<BudgetDeclaration>): string {
  const lines = Array.from(budgets, ({ id, cap, per, zone, isHard }) =>
    JSON.stringify([id, String(cap), per, zone, isHard]),
  ).sort()
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 32)
}
