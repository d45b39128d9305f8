// Budgets as they stand: each rule in force joined with what the ledger knows of its windows.

import type { Budget, BudgetsQuery } from '../../contract/admin-api.ts'
import type { Directory } from '../../contract/directory.ts'
import type { BudgetRule, TeamRule } from '../../contract/snapshot.ts'
import type { BudgetState, Ledger } from '../../contract/stores.ts'
import { formatUsd } from '../../kit/money.ts'
import { isoInstant } from '../admin/moment.ts'

export interface BudgetsNeeds {
  ledger: Pick<Ledger, 'budgets'>
  directory: Directory
  teams: () => Readonly<Record<string, TeamRule>>
}

interface Scoped {
  scope: Budget['scope']
  rule: BudgetRule
}

export async function budgets(needs: BudgetsNeeds, query: BudgetsQuery): Promise<Budget[]> {
  const rules = new Map(rulesInForce(needs).map((scoped) => [scoped.rule.id, scoped]))
  const states = await needs.ledger.budgets(query.budget === undefined ? undefined : { budget: query.budget })
  const used = states.map((state) => view(rules.get(state.budget) ?? rules.get(withoutRun(state.budget)) ?? retired(state), state))
  const seen = new Set(states.flatMap((state) => [state.budget, withoutRun(state.budget)]))
  const unused = [...rules.values()].filter(({ rule }) => !seen.has(rule.id)).map((scoped) => view(scoped))
  return [...used, ...unused].filter((budget) => isAskedFor(budget, query)).sort((a, b) => (order(a) < order(b) ? -1 : 1))
}

function rulesInForce({ directory, teams }: BudgetsNeeds): Scoped[] {
  const ofTeams = Object.values(teams()).flatMap((team) => team.budgets.map((rule) => ({ scope: { kind: 'team' as const, name: team.name }, rule })))
  const ofKeys = Array.from(directory.all()).flatMap((key) =>
    (key.budgets ?? []).map((rule) => ({ scope: { kind: 'key' as const, name: key.id }, rule })),
  )
  return [...ofTeams, ...ofKeys]
}

/** A run's bucket is `<id>#<run>`. */
const withoutRun = (id: string): string => id.split('#', 1)[0] ?? id

/** Spending of a budget that no rule names any longer stays visible. Its unit stands at the end of its id. */
function retired(state: BudgetState): Scoped {
  const id = withoutRun(state.budget)
  const unit = id.endsWith('/tokens') ? 'tokens' : 'usd'
  return {
    scope: { kind: 'retired', name: id },
    rule: { id, unit, amount: state.cap.toString(), per: 'total', zone: 'UTC', isHard: false, capsOutput: false },
  }
}

function view({ scope, rule }: Scoped, state?: BudgetState): Budget {
  const cap = state?.cap ?? BigInt(rule.amount)
  const committed = state?.committed ?? 0n
  const amount = (value: bigint) => (rule.unit === 'usd' ? formatUsd(value) : value.toString())
  return {
    id: state?.budget ?? rule.id,
    scope,
    unit: rule.unit,
    per: rule.per,
    zone: rule.zone,
    isHard: rule.isHard,
    ...(state ? { window: state.window } : {}),
    ...(state && Number.isFinite(state.end) ? { endsAt: isoInstant(state.end) } : {}),
    cap: amount(cap),
    spent: amount(state?.spent ?? 0n),
    committed: amount(committed),
    inDoubt: amount(state?.inDoubt ?? 0n),
    left: amount(cap - committed),
  }
}

const isAskedFor = ({ id, scope }: Budget, query: BudgetsQuery): boolean =>
  (query.team === undefined || (scope.kind === 'team' && scope.name === query.team)) &&
  (query.key === undefined || (scope.kind === 'key' && scope.name === query.key)) &&
  (query.budget === undefined || id === query.budget || withoutRun(id) === query.budget)

const order = ({ scope, id, window }: Budget): string => `${scope.kind}\n${scope.name}\n${id}\n${window ?? ''}`
