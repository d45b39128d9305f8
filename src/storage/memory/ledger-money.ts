// Moves money in the ledger: acquire, return, settle. Each function is one transaction on the state.

import {
  type AcquireResult,
  type AcquireRequest,
  digestOf,
  type DrainOffset,
  isBefore,
  mostOpenRuns,
  mostValues,
  othersBucket,
  type ReturnRequest,
  type SettleBatch,
  type SettleResult,
} from '../../contract/stores.ts'
import type { Charge, ExchangeRecord } from '../../contract/record.ts'
import {
  type Bucket,
  bucketOf,
  declarationOf,
  free,
  type Holder,
  holdOf,
  holdState,
  type LedgerState,
  outstanding,
  setCap,
  windowOf,
} from './ledger-state.ts'
import { maxNano } from '../../kit/money.ts'
import { isOfValue, runScope, valueScope, withoutRun } from '../run-scope.ts'
import { liveHolder, newHolder, retire } from './ledger-holders.ts'

/** Grants every need or none. Never raises the committed amount above the cap. */
export function acquire(
  state: LedgerState,
  request: AcquireRequest,
  now: number,
  notices: Set<string>,
): AcquireResult {
  const holder = liveHolder(state, request.holder, request.epoch, now)
  if (!holder) return { kind: 'fenced', now, timeline: state.timeline }
  hear(holder, request.position)
  const digest = digestOf(request.needs)
  // the request is older, or differs from the one with this seq: a node that resumed from a snapshot requests
  // again what it already spent
  if (request.seq < holder.seq || (request.seq === holder.seq && digest !== holder.digest))
    return { kind: 'fenced', now, timeline: state.timeline }
  if (holder.reply && request.seq === holder.seq) return { ...holder.reply, now }
  holder.seq = request.seq
  holder.digest = digest
  holder.reply = decide(state, holder, request, now, notices)
  return holder.reply
}

/** The ledger remembers the furthest position. */
export function hear(holder: Holder, position: DrainOffset | undefined): void {
  if (position && isBefore(holder.heard, position)) holder.heard = position
}

function decide(
  state: LedgerState,
  holder: Holder,
  request: AcquireRequest,
  now: number,
  notices: Set<string>,
): AcquireResult {
  const { timeline } = state
  const asked: { bucket: Bucket; need: bigint; want: bigint }[] = []
  for (const { budget, window, need, want } of request.needs) {
    const declaration = declarationOf(state, budget)
    if (!declaration) return { kind: 'unknown-budget', budget, now, timeline }
    const cut = windowOf(state, budget, declaration, now, window)
    if (declaration.per === 'run' && isRunRefused(state, budget, cut.name))
      return { kind: 'too-many-runs', budget, now, timeline }
    if (isOfValue(budget) && isValueRefused(state, budget, cut.name))
      return { kind: 'too-many-values', budget, now, timeline }
    const bucket = bucketOf(state, budget, cut, declaration.cap, now)
    // it was over, or its window had ended by a clock that was later set back
    if (bucket.cap !== declaration.cap) setCap(state, bucket, declaration.cap)
    bucket.isOver = false
    bucket.usedAt = now
    const same = asked.find((other) => other.bucket === bucket)
    if (same) {
      same.need += need
      same.want += want
    } else asked.push({ bucket, need, want })
  }

  // a budget that was lowered below the committed amount is negative, but still grants a need of zero
  const lacking = asked.filter(({ bucket, need }) => need > 0n && need > bucket.cap - bucket.committed)
  if (lacking.length > 0) {
    let isRecalling = false
    for (const { bucket } of lacking) if (recall(state, bucket, holder, notices)) isRecalling = true
    return {
      kind: 'short',
      short: lacking.map(({ bucket }) => holdState(holdOf(bucket, holder, holder.epoch))),
      isRecalling,
      now,
      timeline,
    }
  }

  const holds = asked.map(({ bucket, need, want }) => {
    const beyond = bucket.cap - bucket.committed - need
    const amount = need + (want < beyond ? want : beyond > 0n ? beyond : 0n)
    const hold = holdOf(bucket, holder, holder.epoch)
    hold.granted += amount
    bucket.committed += amount
    return hold
  })
  return { kind: 'granted', holds: holds.map(holdState), now, timeline }
}

/** Refuses only a new run. */
function isRunRefused(state: LedgerState, budget: string, window: string): boolean {
  const known = state.buckets.get(`${budget}\n${window}`)
  if (known && !known.isOver) return false
  const scope = runScope(budget)
  let open = 0
  for (const bucket of state.buckets.values())
    if (!bucket.isOver && bucket.budget.startsWith(scope)) open += 1
  return open >= mostOpenRuns
}

