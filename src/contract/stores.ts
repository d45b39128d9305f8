// The roles of stores. Each role has one suite of tests that runs on every adapter. The rules about money are
// the seven promises and the table of operations in docs/reference/money.md. Amounts are nano-dollars, or
// tokens for token budgets.

import type { BudgetChange, BudgetVersion, ConfigureResult } from './budgets.ts'
import type { ExchangeRecord } from './record.ts'
import type { KeyEntry } from './directory.ts'

export interface Need {
  budget: string
  /** Which window: the current one by the store's clock, or the next one (acquired before a rollover). */
  window: 'current' | 'next'
  /** Granted in full for every need of the request, or nothing is granted. */
  need: bigint
  /** Granted in addition to `need`, as far as the cap allows. */
  want: bigint
}

export interface HoldState {
  budget: string
  /** Names the window; ISO instant of its start, `total`, or the run's id. */
  window: string
  /** ms since the epoch by the store's clock; Infinity for windows without end. */
  start: number
  end: number
  cap: bigint
  /** Totals of this holder in this window. They only grow; `returned ≤ granted`. */
  granted: bigint
  returned: bigint
  /** The amount that the drain has booked so far. It can be less than the holder's own count. */
  spent: bigint
  /** Everything granted and not returned, of all holders. */
  committed: bigint
  /** Another holder needs money: return everything that is not reserved. */
  isRecalled: boolean
  /**
   * Charged below the bound although the vendor may have billed it (rule: at most a tenth of the cap per
   * window); of all holders, as far as drained.
   */
  forgiven: bigint
  /**
   * Grows whenever the bucket may cover more than before: cap raised, money returned or reconciled. A
   * remembered "exhausted" is valid only at its version.
   */
  version: number
}

export interface AcquireRequest {
  holder: string
  epoch: number
  /**
   * Grows by one with each new request of this holder. A repetition gets the stored result; an older or
   * different request is fenced.
   */
  seq: number
  needs: readonly Need[]
  /**
   * The position up to which this holder's journal is synced. The ledger stores it: a journal that ends
   * before it has lost records.
   */
  position?: DrainOffset | undefined
}

export type AcquireResult =
  | { kind: 'granted'; holds: readonly HoldState[]; now: number; timeline: string }
  | {
      kind: 'short' /** The current state of the budgets that cannot cover their need. */
      short: readonly HoldState[] /** Others hold unreserved money that was recalled, so waiting may help. */
      isRecalling: boolean
      now: number
      timeline: string
    }
  /**
   * The epoch is not the holder's current one, or it was written off: register again. A holder in doubt is
   * not fenced, because nothing was freed.
   */
  | { kind: 'fenced'; now: number; timeline: string }
  | { kind: 'unknown-budget'; budget: string; now: number; timeline: string }
  /** The key of this run has its maximum number of open runs under this budget. */
  | { kind: 'too-many-runs'; budget: string; now: number; timeline: string }
  /** This budget has its maximum number of separate values in this window. */
  | { kind: 'too-many-values'; budget: string; now: number; timeline: string }

export interface Registration {
  holder: string
  epoch: number
  /**
   * Changes at each registration, and is stored in the data folder. So a copy of the folder becomes a new
   * holder.
   */
  nonce: string
  timeline: string
  /** The position of the drain in this holder's journal. */
  drained: DrainOffset
  /** ms since the epoch by the store's clock. */
  now: number
}

export interface DrainOffset {
  segment: number
  offset: number
}

export const isBefore = (a: DrainOffset, b: DrainOffset): boolean =>
  a.segment < b.segment || (a.segment === b.segment && a.offset < b.offset)

/** The ledger's view of a holder. Its journal is compared with it before it may free money. */
export interface HolderStatus {
  epoch: number
  nonce: string
  /** Of its last acquire. */
  seq: number
  drained: DrainOffset
  /** The furthest position of its journal that an acquire, a renew or a settle reported. */
  heard: DrainOffset
  /**
   * Epochs with something outstanding. `isProven`: their journal was whole when the epoch after them
   * registered.
   */
  open: readonly { epoch: number; isProven: boolean }[]
  /** The store was set back, so it counts windows as spent until `adopt`. */
  isSetBack: boolean
}

export interface HolderClaim {
  /**
   * From the data folder. Absent on the first start. A wrong nonce makes a new holder, unless the store was
   * set back to an earlier state.
   */
  holder?: string
  nonce?: string
  bootId: string
  /** The earlier epochs whose journals prove their spending. */
  proven: readonly number[]
  /** The highest epoch in the data folder. The new one is higher. */
  seenEpoch?: number
  /**
   * The store was set back, and the journal does not fill the gap: every open window counts as spent up to
   * its cap, until `adopt`.
   */
  isSetBack?: boolean
}

