// Finds the budgets that apply to a caller: those of its key, person, workload, team and each ancestor. This
// runs once per configuration and principal, not per call.

import type { BudgetRule, LimitRule, Snapshot } from '../../contract/snapshot.ts'
import type { Charge } from '../../contract/record.ts'
import { type Window, windowAt } from '../../kit/windows.ts'
import { type PrincipalEntry, findRuleOwners } from '../identify/index.ts'
import { type Book, createLoneSlot, type BudgetSlot, slotOf } from './hold-book.ts'
import { type CallerLimits, findCallerLimits, type Gauge } from './limits.ts'
import type { LimitOwner } from './run-limits.ts'
import { type ValuedCall, valueOf } from './values.ts'

/** The rules that apply to a call: those of its caller and those of the called resource. */
export interface CallerRules {
  limits: CallerLimits
  hard: readonly HardBudget[]
  soft: readonly SoftBudget[]
  hasHardUsd: boolean
  hasHardTokens: boolean
  hasHardRuns: boolean
  /**
   * Does the bucket of a hard budget depend on the call, that is, on its run or on a value that is counted
   * separately?
   */
  hasHardParts: boolean
  /** Do all hard budgets lower the output limit instead of refusing? */
  capsOutput: boolean
  /** Slots of `hard` in the same order, if no budget has parts. */
  slots: BudgetSlot[]
  /** With the rules of a model or destination. */
  joined: WeakMap<CallerRules, CallerRules>
}

interface HardBudget {
  rule: BudgetRule
  owner: LimitOwner
  amount: bigint
}

export interface SoftBudget {
  rule: BudgetRule
  window: Window | undefined
}

export interface OwnedRules {
  owner: LimitOwner
  limits: LimitRule | undefined
  budgets: readonly BudgetRule[]
}

export function findCallerRules(
  snapshot: Snapshot,
  principal: PrincipalEntry,
  gaugeOf: (path: string) => Gauge,
): CallerRules {
  const owned = findRuleOwners(snapshot, principal).map(({ kind, name, limits, budgets }): OwnedRules => {
    const owner: LimitOwner = { title: `${kind} "${name}"`, path: `${kind}/${name}` }
    return { owner, limits, budgets }
  })
  return rulesOf(owned, gaugeOf)
}

export function rulesOf(owned: readonly OwnedRules[], gaugeOf: (path: string) => Gauge): CallerRules {
  const hard: HardBudget[] = []
  const soft: SoftBudget[] = []
  for (const { owner, budgets } of owned)
    for (const rule of budgets) {
      if (rule.isHard) hard.push({ rule, owner, amount: BigInt(rule.amount) })
      else soft.push({ rule, window: undefined })
    }
  const limits = findCallerLimits(
    owned.map(({ owner, limits: rule }) => ({ owner, rule })),
    gaugeOf,
  )
  return rulesFrom(limits, hard, soft)
}

/**
 * The rules of a run's member: its own, and those of the owner that apply to a run. Budgets of other periods
 * come only from the caller.
 */
export function joinRun(member: CallerRules, owner: CallerRules): CallerRules {
  const ofRun = <Budget extends { rule: BudgetRule }>(budgets: readonly Budget[], known: readonly Budget[]) =>
    budgets.filter(({ rule }) => rule.per === 'run' && !known.some((other) => other.rule.id === rule.id))
  const limits = { ...member.limits, runs: [...member.limits.runs, ...owner.limits.runs] }
  return rulesFrom(
    limits,
    [...member.hard, ...ofRun(owner.hard, member.hard)],
    [...member.soft, ...ofRun(owner.soft, member.soft)],
  )
}

export function joinRules(base: CallerRules, own: CallerRules): CallerRules {
  const limits: CallerLimits = {
    rates: [...base.limits.rates, ...own.limits.rates],
    runs: [...base.limits.runs, ...own.limits.runs],
    concurrent: [...base.limits.concurrent, ...own.limits.concurrent],
  }
  return rulesFrom(limits, [...base.hard, ...own.hard], [...base.soft, ...own.soft])
}

const rulesFrom = (
  limits: CallerLimits,
  hard: readonly HardBudget[],
  soft: readonly SoftBudget[],
): CallerRules => ({
  limits,
  hard,
  soft,
  hasHardUsd: hard.some(({ rule }) => rule.unit === 'usd'),
  hasHardTokens: hard.some(({ rule }) => rule.unit === 'tokens'),
  hasHardRuns: hard.some(({ rule }) => rule.per === 'run'),
  hasHardParts: hard.some(({ rule }) => rule.per === 'run' || rule.each !== undefined),
  capsOutput: hard.length > 0 && hard.every(({ rule }) => rule.capsOutput),
  slots: [],
  joined: new WeakMap(),
})

/** The facts that the slots of a call depend on. */
export interface SlotUser extends ValuedCall {
  readonly rules: CallerRules
  readonly run: string
  /** No run was named: this call is the whole run. */
  readonly isLoneRun: boolean
  /** The call that this one is part of: they share such a run. */
  readonly parent?: SlotUser | undefined
  /** Slots of such a run by budget, for all attempts of its call and of its child calls. */
  loneSlots?: Map<string, BudgetSlot>
}

/**
 * The slots of the hard budgets, in their order; the same array again while nothing was evicted and no budget
 * has parts.
 * @param rules of the call at the destination
 */
export function slotsFor(
  book: Book,
  rules: CallerRules,
  ticket: SlotUser,
  now: number,
): readonly BudgetSlot[] {
  const { hard, slots } = rules
  if (ticket.isLoneRun && rules.hasHardRuns) {
    const lone = loneSlotsOf(ticket)
    return hard.map(({ rule, amount }) => {
      if (rule.per !== 'run') return slotOf(book, bucketName(rule, ticket), amount, now)
      let slot = lone.get(rule.id)
      if (!slot) lone.set(rule.id, (slot = createLoneSlot(book, rule.id, amount, now)))
      return slot
    })
  }
  let isFresh = slots.length === hard.length
  for (let index = 0; isFresh && index < slots.length; index += 1)
    if (slots[index]?.isEvicted) isFresh = false
  if (isFresh) return slots
  const found = hard.map(({ rule, amount }) => slotOf(book, bucketName(rule, ticket), amount, now))
  if (!rules.hasHardParts) rules.slots = found
  return found
}

function loneSlotsOf(user: SlotUser): Map<string, BudgetSlot> {
  let root = user
  while (root.parent) root = root.parent
  return (root.loneSlots ??= new Map())
}

/** A soft budget needs no hold: spending is charged to the window of the store's current time. */
export function softCharge(budget: SoftBudget, user: SlotUser, storeNow: number, amount: bigint): Charge {
  const { rule } = budget
  if (rule.per === 'run') return { bucket: bucketName(rule, user), window: user.run, amount: String(amount) }
  let { window } = budget
  if (!window || storeNow < window.start || storeNow >= window.end) {
    window = windowAt(rule.per, rule.zone, storeNow)
    budget.window = window
  }
  return { bucket: bucketName(rule, user), window: window.name, amount: String(amount) }
}

export function bucketName(
  { id, per, each }: BudgetRule,
  user: Pick<SlotUser, 'run' | 'subject' | 'resource'>,
): string {
  if (per === 'run') return `${id}#${user.run}`
  return each === undefined ? id : `${id}#=${valueOf(each, user)}`
}
