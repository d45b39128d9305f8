// The hold book's state machine, event by event. Effects collect in `book.effects`; the driver runs them.

import type { AcquireResult, Ledger, Need, Registration, ReturnRequest } from '../../contract/stores.ts'
import type { Book, Effect, BudgetSlot } from './hold-book.ts'
import { servingHold } from './hold.ts'
import { flushReturns, forget, merge, nameOf, release } from './hold-merge.ts'
import {
  handleAcquired,
  expireWaiters,
  handleAcquireFailed,
  handleFenced,
  finish,
  pump,
  send,
  sliceOf,
} from './hold-queue.ts'

export type BookEvent =
  | { kind: 'tick' }
  /** The event that a `wake` effect requested. */
  | { kind: 'wake' }
  /** Something was recalled or changed at the store. */
  | { kind: 'notice' }
  | { kind: 'acquired'; epoch: number; seq: number; askedAt: number; reply: AcquireResult }
  | { kind: 'acquire-failed'; epoch: number; seq: number }
  | { kind: 'renewed'; epoch: number; askedAt: number; reply: Awaited<ReturnType<Ledger['renew']>> }
  | { kind: 'renew-failed'; epoch: number }
  | { kind: 'returned'; request: ReturnRequest }
  | { kind: 'return-failed'; request: ReturnRequest }
  | { kind: 'registered'; registration: Registration }
  | { kind: 'register-failed' }
  /** No more calls will start; unreserved money is returned. */
  | { kind: 'stop' }

/** @param now monotonic ms. @returns the effects to run; each is returned once */
export function step(book: Book, event: BookEvent, now: number): Effect[] {
  // a result of an earlier epoch does not apply to this one
  if (!('epoch' in event) || event.epoch === book.epoch) apply(book, event, now)
  return takeEffects(book)
}

export function takeEffects(book: Book): Effect[] {
  const { effects } = book
  if (effects.length > 0) book.effects = []
  return effects
}

function apply(book: Book, event: BookEvent, now: number): void {
  switch (event.kind) {
    case 'tick':
      return tick(book, now)
    case 'wake':
      expireWaiters(book, now)
      return pump(book, now)
    case 'notice':
      return handleNotice(book, now)
    case 'acquired':
      return handleAcquired(book, event.seq, event.askedAt, event.reply, now)
    case 'acquire-failed':
      return handleAcquireFailed(book, event.seq, now)
    case 'renewed':
      return handleRenewed(book, event, now)
    case 'renew-failed':
      book.isRenewing = false
      book.listing = undefined
      book.isHurried = false
      return
    case 'returned':
      return handleReturned(book, event.request)
    case 'return-failed':
      book.isReturning = false
      return
    case 'registered':
      return handleRegistered(book, event.registration, now)
    case 'register-failed':
      book.isRegistering = false
      return
    case 'stop':
      return stop(book, now)
  }
}

function tick(book: Book, now: number): void {
  expireWaiters(book, now)
  returnIdle(book, now)
  measure(book, now)
  pump(book, now)
  if (!book.inFlight && !book.isRegistering && !book.isStopped && now >= book.downUntil) {
    const needs = needsAhead(book, now)
    if (needs.length > 0) send(book, needs, undefined)
  }
  renewIfDue(book, now)
  flushReturns(book)
}

function renewIfDue(book: Book, now: number): void {
  const { listing } = book
  if (book.isRenewing || book.isRegistering || (!listing && now < book.renewDue)) return
  book.isRenewing = true
  if (!listing) book.renewDue = now + book.settings.renewMs
  book.effects.push({
    kind: 'renew',
    holder: book.holder,
    epoch: book.epoch,
    ...(listing ? { after: listing.after } : {}),
  })
}

/** One page of the holds that the store counts as outstanding. */
function handleRenewed(
  book: Book,
  { reply, askedAt }: Extract<BookEvent, { kind: 'renewed' }>,
  now: number,
): void {
  book.isRenewing = false
  if (reply.kind === 'fenced') return handleFenced(book)
  book.storeOffset = reply.now - now
  if (askedAt > book.heardAt) book.heardAt = askedAt
  const { askedAt: beganAt, listed } = book.listing ?? { askedAt, listed: new Set<string>() }
  for (const hold of reply.holds) {
    merge(book, hold, askedAt, now)
    listed.add(nameOf(hold.budget, hold.window))
  }
  book.listing = reply.next && { after: reply.next, askedAt: beganAt, listed }
  if (!book.listing) {
    for (const slot of book.slots.values())
      for (const hold of slot.holds) if (hold.isRecalled) release(book, hold, now)
    forget(book, listed, beganAt, reply.now, now)
    book.isHurried = false
  }
  pump(book, now)
  flushReturns(book)
  // a notice arrived while this result was pending; otherwise the next tick requests the next page
  if (!book.listing || book.isHurried) renewIfDue(book, now)
}

