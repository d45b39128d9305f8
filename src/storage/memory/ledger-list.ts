// Pages of budgets: buckets, and active budgets without any charge.

import type { BudgetPage, BudgetQuery, BudgetState, HoldKey } from '../../contract/stores.ts'
import { withoutRun } from '../run-scope.ts'
import { type Bucket, type LedgerState, outstanding } from './ledger-state.ts'

export function budgets(state: LedgerState, query: BudgetQuery): BudgetPage {
  const { limit = defaultLimit, after } = query
  const touched = new Set<string>()
  for (const { budget } of state.buckets.values()) touched.add(withoutRun(budget))
  const all: BudgetState[] = []
  for (const bucket of state.buckets.values())
    if (query.isOverIncluded || !bucket.isOver) all.push(bucketState(state, bucket))
  for (const { id, cap } of state.declared.values()) if (!touched.has(id)) all.push(untouched(id, cap))
  const found = all
    .filter(
      ({ budget }) =>
        query.budget === undefined || query.budget === budget || query.budget === withoutRun(budget),
    )
    .filter(({ budget }) => query.owner === undefined || budget.startsWith(query.owner))
    .filter((one) => after === undefined || isAfter(one, after))
    .sort((a, b) => (isAfter(a, { budget: b.budget, window: b.window ?? '' }) ? 1 : -1))
  const page = found.slice(0, limit)
  const last = page.at(-1)
  return found.length > limit && last
    ? { budgets: page, next: { budget: last.budget, window: last.window ?? '' } }
    : { budgets: page }
}

const defaultLimit = 1_000

const isAfter = ({ budget, window = '' }: Pick<BudgetState, 'budget' | 'window'>, after: HoldKey) =>
  budget > after.budget || (budget === after.budget && window > after.window)

export const untouched = (budget: string, cap: bigint): BudgetState => ({
  budget,
  start: -Infinity,
  end: Infinity,
  cap,
  committed: 0n,
  spent: 0n,
  inDoubt: 0n,
  held: 0n,
  atBound: 0n,
  estimated: 0n,
  forgiven: 0n,
  released: 0n,
  writtenOff: 0n,
  isOver: false,
  decisions: [],
})

function bucketState(state: LedgerState, bucket: Bucket): BudgetState {
  let spent = bucket.closed
  let inDoubt = 0n
  let held = 0n
  let writtenOff = 0n
  for (const hold of bucket.holds) {
    spent += hold.spent + hold.writtenOff
    writtenOff += hold.writtenOff
    if (hold.state !== 'live' || state.holders.get(hold.holder)?.isSilent) inDoubt += outstanding(hold)
    else held += outstanding(hold)
  }
  const { budget, window, cap, committed, atBound, estimated, forgiven, released, isOver } = bucket
  const decisions = state.decisions
    .filter((decision) => decision.budget === budget && decision.window === window.name)
    .slice(-mostDecisions)
  return {
    budget,
    window: window.name,
    start: window.start,
    end: window.end,
    cap,
    committed,
    spent,
    inDoubt,
    held,
    atBound,
    estimated,
    forgiven,
    released,
    writtenOff,
    isOver,
    decisions: decisions.toReversed(),
  }
}

const mostDecisions = 5
