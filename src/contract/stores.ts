// The roles that stores play. Each role has one suite of tests that runs on every adapter.
// Money: the seven promises and the table of operations of docs/reference/money.md. Amounts are nano-dollars,
// or tokens for token budgets.

import type { BudgetChange, BudgetVersion, ConfigureResult } from './budgets.ts'
import type { ExchangeRecord } from './record.ts'
import type { KeyEntry } from './directory.ts'

export interface Need {
  budget: string
  /** Which window: the one of the store's now, or the next (acquired ahead of a rollover). */
  window: 'current' | 'next'
  /** Granted wholly for every need of the request, or nothing is granted at all. */
  need: bigint
  /** Granted as far as the cap allows, beyond `need`. */
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
  /** What the drain has booked so far; lags behind the holder's own count. */
  spent: bigint
  /** Everything granted and not returned, all holders. */
  committed: bigint
  /** Is another holder short? Then return what is not reserved. */
  isRecalled: boolean
  /**
   * Charged below the bound although the vendor may have billed it (rule: at most a tenth of the cap per
   * window); all holders, as far as drained.
   */
  forgiven: bigint
  /**
   * Grows whenever the bucket may cover more than before: cap raised, money returned or reconciled. An
   * "exhausted" that was remembered at another version is void.
   */
  version: number
}

export interface AcquireRequest {
  holder: string
  epoch: number
  /**
   * Grows by one with each new request of this holder. The same request again gets the stored reply; an older
   * or different one is fenced.
   */
  seq: number
  needs: readonly Need[]
  /**
   * Up to where this holder's journal is synced. The ledger remembers it: a journal that ends before it has
   * lost something.
   */
  position?: DrainOffset | undefined
}

export type AcquireResult =
  | { kind: 'granted'; holds: readonly HoldState[]; now: number; timeline: string }
  | {
      kind: 'short' /** The budgets that cannot cover their need, as they stand. */
      short: readonly HoldState[] /** Others hold unreserved money that was recalled: worth waiting. */
      isRecalling: boolean
      now: number
      timeline: string
    }
  /**
   * The epoch is not the holder's live one, or it was written off: register again. A holder in doubt is not
   * fenced: nothing was freed, so it lives on.
   */
  | { kind: 'fenced'; now: number; timeline: string }
  | { kind: 'unknown-budget'; budget: string; now: number; timeline: string }
  /** The key of this run has as many open runs as it may have under this budget. */
  | { kind: 'too-many-runs'; budget: string; now: number; timeline: string }
  /** This budget counts as many values apart as it may in this window. */
  | { kind: 'too-many-values'; budget: string; now: number; timeline: string }

export interface Registration {
  holder: string
  epoch: number
  /** Swapped at each registration and kept in the data folder: a copy of the folder becomes a new holder. */
  nonce: string
  timeline: string
  /** Where the drain of this holder's journal stands. */
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

/** What the ledger knows of a holder: what its journal is compared with before it may free money. */
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
  /** It counts windows as spent because it was set back, until `adopt`. */
  isSetBack: boolean
}

export interface HolderClaim {
  /**
   * What the data folder says: nothing on the first start. A wrong nonce makes a new holder, unless the store
   * was set back and does not know it yet.
   */
  holder?: string
  nonce?: string
  bootId: string
  /** The earlier epochs whose journal proves what they spent. */
  proven: readonly number[]
  /** The highest epoch that the data folder has seen; the new one is higher. */
  seenEpoch?: number
  /**
   * The store was set back, and the journal does not fill the gap: every window that is open now counts as
   * spent up to its cap, until `adopt`.
   */
  isSetBack?: boolean
}

/** The epoch of the holds by which a store that was set back counts windows as spent. No holder has it. */
export const setBackEpoch = -1

/** Tells a repeated acquire from another one with the same seq. */
export const digestOf = (needs: readonly Need[]): string =>
  Bun.hash(
    needs.map(({ budget, window, need, want }) => `${budget}\n${window}\n${need}\n${want}`).join('\n\n'),
  ).toString(36)