/** The epoch of the holds with which a set-back store counts windows as spent. No holder has it. */
export const setBackEpoch = -1

/** Distinguishes a repeated acquire from another one with the same `seq`. */
export const digestOf = (needs: readonly Need[]): string =>
  Bun.hash(
    needs.map(({ budget, window, need, want }) => `${budget}\n${window}\n${need}\n${want}`).join('\n\n'),
  ).toString(36)

/**
 * One transaction of the drain. A charge goes to the hold (bucket, window, holder, `charge.epoch`); without
 * an epoch (soft budgets) to the holder's epoch 0, which needs no grant. Spending beyond `granted − returned`
 * is booked as granted afterwards, so that totals stay true. `committed` may exceed the cap.
 */
export interface SettleBatch {
  holder: string
  from: DrainOffset
  to: DrainOffset
  records: readonly ExchangeRecord[]
  /** The JSON of each record where it is at hand, so that the store need not write it again. */
  bodies?: readonly (string | undefined)[]
  /** The position up to which the journal is synced. */
  position?: DrainOffset
  /** This epoch ended with a clean close and is completely drained: its holds are free, and it is over. */
  retires?: number
}

export type SettleResult =
  | { kind: 'settled' /** Ids that were new. */; inserted: readonly string[] }
  /** Another drain was faster: continue from here. */
  | { kind: 'moved'; at: DrainOffset }

export interface ReturnRequest {
  holder: string
  epoch: number
  /** Totals, not differences: a repeat is harmless. */
  holds: readonly { budget: string; window: string; returned: bigint }[]
}

/**
 * The authority on money. Every method is one transaction. All methods reject with StoreDown when the store
 * cannot be reached or does not respond within its deadline.
 */
export interface Ledger {
  /** undefined: not known. */
  holder(id: string): Promise<HolderStatus | undefined>
  /**
   * Each hold belongs to the epoch that acquired it, so totals begin at zero in a new epoch. The holds of
   * earlier epochs stay counted: those of a proven epoch wait for `reconcile`. The others stay in doubt until
   * they are written off.
   */
  register(claim: HolderClaim): Promise<Registration>
  /** The active budgets. */
  configured(holder: string): Promise<BudgetVersion>
  /**
   * Activates budgets, if the active version is the one that the change names (compare-and-set). The caps of
   * open windows change at once. Removed budgets keep their spending and grant nothing. If they are declared
   * again, they continue from there.
   */
  configure(change: BudgetChange): Promise<ConfigureResult>
  acquire(request: AcquireRequest): Promise<AcquireResult>
  /**
   * Reports that the holder is alive, and returns caps and recalls. Moves no money. Lists the holds of this
   * epoch with something outstanding (`granted > returned + spent`), at most `renewPage` per call. A holder
   * may forget a hold that no page lists and that has no open reservation.
   * @param after `next` of the page before
   */
  renew(holder: string, epoch: number, position?: DrainOffset, after?: HoldKey): Promise<RenewResult>
  giveBack(request: ReturnRequest): Promise<void>
  settle(batch: SettleBatch): Promise<SettleResult>
  /**
   * Puts holders in doubt that were silent for longer than this, and returns the new ones. Frees nothing. A
   * later renew or acquire of the same epoch ends the doubt.
   */
  expire(silentMs: number): Promise<readonly string[]>
  /**
   * The journal of this holder's earlier epochs was drained to its proven end: unspent money is free again,
   * except of epochs that were registered as unproven.
   */
  reconcile(holder: string, beforeEpoch: number): Promise<void>
  /** Frees what a set-back store counted as spent. An administrator decides it. */
  adopt(holder: string): Promise<void>
  /**
   * An administrator decides on money in doubt. `write-off` books it as spent; late charges and proofs reduce
   * it. `release` frees it, including earlier write-offs, but only if the holder was silent for `silentMs`;
   * its epoch is then fenced. Both store a decision.
   */
  decide(order: DoubtOrder): Promise<DoubtResult>
  /**
   * Closes a slice of finished items: holds of earlier epochs with nothing outstanding, windows that ended an
   * hour ago, runs without a call for `idleMs`. Their totals move to the bucket first. A closed bucket is
   * kept for `keepMs`; it continues if its run is named again.
   */
  sweep(ages: SweepAges): Promise<{ closed: number; removed: number }>
  /** One page, ordered by budget and window. Read-only. */
  budgets(query?: BudgetQuery): Promise<BudgetPage>
  /**
   * Notifies at once that a bucket of this holder was recalled or changed, so that the holder renews.
   * Notifications may be lost; the next renew finds the change. Absent with a single node.
   */
  listen?(holder: string, receive: () => void): () => void
  /**
   * Whether the store answered a request within the last second. Then a late result means that it is busy,
   * not down.
   */
  isAnswering?(): boolean
  close(): Promise<void>
}

