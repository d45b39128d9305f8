// Budgets of a key, between their text and the rules that gateways run on.

import type { BudgetText } from '../../contract/admin-api.ts'
import type { BudgetRule } from '../../contract/snapshot.ts'
import { formatUsd, parseUsd } from '../../kit/money.ts'
import { ProblemError } from '../admin/problem.ts'

/** Ids leave out the amount, so that spending carries over when it changes. */
export function budgetRules(key: string, budgets: readonly BudgetText[]): BudgetRule[] {
  const rules = budgets.map((budget, index) => rule(key, budget, `budgets.${index}`))
  const twice = rules.find((one, index) => rules.findIndex((other) => other.id === one.id) !== index)
  if (!twice) return rules
  throw new ProblemError('bad-request', `budgets: two of them are in ${twice.unit} per ${twice.per}; keep one of each unit and period.`)
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
  if (!isZone(budget.zone)) {
    throw new ProblemError('bad-request', `${field}.zone "${budget.zone}" is not an IANA time zone; write it like Europe/Berlin or UTC.`)
  }
  return {
    id: `key/${key}/${budget.per}/${budget.unit}`,
    unit: budget.unit,
    amount: budget.unit === 'usd' ? nanoDollars(budget.amount, field) : tokens(budget.amount, field),
    per: budget.per,
    zone: budget.zone,
    isHard: budget.hard,
    capsOutput: budget.capsOutput,
  }
}

function nanoDollars(amount: string | number, field: string): string {
  try {
    return parseUsd(amount).toString()
  } catch (error) {
    if (error instanceof RangeError) throw new ProblemError('bad-request', `${field}.amount: ${error.message}`)
    throw error
  }
}

function tokens(amount: string | number, field: string): string {
  const text = String(amount)
  if (/^\d{1,18}$/.test(text)) return BigInt(text).toString()
  throw new ProblemError('bad-request', `${field}.amount "${text}" is not a whole number of tokens; write it like 2000000.`)
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