/** Refuses only a new value. */
function isValueRefused(state: LedgerState, budget: string, window: string): boolean {
  const known = state.buckets.get(`${budget}\n${window}`)
  if (known && !known.isOver) return false
  const [from, to] = valueScope(budget)
  let open = 0
  for (const bucket of state.buckets.values())
    if (!bucket.isOver && bucket.window.name === window && bucket.budget >= from && bucket.budget < to)
      open += 1
  return open >= mostValues
}

/** Recalls unneeded money from the other reachable holders. Returns whether there is anything to wait for. */
function recall(state: LedgerState, bucket: Bucket, caller: Holder, notices: Set<string>): boolean {
  let isAnyAsked = false
  for (const hold of bucket.holds) {
    const other = state.holders.get(hold.holder)
    if (
      !other ||
      other === caller ||
      other.isSilent ||
      hold.state !== 'live' ||
      hold.epoch === 0 ||
      outstanding(hold) <= 0n
    )
      continue
    hold.isRecalled = true
    notices.add(other.id)
    isAnyAsked = true
  }
  return isAnyAsked
}

/** Totals only grow. Only the live holder may return money, and at most what the drain has left unspent. */
export function giveBack(state: LedgerState, request: ReturnRequest, now: number): void {
  const holder = liveHolder(state, request.holder, request.epoch, now)
  if (!holder) return
  for (const { budget, window, returned } of request.holds) {
    const bucket = state.buckets.get(`${budget}\n${window}`)
    const hold = bucket?.holds.find((other) => other.holder === holder.id && other.epoch === holder.epoch)
    if (!bucket || !hold) continue
    hold.isRecalled = false
    free(hold, returned - hold.returned)
  }
}

/** The drain's transaction: offset, records and spending change together or not at all. */
export function settle(state: LedgerState, batch: SettleBatch, now: number): SettleResult {
  let holder = state.holders.get(batch.holder)
  if (!holder) {
    // the store was emptied, but the journal was not: the records are still valid, but no nonce makes this
    // holder live again
    holder = newHolder(batch.holder, '', now)
    state.holders.set(holder.id, holder)
  }
  if (holder.drained.segment !== batch.from.segment || holder.drained.offset !== batch.from.offset)
    return { kind: 'moved', at: holder.drained }
  const inserted = batch.records.filter((record) => insert(state, holder, record, now))
  holder.drained = batch.to
  hear(holder, batch.to)
  hear(holder, batch.position)
  if (batch.retires !== undefined) retire(holder, batch.retires)
  return { kind: 'settled', inserted: inserted.map((record) => record.id) }
}

function insert(state: LedgerState, holder: Holder, record: ExchangeRecord, now: number): boolean {
  if (state.records.has(record.id)) return false
  state.records.set(record.id, record)
  for (const charge of record.charges ?? []) book(state, holder, charge, now)
  return true
}

function book(state: LedgerState, holder: Holder, charge: Charge, now: number): void {
  const bucket = chargedBucket(state, charge, now)
  bucket.usedAt = now
  bucket.isOver = false
  const amount = BigInt(charge.amount)
  if (charge.basis === 'bound') bucket.atBound = within(bucket.atBound + amount)
  if (charge.basis === 'estimated') bucket.estimated = within(bucket.estimated + amount)
  bucket.forgiven = within(bucket.forgiven + BigInt(charge.forgiven ?? '0'))
  const hold = holdOf(bucket, holder, charge.epoch ?? 0)
  const most = maxNano - hold.returned
  hold.spent = hold.spent + amount < most ? hold.spent + amount : most
  const over = hold.returned + hold.spent + hold.writtenOff - hold.granted
  if (over <= 0n) return
  const shrunk = over < hold.writtenOff ? over : hold.writtenOff
  hold.writtenOff -= shrunk
  hold.granted += over - shrunk
  bucket.committed = within(bucket.committed + over - shrunk)
}

/** A vendor may report any count. The amount is limited to the maximum of a 64-bit column. */
const within = (amount: bigint) => (amount < maxNano ? amount : maxNano)

function chargedBucket(state: LedgerState, charge: Charge, now: number): Bucket {
  const { bucket, window } = charge
  const known = state.buckets.get(`${bucket}\n${window}`)
  if (known) return known
  const others = othersBucket(withoutRun(bucket))
  if (isOfValue(bucket) && bucket !== others && isValueRefused(state, bucket, window))
    return chargedBucket(state, { ...charge, bucket: others }, now)
  const declaration = declarationOf(state, bucket)
  const start = Date.parse(window)
  const cut =
    declaration && !Number.isNaN(start)
      ? windowOf(state, bucket, declaration, start, 'current')
      : { name: window, start: -Infinity, end: Infinity }
  return bucketOf(state, bucket, { ...cut, name: window }, declaration?.cap ?? 0n, now)
}