export interface HoldKey {
  budget: string
  window: string
}

export type RenewResult =
  | { kind: 'renewed'; holds: readonly HoldState[]; next?: HoldKey; now: number; timeline: string }
  | { kind: 'fenced'; now: number; timeline: string }

/** The number of holds in one page of `renew`. */
export const renewPage = 1_000

/** Open runs of one key under one budget. */
export const mostOpenRuns = 10_000

/**
 * The most values that one budget counts separately in one window. Callers choose some of the values. A hard
 * budget refuses more.
 */
export const mostValues = 1_000

/** The bucket for further values of a soft budget. No value has this spelling. */
export const othersBucket = (budget: string): string => `${budget}#=+others`

export interface SweepAges {
  idleMs: number
  keepMs: number
}

export interface DoubtOrder {
  action: 'release' | 'write-off'
  /** Absent: all. A budget without a window or run means all of its windows and runs. */
  budget?: string
  window?: string
  holder?: string
  /** Holders that were heard of later are not released. */
  silentMs: number
  /** The administrator that decided. */
  by: string
}

export interface DoubtDecision {
  at: number
  action: DoubtOrder['action']
  budget: string
  window: string
  holder: string
  epoch: number
  amount: bigint
  by: string
}

export interface DoubtResult {
  decisions: readonly DoubtDecision[]
  /** Holds in doubt of holders that were heard of too recently to be released. */
  tooRecent: number
}

export interface BudgetQuery {
  /** Its id: `team/research/month/usd`; all of its runs. */
  budget?: string
  /** A prefix of its id: `team/research/`. */
  owner?: string
  /** Whether to include windows and runs that are over. */
  isOverIncluded?: boolean
  limit?: number
  after?: HoldKey
}

export interface BudgetPage {
  budgets: readonly BudgetState[]
  next?: HoldKey
}

export interface BudgetState {
  budget: string
  /** Absent: nothing was ever charged. */
  window?: string
  start: number
  end: number
  cap: bigint
  committed: bigint
  spent: bigint
  /** Held by silent holders. Counted as spent until proven otherwise. */
  inDoubt: bigint
  /** Granted to live nodes and not spent yet. */
  held: bigint
  /** The parts of `spent` that were charged at the bound, and estimated. */
  atBound: bigint
  estimated: bigint
  /** Not charged, although a vendor may have billed it. */
  forgiven: bigint
  /** Released by an administrator without proof. */
  released: bigint
  /** The part of `spent` that an administrator booked without a record. */
  writtenOff: bigint
  isOver: boolean
  /** The latest first, at most five. */
  decisions: readonly DoubtDecision[]
}

export class StoreDown extends Error {
  override name = 'StoreDown'
}

/**
 * Keys that administrators made, and revocations of keys from the configuration. All methods reject with
 * StoreDown when the store does not respond.
 */
export interface KeyStore {
  /** Ordered by id. */
  all(): Promise<readonly KeyEntry[]>
  /** Replaces a key with the same id. */
  put(key: KeyEntry): Promise<void>
  /** Succeeds for an unknown id too. */
  remove(id: string): Promise<void>
}

/**
 * Objects that callers may refer to later (earlier responses). Bodies are sealed by the caller of this store,
 * so no store can read them. Ids are unique per owner only. Times are ms since the epoch; the caller of each
 * method decides which age has expired. All methods reject with StoreDown when the store cannot be reached or
 * does not respond within its deadline.
 */
export interface KeptStore {
  /**
   * All or none. If a bound is exceeded, the oldest are removed: first those of an owner above its share,
   * then of all owners. An object that is larger than a share is not stored.
   */
  put(things: readonly KeptThing[], bounds: KeptBounds): Promise<void>
  /** @param since older objects have expired */
  get(owner: string, id: string, since: number): Promise<KeptThing | undefined>
  /** The owner's newest object with this label. */
  find(owner: string, label: string, since: number): Promise<KeptThing | undefined>
  /** @returns whether it existed. The store's files no longer contain it afterwards. */
  remove(owner: string, id: string): Promise<boolean>
  /** Removes everything that a key made, for all owners. */
  forget(key: string): Promise<void>
  /** Removes everything that was made before `since`. */
  sweep(since: number): Promise<void>
  /** All keys that made an object, by id. */
  keys(): Promise<readonly string[]>
  stats(): Promise<{ things: number; bytes: number }>
  close(): Promise<void>
}

export interface KeptThing {
  /** `ownerText`. For objects of earlier builds, the id of their key. */
  owner: string
  /** Id of the key that made it. Absent: it was made without one. */
  key?: string
  id: string
  madeAt: number
  /** Names for `find`: the ids inside the body. */
  labels: readonly string[]
  body: Uint8Array
}

export interface KeptBounds {
  totalBytes: number
  bytesPerOwner: number
}
