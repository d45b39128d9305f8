// Compiles limits and budgets, of any owner.

import type { BudgetRule, LimitRule, OwnRules } from '../../contract/snapshot.ts'
import type { Path, Problems } from '../config/problem.ts'
import type { BudgetConfig, TeamConfig } from '../config/schema/access.ts'
import { omitUndefined } from './defined.ts'

interface OwnConfig {
  limits?: TeamConfig['limits']
  budgets?: readonly BudgetConfig[] | undefined
}

/** Absent rules stay absent, so that a snapshot without them equals that of earlier builds. */
export function ownRulesOf(
  { limits, budgets }: OwnConfig,
  owner: string,
  path: Path,
  problems: Problems,
): OwnRules {
  return {
    ...(limits && { limits: limitOf(limits) }),
    ...(budgets && { budgets: budgetsOf(budgets, owner, [...path, 'budgets'], problems) }),
  }
}

export function limitOf({ run, each, ...rates }: NonNullable<TeamConfig['limits']>): LimitRule {
  return {
    ...omitUndefined(rates),
    ...(each && { each: each.map(({ of, ...own }) => ({ each: of, ...omitUndefined(own) })) }),
    ...(run && { run: omitUndefined({ calls: run.calls, depth: run.depth, timeMs: run.time }) }),
  }
}

export function budgetsOf(
  budgets: readonly BudgetConfig[],
  owner: string,
  path: Path,
  problems: Problems,
): BudgetRule[] {
  const ids = new Set<string>()
  return budgets.map(({ amount, unit, per, zone, hard, capsOutput, each }, index) => {
    const id =
      each === undefined
        ? `${owner}/${per}/${unit}`
        : `${owner}/each-${each.replace(':', '-')}/${per}/${unit}`
    if (ids.has(id))
      problems.add(
        [...path, index],
        `there is already a budget in ${unit} per ${per}${each === undefined ? '' : ' for each of these'}`,
        'keep one budget for each unit and period; a parent team can have another',
      )
    if (capsOutput && !hard)
      problems.add(
        [...path, index, 'capsOutput'],
        'capsOutput has no effect on a soft budget',
        'remove capsOutput, or write hard: true',
      )
    if (each !== undefined && (per === 'run' || per === 'total'))
      problems.add(
        [...path, index, 'each'],
        `"each" does not work with per: ${per}`,
        'use a period from hour to year, or remove each',
      )
    ids.add(id)
    return { id, unit, amount, per, zone, isHard: hard, capsOutput, ...(each !== undefined && { each }) }
  })
}
