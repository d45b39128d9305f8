// The active budgets. A change is a difference, applied by compare-and-set on the version.

import type {
  BudgetChange,
  BudgetDeclaration,
  BudgetDifference,
  BudgetVersion,
  ConfigureResult,
} from '../../contract/budgets.ts'
import { withoutRun } from '../run-scope.ts'
import { type LedgerState, setCap } from './ledger-state.ts'

export function configured({ inForce, holders }: LedgerState, holder: string): BudgetVersion {
  const { version, rules, rulesSince } = inForce
  return { version, rules, rulesSince, seen: holders.get(holder)?.rulesSeen ?? 0 }
}

export function configure(
  state: LedgerState,
  change: BudgetChange,
  now: number,
  notices: Set<string>,
): ConfigureResult {
  const { inForce } = state
  const isNewRules = change.rules !== inForce.rules
  if (change.since !== inForce.version || (isNewRules && !change.ofRules))
    return { kind: 'newer', active: configured(state, change.holder) }
  const changed = new Set<string>()
  if (change.ofRules) apply(state, change.ofRules, false, changed)
  if (change.ofKeys) apply(state, change.ofKeys, true, changed)
  if (isNewRules || changed.size > 0) inForce.version += 1
  if (isNewRules) Object.assign(inForce, { rules: change.rules, rulesSince: inForce.version })
  followCaps(state, changed, now, notices)
  const holder = state.holders.get(change.holder)
  if (holder) holder.rulesSeen = inForce.rulesSince
  return { kind: 'configured', active: configured(state, change.holder) }
}

/** @param changed receives the ids of the budgets that changed */
function apply(
  { declared }: LedgerState,
  { put, remove, isWhole }: BudgetDifference,
  isOfKey: boolean,
  changed: Set<string>,
): void {
  const gone = new Set(remove)
  if (isWhole) {
    const named = new Set(put.map(({ id }) => id))
    for (const id of declared.keys()) if (!named.has(id)) gone.add(id)
  }
  for (const id of gone)
    if (declared.get(id)?.isOfKey === isOfKey) {
      declared.delete(id)
      changed.add(id)
    }
  for (const budget of put) {
    const known = declared.get(budget.id)
    // if both declare a budget, the rules win
    if (known && (isOfKey && !known.isOfKey ? true : known.isOfKey === isOfKey && isSame(known, budget)))
      continue
    declared.set(budget.id, { ...budget, isOfKey })
    changed.add(budget.id)
  }
}

const isSame = (a: BudgetDeclaration, b: BudgetDeclaration) =>
  a.cap === b.cap && a.per === b.per && a.zone === b.zone && a.isHard === b.isHard

/** The cap of an ended window changes only when the window is requested again. */
function followCaps(
  state: LedgerState,
  changed: ReadonlySet<string>,
  now: number,
  notices: Set<string>,
): void {
  for (const id of changed) state.windows.delete(id)
  for (const bucket of state.buckets.values()) {
    if (bucket.isOver || bucket.window.end <= now) continue
    const id = withoutRun(bucket.budget)
    const cap = changed.has(id) ? state.declared.get(id)?.cap : undefined
    if (cap === undefined || cap === bucket.cap) continue
    setCap(state, bucket, cap)
    for (const hold of bucket.holds) if (hold.state === 'live' && hold.epoch > 0) notices.add(hold.holder)
  }
}