/**
 * One transaction of the drain. A charge goes to the hold (bucket, window, holder, `charge.epoch`); without
 * an epoch (soft budgets) to the holder's epoch 0, which needs no grant. Spending beyond `granted − returned`
 * is booked as granted after the fact: the truth stays, `committed` may pass the cap.
 */
export interface SettleBatch {
  holder: string
  from: DrainOffset
  to: DrainOffset
  records: readonly ExchangeRecord[]
  /** The JSON of each record where it is at hand, so that the store need not write it again. */
  bodies?: readonly (string | undefined)[]
  /** Up to where the journal is synced. */
  position?: DrainOffset
  /** This epoch ended with a clean close and is drained to its end: what it holds is free, and it is over. */
  retires?: number
}

export type SettleResult =
  | { kind: 'settled' /** Ids that were new. */; inserted: readonly string[] }
  /** Another drain was there first: read on from here. */
  | { kind: 'moved'; at: DrainOffset }

export interface ReturnRequest {
  holder: string
  epoch: number
  /** Totals, not differences: a repeat is harmless. */
  holds: readonly { budget: string; window: string; returned: bigint }[]
}

/**
 * The truth about money. Every method is one transaction.
 * All reject with StoreDown when the store cannot be reached or does not answer within its deadline.
 */
