// Calls that wait for money, and the requests to the store for them: one acquire in flight, first come first
// served.

import type { AcquireResult, Need } from '../../contract/stores.ts'
import { isCutOff, servingHold, tryReserve } from './hold.ts'
import type { Book, Lot, Outcome, BudgetSlot, Waiter } from './hold-book.ts'
import { merge } from './hold-merge.ts'

/**
 * For a lot that `tryReserve` refused: returns the result if it is known without the store. Otherwise returns
 * undefined, and calls `answer` later.
 */
export function wait(
  book: Book,
  lot: Lot,
  now: number,
  answer: (outcome: Outcome) => void,
): Outcome | undefined {
  if (book.isStopped) return { kind: 'unknown', why: 'this node is shutting down' }
  if (isCutOff(book, now)) return { kind: 'unknown', why: 'this node has not reached the store for 23 hours' }
  const lacking = lot.slots.filter((slot, index) => isShort(book, slot, lot.amounts[index] ?? 0, now))
  const lone = lacking.find((slot) => slot.isLone)
  if (lone) return { kind: 'exhausted', slot: lone }
  const exhausted = exhaustedFor(book, lot, lacking, now)
  if (exhausted) return { kind: 'exhausted', slot: exhausted }
  if (now < book.downUntil) return { kind: 'unknown', why: 'the store does not answer' }
  const waiter: Waiter = {
    lot,
    deadline: now + book.settings.recallWaitMs,
    lacking,
    refused: undefined,
    retryAt: now,
    answer,
  }
  for (const slot of lacking) slot.waiting += 1
  book.queue.push(waiter)
  if (!book.inFlight) pump(book, now)
  book.effects.push({ kind: 'wake', at: waiter.deadline })
  return undefined
}

/**
 * Serves every waiter that can be served, and asks the store for the first that cannot. Within a bucket the
 * order is first come, first served: no waiter overtakes another one, and none waits for one that lacks money
 * elsewhere.
 */
export function pump(book: Book, now: number): void {
  if (book.isRegistering) return
  const blocked = new Set<BudgetSlot>()
  for (const waiter of book.queue.slice()) {
    const isBehind = waiter.lot.slots.some((slot) => blocked.has(slot))
    // the store has just refused this amount: asking again for each caller would only delay them
    const known = exhaustedFor(book, waiter.lot, waiter.lacking, now)
    if (!isBehind && tryReserve(book, waiter.lot, now, true)) finish(book, waiter, { kind: 'reserved' })
    else if (known) finish(book, waiter, { kind: 'exhausted', slot: known })
    else if (isOverdue(book, waiter, now)) finish(book, waiter, lateOutcome(waiter))
    else {
      if (!isBehind && !book.inFlight && now >= waiter.retryAt) ask(book, waiter, now)
      for (const slot of waiter.lacking) blocked.add(slot)
    }
  }
}

function ask(book: Book, head: Waiter, now: number): void {
  const needs: Need[] = []
  head.lot.slots.forEach((slot, index) => {
    const need = lack(book, slot, head.lot.amounts[index] ?? 0, now)
    if (!isShort(book, slot, head.lot.amounts[index] ?? 0, now)) return
    slot.largestBound = Math.max(slot.largestBound, head.lot.amounts[index] ?? 0)
    let others = 0
    for (const other of book.queue) if (other !== head) others += amountOf(other.lot, slot)
    needs.push({
      budget: slot.budget,
      window: 'current',
      need: BigInt(need),
      want: BigInt(Math.min(others, maxWant)) + sliceOf(book, slot),
    })
  })
  // the head needs no more money, only its turn: money has become free since
  if (needs.length > 0) send(book, needs, head)
}

/** @param head the waiter that it serves; undefined if there is none */
export function send(book: Book, needs: readonly Need[], head: Waiter | undefined): void {
  book.seq += 1
  book.inFlight = { seq: book.seq, head, needs }
  book.effects.push({
    kind: 'acquire',
    request: { holder: book.holder, epoch: book.epoch, seq: book.seq, needs },
  })
}

/**
 * The store's result of the acquire in flight; an older one (its deadline had passed) only adds what it
 * granted.
 */
export function handleAcquired(
  book: Book,
  seq: number,
  askedAt: number,
  reply: AcquireResult,
  now: number,
): void {
  const isAwaited = book.inFlight?.seq === seq
  const { head, needs } = (isAwaited && book.inFlight) || noCaller
  if (isAwaited) {
    book.inFlight = undefined
    book.downUntil = -Infinity
    book.storeOffset = reply.now - now
  }
  if (reply.kind !== 'fenced' && askedAt > book.heardAt) book.heardAt = askedAt
  // for an older acquire, it only shows that the store has seen a later one
  if (reply.kind === 'fenced') return isAwaited ? handleFenced(book) : undefined
  if (reply.kind === 'granted') {
    for (const hold of reply.holds) merge(book, hold, askedAt, now)
    book.effects.push({ kind: 'granted', seq, reply })
  }
  if (reply.kind === 'short') for (const hold of reply.short) merge(book, hold, askedAt, now)
  if (head && book.queue.includes(head)) {
    if (reply.kind === 'short') refuse(book, head, needs, reply, now)
    if (reply.kind === 'too-many-runs' || reply.kind === 'too-many-values') {
      const refused = head.lot.slots.find((slot) => slot.budget === reply.budget) ?? head.lot.slots[0]
      if (refused) finish(book, head, { kind: reply.kind, slot: refused })
    }
    if (reply.kind === 'unknown-budget')
      finish(book, head, { kind: 'unknown', why: `the store does not know the budget ${reply.budget} yet` })
  }
  pump(book, now)
}

