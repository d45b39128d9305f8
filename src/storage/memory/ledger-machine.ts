// The ledger as one function from an event to a result. It has no promise, clock or randomness. Every adapter
// is compared with it.

import type { BudgetChange, BudgetVersion, ConfigureResult } from '../../contract/budgets.ts'
import {
  type AcquireResult,
  type AcquireRequest,
  type BudgetPage,
  type BudgetQuery,
  type DoubtOrder,
  type DoubtResult,
  type DrainOffset,
  type HolderClaim,
  type HolderStatus,
  type HoldKey,
  type Registration,
  type RenewResult,
  renewPage,
  type ReturnRequest,
  type SettleBatch,
  type SettleResult,
  type SweepAges,
} from '../../contract/stores.ts'
import { configure, configured } from './ledger-budgets.ts'
import { decide } from './ledger-doubt.ts'
import { adopt, expire, liveHolder, reconcile, register, standing } from './ledger-holders.ts'
import { budgets } from './ledger-list.ts'
import { acquire, giveBack, hear, settle } from './ledger-money.ts'
import { holdState, type LedgerState } from './ledger-state.ts'
import { sweep } from './ledger-sweep.ts'

/** The input and the result of each operation. */
export interface Operations {
  holder: { takes: { id: string }; answers: HolderStatus | undefined }
  register: { takes: { claim: HolderClaim; fresh: { holder: string; nonce: string } }; answers: Registration }
  configured: { takes: { holder: string }; answers: BudgetVersion }
  configure: { takes: { change: BudgetChange }; answers: ConfigureResult }
  acquire: { takes: { request: AcquireRequest }; answers: AcquireResult }
  renew: {
    takes: {
      holder: string
      epoch: number
      position?: DrainOffset | undefined
      after?: HoldKey | undefined
    }
    answers: RenewResult
  }
  giveBack: { takes: { request: ReturnRequest }; answers: void }
  settle: { takes: { batch: SettleBatch }; answers: SettleResult }
  expire: { takes: { silentMs: number }; answers: readonly string[] }
  reconcile: { takes: { holder: string; beforeEpoch: number }; answers: void }
  adopt: { takes: { holder: string }; answers: void }
  decide: { takes: { order: DoubtOrder }; answers: DoubtResult }
  sweep: { takes: SweepAges; answers: { closed: number; removed: number } }
  budgets: { takes: BudgetQuery; answers: BudgetPage }
}

export interface Step<Answer> {
  reply: Answer
  /** Holders that should renew at once, because a hold was recalled or a budget changed. */
  notices: ReadonlySet<string>
}

/** Changes the state in place. @param now the store's clock, ms since the epoch */
export function step<Name extends keyof Operations>(
  state: LedgerState,
  name: Name,
  event: Operations[Name]['takes'],
  now: number,
): Step<Operations[Name]['answers']> {
  const notices = new Set<string>()
  return { reply: table[name](state, event, now, notices), notices }
}

const table: {
  [Name in keyof Operations]: (
    state: LedgerState,
    event: Operations[Name]['takes'],
    now: number,
    notices: Set<string>,
  ) => Operations[Name]['answers']
} = {
  holder: (state, { id }) => standing(state, id),
  register: (state, { claim, fresh }, now) => register(state, claim, fresh, now),
  configured: (state, { holder }) => configured(state, holder),
  configure: (state, { change }, now, notices) => configure(state, change, now, notices),
  acquire: (state, { request }, now, notices) => acquire(state, request, now, notices),
  renew: (state, event, now) => renew(state, event, now),
  giveBack: (state, { request }, now) => giveBack(state, request, now),
  settle: (state, { batch }, now) => settle(state, batch, now),
  expire: (state, { silentMs }, now) => expire(state, silentMs, now),
  reconcile: (state, { holder, beforeEpoch }) => reconcile(state, holder, beforeEpoch),
  adopt: (state, { holder }) => adopt(state, holder),
  decide: (state, { order }, now) => decide(state, order, now),
  sweep: (state, ages, now) => sweep(state, ages, now),
  budgets: (state, query) => budgets(state, query),
}

function renew(
  state: LedgerState,
  { holder: id, epoch, position, after }: Operations['renew']['takes'],
  now: number,
): RenewResult {
  const { timeline } = state
  const holder = liveHolder(state, id, epoch, now)
  if (!holder) return { kind: 'fenced', now, timeline }
  hear(holder, position)
  const open = holder.holds
    .filter((hold) => hold.epoch === epoch && hold.granted > hold.returned + hold.spent)
    .map(holdState)
    .sort((a, b) => (isAfter(a, b) ? 1 : -1))
    .filter((hold) => after === undefined || isAfter(hold, after))
  const holds = open.slice(0, renewPage)
  const last = holds.at(-1)
  const next = open.length > renewPage && last ? { next: { budget: last.budget, window: last.window } } : {}
  return { kind: 'renewed', holds, ...next, now, timeline }
}

const isAfter = (a: HoldKey, b: HoldKey) =>
  a.budget > b.budget || (a.budget === b.budget && a.window > b.window)