export interface Ledger {
  /** undefined: not known. */
  holder(id: string): Promise<HolderStatus | undefined>
  /**
   * Each hold belongs to the epoch that acquired it, so totals begin at zero in a new epoch. The holds of
   * earlier epochs stay counted: those of a proven epoch wait for `reconcile`, the others stay in doubt for
   * good (until written off).
   */
  register(claim: HolderClaim): Promise<Registration>
  /** Which budgets are in force. */
  configured(holder: string): Promise<BudgetVersion>
  /**
   * Puts budgets in force, from the version that the change names only (compare-and-set). The caps of windows
   * that are open follow at once. Budgets that are removed keep their spending and grant no more; declared
   * again, they go on from there.
   */
  configure(change: BudgetChange): Promise<ConfigureResult>
  acquire(request: AcquireRequest): Promise<AcquireResult>
  /**
   * Says that the holder lives; learns caps and recalls. Moves no money. Lists the holds of this epoch with
   * something outstanding (`granted > returned + spent`), at most `renewPage` at once: one that no page lists
   * may be forgotten by a holder that has nothing open on it.
   * @param after `next` of the page before
   */
  renew(holder: string, epoch: number, position?: DrainOffset, after?: HoldKey): Promise<RenewResult>
  giveBack(request: ReturnRequest): Promise<void>
  settle(batch: SettleBatch): Promise<SettleResult>
  /**
   * Holders silent for longer than this go into doubt; answers those that newly did. Frees nothing; a later
   * renew or acquire of the same epoch ends the doubt.
   */
  expire(silentMs: number): Promise<readonly string[]>
  /**
   * The journal of this holder's earlier epochs was drained to its proven end: what was not spent is free
   * again, except of epochs registered as unproven.
   */
  reconcile(holder: string, beforeEpoch: number): Promise<void>
  /** What a set-back store counted as spent is free again: an administrator says so. */
  adopt(holder: string): Promise<void>
  /**
   * An administrator decides on money in doubt. `write-off` books it as spent; late charges and proof shrink
   * it. `release` frees it, what was written off before included: only what was silent for `silentMs`, whose
   * epoch is fenced. Both leave a decision behind.
   */
  decide(order: DoubtOrder): Promise<DoubtResult>
  /**
   * Closes what is over, a slice at each call: holds of earlier epochs with nothing outstanding, windows that
   * ended an hour ago, runs without a call for `idleMs`. The totals move to the bucket first. A bucket that
   * is over stays for `keepMs`, and goes on from there when its run is named again.
   */
  sweep(ages: SweepAges): Promise<{ closed: number; removed: number }>
  /** One page, in the order of budget and window. Reads only. */
  budgets(query?: BudgetQuery): Promise<BudgetPage>
  /**
   * Says at once that a bucket of this holder was recalled or changed: renew. May miss some; the next renew
   * finds them. Absent where there is one node only.
   */
  listen?(holder: string, receive: () => void): () => void
  /**
   * Has the store answered any request within the last second? Then a late reply means that it is busy, not
   * down.
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

/** Holds that one renew lists. */
export const renewPage = 1_000

/** Open runs of one key under one budget. */
export const mostOpenRuns = 10_000

/**
 * Values that one budget counts apart in one window: callers send some of them. A hard budget refuses further
 * ones.
 */
export const mostValues = 1_000

/** Where soft budgets count what is beyond that. No value is spelled so. */
export const othersBucket = (budget: string): string => `${budget}#=+others`

export interface SweepAges {
  idleMs: number
  keepMs: number
}

export interface DoubtOrder {
  action: 'release' | 'write-off'
  /** Absent: all. A budget without its run or window means all of them. */
  budget?: string
  window?: string
  holder?: string
  /** What was heard of later is not released. */
  silentMs: number
  /** Who decided. */
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
  /** Holds in doubt that were heard of too lately to be released. */
  tooRecent: number
}

export interface BudgetQuery {
  /** Its id: `team/research/month/usd`; all of its runs. */
  budget?: string
  /** The start of its id: `team/research/`. */
  owner?: string
  /** Also windows and runs that are over. */
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
  /** Absent: declared, and nothing was ever charged. */
  window?: string
  start: number
  end: number
  cap: bigint
  committed: bigint
  spent: bigint
  /** Held by holders that are silent; counted as spent until proven. */
  inDoubt: bigint
  /** Granted to nodes that are heard of, and not spent yet. */
  held: bigint
  /** Of what is spent: charged at the bound, estimated. */
  atBound: bigint
  estimated: bigint
  /** Not charged although a vendor may have billed it. */
  forgiven: bigint
  /** Given free by an administrator although no proof came. */
  released: bigint
  /** Of what is spent: booked by an administrator without a record. */
  writtenOff: bigint
  isOver: boolean
  /** The latest first, at most five. */
  decisions: readonly DoubtDecision[]
}

export class StoreDown extends Error {
  override name = 'StoreDown'
}

/**
 * Keys that administrators made, and revocations of keys of the configuration. All reject with StoreDown when
 * the store does not answer.
 */
export interface KeyStore {
  /** In the order of their ids. */
  all(): Promise<readonly KeyEntry[]>
  /** Replaces the one of the same id. */
  put(key: KeyEntry): Promise<void>
  /** One that is not there is removed all the same. */
  remove(id: string): Promise<void>
}

/**
 * Things that callers may refer to later (earlier responses). Whoever puts a body has sealed it: no store
 * reads one. Ids are the owner's: what another owner has under the same id is another thing. Instants are ms
 * since the epoch; whoever asks says which age is over. All reject with StoreDown when the store cannot be
 * reached or does not answer within its deadline.
 */
export interface KeptStore {
  /**
   * All or none. Where a bound is passed the oldest give way: of an owner above its share its own, then of
   * all. What is larger than a share is left out.
   */
  put(things: readonly KeptThing[], bounds: KeptBounds): Promise<void>
  /** @param since what was made before is gone */
  get(owner: string, id: string, since: number): Promise<KeptThing | undefined>
  /** The newest thing of the owner that bears the label. */
  find(owner: string, label: string, since: number): Promise<KeptThing | undefined>
  /** @returns was it there? Nothing of it is in the store's files afterwards. */
  remove(owner: string, id: string): Promise<boolean>
  /** Removes all that a key made, whoever owns it. */
  forget(key: string): Promise<void>
  /** Removes what was made before. */
  sweep(since: number): Promise<void>
  /** Ids of the keys that made something. */
  keys(): Promise<readonly string[]>
  stats(): Promise<{ things: number; bytes: number }>
  close(): Promise<void>
}

export interface KeptThing {
  /** `ownerText`. Of things of earlier builds the id of their key. */
  owner: string
  /** Id of the key that made it. Absent: it was made without one. */
  key?: string
  id: string
  madeAt: number
  /** Names by which it can be found: ids of what is inside. */
  labels: readonly string[]
  body: Uint8Array
}

export interface KeptBounds {
  totalBytes: number
  bytesPerOwner: number
}