function refuse(
  book: Book,
  head: Waiter,
  needs: readonly Need[],
  reply: Extract<AcquireResult, { kind: 'short' }>,
  now: number,
): void {
  // calls settled during the request, or the store reported money: less is needed than was requested, so ask
  // again (or take it)
  const refusedNeeds = needs.filter(({ budget }) => reply.short.some((hold) => hold.budget === budget))
  if (
    now < head.deadline &&
    refusedNeeds.every(({ budget, need }) => Number(need) > lackOf(book, head.lot, budget, now))
  )
    return
  const refused = head.lot.slots.filter((slot) => reply.short.some((hold) => hold.budget === slot.budget))
  if (reply.isRecalling && now < head.deadline) {
    head.refused = refused
    head.retryAt = now + retryMs
    book.effects.push({ kind: 'wake', at: head.retryAt })
    return
  }
  for (const slot of refused) {
    const version = reply.short.find((hold) => hold.budget === slot.budget)?.version ?? 0
    slot.exhausted = {
      need: lack(book, slot, amountOf(head.lot, slot), now),
      version,
      until: now + book.settings.exhaustedMs,
    }
  }
  const slot = refused[0] ?? head.lot.slots[0]
  finish(
    book,
    head,
    slot
      ? { kind: 'exhausted', slot }
      : { kind: 'unknown', why: 'the store refused a budget that was not asked for' },
  )
}

/**
 * The store did not respond in time. Waiters are refused. Later calls are refused at once until the store is
 * asked again.
 */
export function handleAcquireFailed(book: Book, seq: number, now: number): void {
  if (book.inFlight?.seq !== seq) return
  book.inFlight = undefined
  book.downUntil = now + book.settings.downMs
  for (const waiter of book.queue.slice())
    finish(
      book,
      waiter,
      tryReserve(book, waiter.lot, now, true)
        ? { kind: 'reserved' }
        : { kind: 'unknown', why: 'the store does not answer' },
    )
}

/** Ends expired waits. */
export function expireWaiters(book: Book, now: number): void {
  for (const waiter of book.queue.slice())
    if (isOverdue(book, waiter, now))
      finish(
        book,
        waiter,
        tryReserve(book, waiter.lot, now, true) ? { kind: 'reserved' } : lateOutcome(waiter),
      )
}

export function handleFenced(book: Book): void {
  if (book.isRegistering || book.isStopped) return
  book.isRegistering = true
  book.inFlight = undefined
  book.effects.push({ kind: 'register' })
}

export function finish(book: Book, waiter: Waiter, outcome: Outcome): void {
  const index = book.queue.indexOf(waiter)
  if (index === -1) return
  book.queue.splice(index, 1)
  for (const slot of waiter.lacking) slot.waiting -= 1
  book.effects.push({ kind: 'answer', waiter, outcome })
}

/** A slot that is known not to cover the missing amount of the lot. */
function exhaustedFor(
  book: Book,
  lot: Lot,
  lacking: readonly BudgetSlot[],
  now: number,
): BudgetSlot | undefined {
  return lacking.find((slot) => {
    const { exhausted } = slot
    return (
      exhausted !== undefined &&
      now < exhausted.until &&
      lack(book, slot, amountOf(lot, slot), now) >= exhausted.need
    )
  })
}

/**
 * During a request to the store, waiters wait for its result. The driver ends the wait when it takes too
 * long.
 */
const isOverdue = (book: Book, waiter: Waiter, now: number) =>
  now >= waiter.deadline && (!book.inFlight || waiter.refused !== undefined)

const lateOutcome = (waiter: Waiter): Outcome => {
  const slot = waiter.refused?.[0]
  return slot ? { kind: 'exhausted', slot } : { kind: 'unknown', why: 'the store did not grant in time' }
}

/**
 * The amount that an acquire may add beyond the need: enough for `autonomy` at the current rate, at most this
 * node's share of the rest.
 */
export function sliceOf(book: Book, slot: BudgetSlot): bigint {
  const left = slot.cap - slot.committed
  if (left <= 0n) return 0n
  if (slot.isRun) return left
  const share = left / BigInt(2 * book.settings.nodes)
  const useful = BigInt(
    Math.ceil(
      Math.min(Math.max(slot.rate * book.settings.autonomyMs, slot.largestBound * boundsAhead), maxWant),
    ),
  )
  return useful < share ? useful : share
}

/** Applies without a hold too: then the store is asked even if no amount is needed. */
function isShort(book: Book, slot: BudgetSlot, amount: number, now: number): boolean {
  const hold = servingHold(book, slot, now + book.storeOffset)
  return !hold || hold.free < amount
}

/** The additional amount that this slot needs to cover `amount`. */
function lack(book: Book, slot: BudgetSlot, amount: number, now: number): number {
  return amount - (servingHold(book, slot, now + book.storeOffset)?.free ?? 0)
}

const lackOf = (book: Book, lot: Lot, budget: string, now: number): number => {
  const slot = lot.slots.find((other) => other.budget === budget)
  return slot ? lack(book, slot, amountOf(lot, slot), now) : 0
}

function amountOf(lot: Lot, slot: BudgetSlot): number {
  const index = lot.slots.indexOf(slot)
  return index === -1 ? 0 : (lot.amounts[index] ?? 0)
}

const noCaller = { head: undefined, needs: [] }
const retryMs = 50
const boundsAhead = 16
const maxWant = 2 ** 51