function handleNotice(book: Book, now: number): void {
  book.renewDue = now
  book.isHurried = true
  for (const waiter of book.queue) waiter.retryAt = now
  renewIfDue(book, now)
}

function handleReturned(book: Book, request: ReturnRequest): void {
  book.isReturning = false
  if (request.epoch !== book.epoch) return
  for (const { budget, window, returned } of request.holds) {
    const hold = book.slots
      .get(budget)
      ?.holds.find((other) => other.window === window && other.epoch === request.epoch)
    if (!hold) continue
    if (returned > hold.acknowledged) hold.acknowledged = returned
    hold.isRecalled = false
  }
  if (book.isStopped) flushReturns(book)
}

function stop(book: Book, now: number): void {
  book.isStopped = true
  for (const waiter of book.queue.slice())
    finish(book, waiter, { kind: 'unknown', why: 'this node is shutting down' })
  returnIdle(book, now)
  flushReturns(book)
}

/** Returns the free part of ended windows, of unused budgets and, once stopped, of everything. */
function returnIdle(book: Book, now: number): void {
  const storeNow = now + book.storeOffset
  for (const slot of book.slots.values()) {
    const isIdle = book.isStopped || (slot.waiting === 0 && now - slot.usedAt > book.settings.autonomyMs)
    for (const hold of slot.holds)
      if (hold.free > 0 && (isIdle || storeNow >= hold.end)) release(book, hold, now)
    if (!isIdle || slot.holds.length > 0) continue
    book.slots.delete(slot.budget)
    slot.isEvicted = true
    book.evictedAt = now
  }
}

function measure(book: Book, now: number): void {
  const elapsed = now - book.tickedAt
  if (elapsed <= 0) return
  book.tickedAt = now
  for (const slot of book.slots.values()) {
    slot.rate = slot.rate * 0.9 + (slot.spentSinceTick / elapsed) * 0.1
    slot.spentSinceTick = 0
  }
}

/**
 * Requests money for slices that run low, and for the next window of those that end soon. No call needs it
 * yet, so a shortage refuses none.
 */
function needsAhead(book: Book, now: number): Need[] {
  const storeNow = now + book.storeOffset
  const needs: Need[] = []
  for (const slot of book.slots.values()) {
    const hold = servingHold(book, slot, storeNow)
    if (!hold) continue
    // a vendor billed above its bound: once the drain has booked the bill, the store has granted it
    // retroactively, and reports that when asked
    if (hold.free < 0) needs.push({ budget: slot.budget, window: 'current', need: 0n, want: 0n })
    if (slot.isRun || isUnused(book, slot, now)) continue
    const slice = sliceOf(book, slot)
    const low = Math.max(slot.largestBound, (slot.rate * book.settings.autonomyMs) / 4)
    if (slice > 0n && !hold.isRecalled && hold.free >= 0 && hold.free < low)
      needs.push({ budget: slot.budget, window: 'current', need: 0n, want: slice })
    const endsSoon = hold.end - storeNow <= book.settings.aheadMs
    if (endsSoon && !slot.holds.some((other) => other.epoch === book.epoch && other.start >= hold.end))
      needs.push({ budget: slot.budget, window: 'next', need: 0n, want: freshSlice(book, slot) })
  }
  return needs
}

/** For a window that no call has used yet. */
const freshSlice = (book: Book, slot: BudgetSlot): bigint => sliceOf(book, { ...slot, committed: 0n })

const isUnused = (book: Book, slot: BudgetSlot, now: number) => now - slot.usedAt > book.settings.aheadMs

/** A new epoch: the holds of the old one only settle. This node may no longer spend or return them. */
function handleRegistered(book: Book, registration: Registration, now: number): void {
  book.holder = registration.holder
  book.epoch = registration.epoch
  book.storeOffset = registration.now - now
  book.seq = 0
  book.inFlight = undefined
  book.isRegistering = false
  book.isRenewing = false
  book.listing = undefined
  book.isReturning = false
  book.heardAt = now
  for (const slot of book.slots.values()) {
    slot.current = undefined
    slot.exhausted = undefined
  }
  pump(book, now)
}
