// Why an allowed call is refused at this moment: the key is revoked or expired, a hard budget is spent, or
// every target is paused. Grants and policies do not show that.

import type { Explanation } from '../../contract/admin-api.ts'
import type { KeyEntry } from '../../contract/directory.ts'
import { destinationOf } from '../../contract/resource.ts'
import type { Clock } from '../../kit/clock.ts'
import { isoInstant } from '../admin/moment.ts'
import { type BudgetsNeeds, viewBudget } from '../budgets/rules.ts'
import type { TargetReport } from '../providers/rules.ts'

export interface StateNeeds extends BudgetsNeeds {
  targetHealth(): readonly TargetReport[]
  clock: Clock
}

type Reason = Explanation['reasons'][number]
interface Obstacle {
  reason: Reason
  fix: string
}

/** A key that is refused everywhere, whatever the resource. */
export function keyObstacle(key: KeyEntry, now: number): Obstacle | undefined {
  const rule = `keys.${key.id}`
  if (key.revokedAt !== undefined)
    return {
      reason: { rule, effect: 'deny', text: `the key was revoked at ${isoInstant(key.revokedAt)}` },
      fix: 'a revoked key stays revoked: create another one with `gatehouse keys create`',
    }
  if (key.expiresAt !== undefined && key.expiresAt <= now)
    return {
      reason: { rule, effect: 'deny', text: `the key expired at ${isoInstant(key.expiresAt)}` },
      fix:
        key.owner === 'file'
          ? `set a later date: ${rule}.expires`
          : 'create another key with `gatehouse keys create`',
    }
  if (key.secrets.every(({ until }) => until !== undefined && until <= now))
    return {
      reason: { rule, effect: 'deny', text: 'none of the secrets of the key is valid any more' },
      fix: 'make a new secret with `gatehouse keys rotate`',
    }
  return undefined
}

/** Adds what closes an allowed resource at this moment. */
export async function withState(
  needs: StateNeeds,
  key: KeyEntry,
  explanation: Explanation,
): Promise<Explanation> {
  if (!explanation.isAllowed) return explanation
  const { spent, scarce } = await hardBudgets(needs, key, explanation)
  if (spent) return closedBy(explanation, spent)
  const states = new Map(needs.targetHealth().map(({ target, state }) => [target, state]))
  const paused = explanation.targets.filter((target) => states.get(target) === 'open')
  const reasons = paused.map(
    (target): Reason => ({
      rule: target,
      effect: 'depends',
      text: `the target "${target}" is paused after failures; \`gatehouse providers\` shows the last one`,
    }),
  )
  const open = { ...explanation, reasons: [...scarce, ...reasons, ...explanation.reasons] }
  const [first] = reasons
  if (!first || paused.length < explanation.targets.length) return open
  return closedBy(open, {
    reason: { ...first, effect: 'deny' },
    fix: 'wait: Gatehouse tries a paused target again by itself',
  })
}

export const closedBy = (explanation: Explanation, { reason, fix }: Obstacle): Explanation => ({
  ...explanation,
  isAllowed: false,
  reasons: [...explanation.reasons, reason],
  decidedBy: reason.rule,
  fix,
})

/** Hard budgets of the call: the first that is spent, and those that are nearly spent. */
async function hardBudgets(
  needs: StateNeeds,
  key: KeyEntry,
  explanation: Explanation,
): Promise<{ spent?: Obstacle; scarce: Reason[] }> {
  const now = needs.clock.now()
  const scarce: Reason[] = []
  for (const owner of ownersOf(needs, key, explanation)) {
    const page = await needs.ledger.budgets({ limit: mostBudgets, isOverIncluded: false, owner })
    for (const state of page.budgets) {
      // Budgets of one value or one run close only some calls.
      if (state.budget.includes('#') || state.end <= now) continue
      const { id, isHard, cap, left, endsAt } = viewBudget(needs, state)
      const rest = state.cap - state.spent - state.inDoubt
      if (!isHard || rest * nearlySpent > state.cap) continue
      const text = `the hard budget ${id} has ${left} of ${cap} left`
      if (rest > 0n)
        scarce.push({ rule: id, effect: 'depends', text: `${text}; a call that could cost more is refused` })
      else
        return {
          spent: {
            reason: { rule: id, effect: 'deny', text },
            fix: endsAt ? `raise the budget, or wait for its next period at ${endsAt}` : 'raise the budget',
          },
          scarce,
        }
    }
  }
  return { scarce }
}

/** Owners of the budgets that pay for the call, as budget ids begin. */
function ownersOf(needs: StateNeeds, key: KeyEntry, { resource, targets }: Explanation): string[] {
  const { teams } = needs.owners()
  const team = Object.hasOwn(teams, key.team) ? teams[key.team] : undefined
  // A destination closes the resource only if all targets are there.
  const destinations = new Set(targets.map((target) => destinationOf(target)))
  const [only] = destinations
  return [
    `key/${key.id}/`,
    ...(key.person === undefined ? [] : [`person/${key.person}/`]),
    ...(key.workload === undefined ? [] : [`workload/${key.workload}/`]),
    ...(team?.path ?? [key.team]).map((name) => `team/${name}/`),
    ...(resource.kind === 'model' ? [`model/${resource.name}/`] : []),
    ...(destinations.size === 1 && only !== undefined ? [`destination/${only}/`] : []),
  ]
}

/** Less than a tenth is left. */
const nearlySpent = 10n
/** Budgets of one owner: one for each unit and period, and the values of `each`, which are not looked at. */
const mostBudgets = 100
