// The ledger's state in memory: the tables of "Leases" in MONEY, and lookups in them.

import type { BudgetDeclaration, BudgetVersion } from '../../contract/budgets.ts'
import {
  type AcquireResult,
  type DoubtDecision,
  type DrainOffset,
  type HoldState,
  setBackEpoch,
} from '../../contract/stores.ts'
import type { ExchangeRecord } from '../../contract/record.ts'
import { type Window, windowAfter, windowAt } from '../../kit/windows.ts'

export interface LedgerState {
  timeline: string
  declared: Map<string, Declared>
  inForce: Omit<BudgetVersion, 'seen'>
  buckets: Map<string, Bucket>
  holders: Map<string, Holder>
  records: Map<string, ExchangeRecord>
  /** The decisions of administrators on money in doubt, the latest last. */
  decisions: DoubtDecision[]
  /** Where the next sweep continues. */
  sweepAfter: string
  /** The latest current window of each budget, because computing a window from a time zone is expensive. */
  windows: Map<string, Window>
}

/** `isOfKey`: the budget belongs to a key that an administrator made, not to the rules. */
export type Declared = BudgetDeclaration & { isOfKey: boolean }

export interface Bucket {
  budget: string
  window: Window
  cap: bigint
  /** Σ(granted − returned) of its holds. */
  committed: bigint
  version: number
  holds: Hold[]
  /** Spent by holds that were closed and removed. */
  closed: bigint
  atBound: bigint
  estimated: bigint
  forgiven: bigint
  released: bigint
  /** The time of the last grant or charge, ms since the epoch. */
  usedAt: number
  isOver: boolean
}

export interface Hold {
  bucket: Bucket
  holder: string
  epoch: number
  granted: bigint
  returned: bigint
  spent: bigint
  /** Booked as spent without a record, by an administrator. */
  writtenOff: bigint
  /**
   * `proven`: the journal of this earlier epoch was read to its end, and the drain will free the hold.
   * `doubt`: only an administrator can free it. `closed`: nothing is outstanding.
   */
  state: 'live' | 'proven' | 'doubt' | 'closed'
  /** ms since the epoch, the store's clock */
  doubtSince: number | undefined
  isRecalled: boolean
}

export interface Holder {
  id: string
  epoch: number
  nonce: string
  seq: number
  reply: AcquireResult | undefined
  /** ms since the epoch, the store's clock */
  seen: number
  isSilent: boolean
  isWrittenOff: boolean
  /** The digest of the last acquire's needs. */
  digest: string
  drained: DrainOffset
  heard: DrainOffset
  /**
   * The store was restored from a backup while this holder ran. Windows that were open at this instant count
   * as spent.
   */
  setBackAt: number | undefined
  /** The version since which the rules apply that were last active on it. */
  rulesSeen: number
  holds: Hold[]
}

export const emptyLedger = (timeline: string): LedgerState => ({
  timeline,
  declared: new Map(),
  inForce: { version: 0, rules: '', rulesSince: 0 },
  buckets: new Map(),
  holders: new Map(),
  records: new Map(),
  decisions: [],
  sweepAfter: '',
  windows: new Map(),
})

/** The amount that is not yet spent, returned or written off. */
export const outstanding = (hold: Hold): bigint => hold.granted - hold.returned - hold.spent - hold.writtenOff

/** A run's bucket inherits the rule of its budget. */
export function declarationOf(state: LedgerState, budget: string): Declared | undefined {
  const mark = budget.indexOf('#')
  return state.declared.get(mark === -1 ? budget : budget.slice(0, mark))
}

export function windowOf(
  state: LedgerState,
  budget: string,
  declaration: BudgetDeclaration,
  now: number,
  which: 'current' | 'next',
): Window {
  if (declaration.per === 'run')
    return { name: budget.slice(budget.indexOf('#') + 1), start: -Infinity, end: Infinity }
  let window = state.windows.get(declaration.id)
  if (!window || now < window.start || now >= window.end) {
    window = windowAt(declaration.per, declaration.zone, now)
    state.windows.set(declaration.id, window)
  }
  return which === 'current' ? window : windowAfter(declaration.per, declaration.zone, window)
}

const untouched = { closed: 0n, atBound: 0n, estimated: 0n, forgiven: 0n, released: 0n, isOver: false }

export function bucketOf(
  state: LedgerState,
  budget: string,
  window: Window,
  cap: bigint,
  now: number,
): Bucket {
  const key = `${budget}\n${window.name}`
  let bucket = state.buckets.get(key)
  if (!bucket) {
    bucket = { budget, window, cap, committed: 0n, version: 1, holds: [], ...untouched, usedAt: now }
    state.buckets.set(key, bucket)
    countSetBack(state, bucket)
  }
  return bucket
}

/**
 * A cap that was raised after the backup counts as spent, too, because the active cap at the loss of the
 * store is unknown.
 */
export function setCap(state: LedgerState, bucket: Bucket, cap: bigint): void {
  bucket.cap = cap
  bucket.version += 1
  countSetBack(state, bucket)
}

/** Applies to each holder whose store was restored from a backup while this window was open. */
function countSetBack({ holders }: LedgerState, bucket: Bucket): void {
  for (const holder of holders.values())
    if (holder.setBackAt !== undefined && bucket.window.start < holder.setBackAt) countAsSpent(bucket, holder)
}

/** The spending since the backup is unknown, so everything up to the cap is in doubt. */
export function countAsSpent(bucket: Bucket, holder: Holder): void {
  const left = bucket.cap - bucket.committed
  if (left <= 0n) return
  const hold = holdOf(bucket, holder, setBackEpoch)
  hold.granted += left
  hold.state = 'doubt'
  bucket.committed += left
}

export function holdOf(bucket: Bucket, holder: Holder, epoch: number): Hold {
  for (const hold of bucket.holds) if (hold.holder === holder.id && hold.epoch === epoch) return hold
  const hold: Hold = {
    bucket,
    holder: holder.id,
    epoch,
    granted: 0n,
    returned: 0n,
    spent: 0n,
    writtenOff: 0n,
    state: epoch === holder.epoch || epoch === 0 ? 'live' : 'doubt',
    doubtSince: undefined,
    isRecalled: false,
  }
  bucket.isOver = false
  bucket.holds.push(hold)
  holder.holds.push(hold)
  return hold
}

export const holdState = (hold: Hold): HoldState => ({
  budget: hold.bucket.budget,
  window: hold.bucket.window.name,
  start: hold.bucket.window.start,
  end: hold.bucket.window.end,
  cap: hold.bucket.cap,
  granted: hold.granted,
  returned: hold.returned,
  spent: hold.spent,
  committed: hold.bucket.committed,
  forgiven: hold.bucket.forgiven,
  isRecalled: hold.isRecalled || hold.bucket.committed > hold.bucket.cap,
  version: hold.bucket.version,
})

/** Frees money of a hold for other holders, at most the outstanding amount. */
export function free(hold: Hold, amount: bigint): void {
  const left = outstanding(hold)
  const freed = amount < left ? amount : left
  if (freed <= 0n) return
  hold.returned += freed
  hold.bucket.committed -= freed
  hold.bucket.version += 1
}
