// The store of money as one function: event in, reply out. No promise, clock or chance inside; the reference that every adapter is compared with.

import type {
  AcquireReply,
  AcquireRequest,
  BudgetDeclaration,
  BudgetState,
  DrainOffset,
  HolderClaim,
  HolderStanding,
  HoldState,
  Registration,
  ReturnRequest,
  SettleBatch,
  SettleReply,
} from '../../contract/stores.ts'
import { adopt, configure, expire, liveHolder, reconcile, register, standing, writeOff } from './ledger-holders.ts'
import { acquire, giveBack, hear, settle } from './ledger-money.ts'
import { bucketState, holdState, type LedgerState } from './ledger-state.ts'

export type RenewReply =
  | { kind: 'renewed'; holds: readonly HoldState[]; now: number; timeline: string }
  | { kind: 'fenced'; now: number; timeline: string }

/** What each operation takes and what it answers. */
export interface Operations {
  holder: { takes: { id: string }; answers: HolderStanding | undefined }
  register: { takes: { claim: HolderClaim; fresh: { holder: string; nonce: string } }; answers: Registration }
  configure: { takes: { budgets: readonly BudgetDeclaration[] }; answers: void }
  acquire: { takes: { request: AcquireRequest }; answers: AcquireReply }
  renew: { takes: { holder: string; epoch: number; position?: DrainOffset | undefined }; answers: RenewReply }
  giveBack: { takes: { request: ReturnRequest }; answers: void }
  settle: { takes: { batch: SettleBatch }; answers: SettleReply }
  expire: { takes: { silentMs: number }; answers: readonly string[] }
  reconcile: { takes: { holder: string; beforeEpoch: number }; answers: void }
  adopt: { takes: { holder: string }; answers: void }
  writeOff: { takes: { holder: string }; answers: void }
  budgets: { takes: { budget?: string }; answers: readonly BudgetState[] }
}

export interface Step<Answer> {
  reply: Answer
  /** Holders who should renew at once: something of theirs was recalled or changed. */
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
  [Name in keyof Operations]: (state: LedgerState, event: Operations[Name]['takes'], now: number, notices: Set<string>) => Operations[Name]['answers']
} = {
  holder: (state, { id }) => standing(state, id),
  register: (state, { claim, fresh }, now) => register(state, claim, fresh, now),
  configure: (state, { budgets }, now, notices) => configure(state, budgets, now, notices),
  acquire: (state, { request }, now, notices) => acquire(state, request, now, notices),
  renew: (state, event, now) => renew(state, event, now),
  giveBack: (state, { request }, now) => giveBack(state, request, now),
  settle: (state, { batch }, now) => settle(state, batch, now),
  expire: (state, { silentMs }, now) => expire(state, silentMs, now),
  reconcile: (state, { holder, beforeEpoch }) => reconcile(state, holder, beforeEpoch),
  adopt: (state, { holder }) => adopt(state, holder),
  writeOff: (state, { holder }) => writeOff(state, holder),
  budgets: (state, { budget }) =>
    [...state.buckets.values()].filter((bucket) => budget === undefined || bucket.budget === budget).map((bucket) => bucketState(state, bucket)),
}

function renew(state: LedgerState, { holder: id, epoch, position }: Operations['renew']['takes'], now: number): RenewReply {
  const { timeline } = state
  const holder = liveHolder(state, id, epoch, now)
  if (!holder) return { kind: 'fenced', now, timeline }
  hear(holder, position)
  const holds = holder.holds.filter((hold) => hold.epoch === epoch && hold.granted > hold.returned + hold.spent)
  return { kind: 'renewed', holds: holds.map(holdState), now, timeline }
}
