// The state of budgets: pages of the ledger, joined with the active rules.

import { type Actor, actorFields } from '../../contract/actor.ts'
import type { Budget, BudgetsQuery, DoubtOrderBody, DoubtResultBody } from '../../contract/admin-api.ts'
import type { Directory } from '../../contract/directory.ts'
import {
  type RuleOwnerKind,
  type RulesOfOwners,
  ownRulesIn,
  ruleOwnerKinds,
} from '../../contract/rule-owners.ts'
import type { BudgetRule } from '../../contract/snapshot.ts'
import type { BudgetState, DoubtDecision, Ledger, HoldKey } from '../../contract/stores.ts'
import { formatUsd } from '../../kit/money.ts'
import type { Log } from '../../kit/log.ts'
import { isoInstant } from '../admin/moment.ts'
import { ProblemError } from '../admin/problem.ts'

export interface BudgetsNeeds {
  ledger: Pick<Ledger, 'budgets' | 'decide'>
  directory: Directory
  /** The owners of rules in the active snapshot. */
  owners: () => RulesOfOwners
  log: Log
}

interface Scoped {
  scope: Budget['scope']
  rule: BudgetRule
}

export async function listBudgets(
  needs: BudgetsNeeds,
  query: BudgetsQuery,
): Promise<{ budgets: Budget[]; next?: string }> {
  const { team, key, budget, over, limit, after } = query
  if (team !== undefined && key !== undefined) return { budgets: [] }
  const owner = team !== undefined ? `team/${team}/` : key !== undefined ? `key/${key}/` : undefined
  const page = await needs.ledger.budgets({
    limit,
    isOverIncluded: over === 'true',
    ...(budget === undefined ? {} : { budget }),
    ...(owner === undefined ? {} : { owner }),
    ...(after === undefined ? {} : { after: placeOf(after) }),
  })
  const found = page.budgets.map((state) => viewBudget(needs, state))
  return page.next ? { budgets: found, next: cursorOf(page.next) } : { budgets: found }
}

export const viewBudget = (needs: BudgetsNeeds, state: BudgetState): Budget =>
  view(ruleOf(needs, state) ?? retired(state), state)

/** A node without contact to the store for 23 h stops its own calls under hard budgets. */
const releasedAfterMs = 24 * 3_600_000

export async function decideDoubt(
  { ledger, log }: BudgetsNeeds,
  { action, budget, window }: DoubtOrderBody,
  by: Actor,
): Promise<DoubtResultBody> {
  const result = await ledger.decide({
    action,
    silentMs: releasedAfterMs,
    by: by.id,
    ...(budget === undefined ? {} : { budget }),
    ...(window === undefined ? {} : { window }),
  })
  log.info('an administrator decided on money in doubt', {
    action,
    budget,
    window,
    holds: result.decisions.length,
    ...actorFields(by),
  })
  return {
    decisions: result.decisions.map((decision) => decisionView(decision, unitOf(decision.budget))),
    tooRecent: result.tooRecent,
  }
}

/** `team/<name>/<per>/<unit>`, `key/<id>/<per>/<unit>`, …; `#<run>` or `#=<value>` after it. */
function ruleOf({ owners, directory }: BudgetsNeeds, { budget }: BudgetState): Scoped | undefined {
  const id = withoutRun(budget)
  const kind = ruleOwnerKinds.find((one) => id.startsWith(`${one}/`))
  if (!kind) return undefined
  const [, name = ''] = /^[a-z]+\/(.+?)(?:\/each-[^/]+)?\/[^/]+\/[^/]+$/s.exec(id) ?? []
  const rule = budgetsOf(kind, name, owners(), directory).find((one) => one.id === id)
  return rule && { scope: { kind, name }, rule }
}

function budgetsOf(
  kind: RuleOwnerKind,
  name: string,
  rules: RulesOfOwners,
  directory: Directory,
): readonly BudgetRule[] {
  if (kind === 'key') return directory.byId(name)?.budgets ?? []
  const owners = ownRulesIn(rules, kind)
  return (Object.hasOwn(owners, name) ? owners[name]?.budgets : undefined) ?? []
}

/** The value that the budget counts separately, if it has `each`. */
function partOf({ each }: BudgetRule, bucket: string): Pick<Budget, 'each' | 'value'> {
  if (each === undefined) return {}
  const at = bucket.indexOf('#=')
  return { each, ...(at < 0 ? {} : { value: shown(bucket.slice(at + '#='.length)) }) }
}

/**
 * A value that begins with a plus was not sent by a caller: `+none`, `+others`, or the hash of a very long value.
 */
const shown = (value: string) => (value.startsWith('+') ? value : decodeURIComponent(value))

/** A run's bucket is `<id>#<run>`. */
const withoutRun = (id: string): string => id.split('#', 1)[0] ?? id

const unitOf = (budget: string): BudgetRule['unit'] =>
  withoutRun(budget).endsWith('/tokens') ? 'tokens' : 'usd'

/** Keeps the spending of a budget visible after its rule was removed. Its unit is the end of its id. */
function retired(state: BudgetState): Scoped {
  const id = withoutRun(state.budget)
  return {
    scope: { kind: 'retired', name: id },
    rule: {
      id,
      unit: unitOf(id),
      amount: state.cap.toString(),
      per: 'total',
      zone: 'UTC',
      isHard: false,
      capsOutput: false,
    },
  }
}

const text = (value: bigint, unit: BudgetRule['unit']) =>
  unit === 'usd' ? formatUsd(value) : value.toString()

function view({ scope, rule }: Scoped, state: BudgetState): Budget {
  const amount = (value: bigint) => text(value, rule.unit)
  return {
    id: state.budget,
    scope,
    unit: rule.unit,
    per: rule.per,
    zone: rule.zone,
    isHard: rule.isHard,
    ...partOf(rule, state.budget),
    ...(state.window === undefined ? {} : { window: state.window }),
    ...(Number.isFinite(state.end) ? { endsAt: isoInstant(state.end) } : {}),
    isOver: state.isOver,
    cap: amount(state.cap),
    spent: amount(state.spent),
    left: amount(state.cap - state.spent - state.inDoubt),
    held: amount(state.held),
    free: amount(state.cap - state.committed),
    inDoubt: amount(state.inDoubt),
    atBound: amount(state.atBound),
    estimated: amount(state.estimated),
    forgiven: amount(state.forgiven),
    released: amount(state.released),
    writtenOff: amount(state.writtenOff),
    decisions: state.decisions.map((decision) => decisionView(decision, rule.unit)),
  }
}

const decisionView = (decision: DoubtDecision, unit: BudgetRule['unit']): Budget['decisions'][number] => ({
  ...decision,
  at: isoInstant(decision.at),
  amount: text(decision.amount, unit),
})

const cursorOf = ({ budget, window }: HoldKey) =>
  Buffer.from(JSON.stringify([budget, window])).toString('base64url')

function placeOf(cursor: string): HoldKey {
  try {
    const found: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    const [budget, window]: unknown[] = Array.isArray(found) ? found : []
    if (typeof budget === 'string' && typeof window === 'string') return { budget, window }
  } catch {
    // The error below reports it.
  }
  throw new ProblemError(
    'bad-request',
    'after: this is not the `next` of an earlier page; omit it for the first page.',
  )
}
