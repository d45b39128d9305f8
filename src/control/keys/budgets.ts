// Converts budgets of a key between their text and the rules of gateways. The notation is the same as in the
// configuration file.

import type { BudgetText } from '../../contract/admin-api.ts'
import type { BudgetRule } from '../../contract/snapshot.ts'
import { formatUsd } from '../../kit/money.ts'
import { ProblemError } from '../admin/problem.ts'
import { budget as budgetConfig } from '../config/schema/access.ts'
import { asSentence } from './as-sentence.ts'

/** Ids leave out the amount, so that spending carries over when it changes. */
export function budgetRules(key: string, budgets: readonly BudgetText[]): BudgetRule[] {
  const rules = budgets.map((budget, index) => rule(key, budget, `budgets.${index}`))
  const twice = rules.find((one, index) => rules.findIndex((other) => other.id === one.id) !== index)
  if (!twice) return rules
  throw new ProblemError(
    'bad-request',
    `budgets: two budgets are in ${twice.unit} per ${twice.per}; keep one per unit and period.`,
  )
}

export const budgetText = (rule: BudgetRule): BudgetText => ({
  amount: rule.unit === 'usd' ? formatUsd(BigInt(rule.amount)).replace('$', '') : rule.amount,
  unit: rule.unit,
  per: rule.per,
  zone: rule.zone,
  hard: rule.isHard,
  capsOutput: rule.capsOutput,
})

function rule(key: string, budget: BudgetText, field: string): BudgetRule {
  const parsed = budgetConfig.safeParse(budget)
  if (!parsed.success) {
    const place = [field, ...(parsed.error.issues[0]?.path ?? [])].join('.')
    throw new ProblemError('bad-request', `${place}: ${asSentence(parsed.error)}`)
  }
  const { amount, unit, per, zone, hard, capsOutput } = parsed.data
  if (capsOutput && !hard)
    throw new ProblemError(
      'bad-request',
      `${field}.capsOutput: a soft budget cannot cap output; make it hard, or omit capsOutput.`,
    )
  return { id: `key/${key}/${per}/${unit}`, unit, amount, per, zone, isHard: hard, capsOutput }
}
