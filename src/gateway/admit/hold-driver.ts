// Carries out what the hold book's machine asks for: talks to the ledger, keeps time, answers those who wait.
// All promises of the hold book live here.

import type { AcquireResult, DrainOffset, Ledger, Registration, SweepAges } from '../../contract/stores.ts'
import type { Clock } from '../../kit/clock.ts'
import type { Book, Effect } from './hold-book.ts'
import { type BookEvent, step, takeEffects } from './hold-step.ts'

export interface DriverOptions {
  ledger: Ledger
  clock: Clock
  /** The store says that this epoch is over: register again with what the data folder has. */
  register(): Promise<Registration>
  /** Taking an answer in failed, which is a fault of ours: for the log. */
  faulted?: ((error: unknown) => void) | undefined
  /** What is over could not be closed; said once until it can be again, for the log. */
  sweepFailed?: ((error: unknown) => void) | undefined
  /** When runs are over, and how long what is over stays. */
  ages(): SweepAges
  /** Money was granted: a line for the journal. */
  granted?: ((reply: Extract<AcquireResult, { kind: 'granted' }>, seq: number) => void) | undefined
  /** Up to where the journal is synced: the ledger remembers it. */
  position?: (() => DrainOffset) | undefined
}

export interface Driver {
  /** Carries out what a direct call on the book left to be done. */
  flush(): void
  /**
   * Something changed at the store: asks what. Resolves when it is known here, and what had to go back is
   * back. Never rejects.
   */
  notice(): Promise<void>
  /** Ends with what is not reserved given back, or with the store known not to answer. */
  stop(): Promise<void>
}

export function holdDriver(book: Book, options: DriverOptions): Driver {
  const { ledger, clock, granted, faulted } = options
  const pending = new Set<Promise<void>>()
  let isStopped = false
  let expiredAt = clock.monotonic()
  let sweptAt = clock.monotonic()
  let hasSweepFailed = false
  let unlisten = ledger.listen?.(book.holder, () => happen({ kind: 'notice' }))
  let ticker = clock.after(tickMs, tick)

  function happen(event: BookEvent): void {
    carryOut(step(book, event, clock.monotonic()))
  }

  function carryOut(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'answer') effect.waiter.answer(effect.outcome)
      else if (effect.kind === 'granted') granted?.(effect.reply, effect.seq)
      else if (effect.kind === 'wake') {
        if (!isStopped) clock.after(effect.at - clock.monotonic(), () => happen({ kind: 'wake' }))
      } else {
        keep(ask(effect))
      }
    }
  }

  function keep(asking: Promise<unknown>): void {
    const kept = asking.then(
      () => void pending.delete(kept),
      (error) => {
        pending.delete(kept)
        faulted?.(error)
      },
    )
    pending.add(kept)
  }

  async function ask(
    effect: Extract<Effect, { kind: 'acquire' | 'renew' | 'give-back' | 'register' }>,
  ): Promise<void> {
    const { epoch } = book
    const askedAt = clock.monotonic()
    if (effect.kind === 'acquire') {
      const { seq } = effect.request
      // callers get their refusal in time; a reply that still comes adds what it granted
      let deadline = clock.after(storeDeadlineMs, late)
      function late() {
        // a store that works on other things is busy, not down: its reply decides between "exhausted" and
        // "unknown"
        const isBusy = ledger.isAnswering?.() === true && clock.monotonic() - askedAt < busyDeadlineMs
        if (isBusy) deadline = clock.after(storeDeadlineMs, late)
        else happen({ kind: 'acquire-failed', epoch, seq })
      }
      const event = await ledger.acquire({ ...effect.request, position: options.position?.() }).then(
        (reply): BookEvent => ({ kind: 'acquired', epoch, seq, askedAt, reply }),
        (): BookEvent => ({ kind: 'acquire-failed', epoch, seq }),
      )
      deadline.cancel()
      happen(event)
    } else if (effect.kind === 'renew') {
      const event = await ledger.renew(effect.holder, effect.epoch, options.position?.(), effect.after).then(
        (reply): BookEvent => ({ kind: 'renewed', epoch, askedAt, reply }),
        (): BookEvent => ({ kind: 'renew-failed', epoch }),
      )
      happen(event)
    } else if (effect.kind === 'give-back') {
      const { request } = effect
      const event = await ledger.giveBack(request).then(
        (): BookEvent => ({ kind: 'returned', request }),
        (): BookEvent => ({ kind: 'return-failed', request }),
      )
      happen(event)
    } else {
      const event = await options.register().then(
        (registration): BookEvent => ({ kind: 'registered', registration }),
        (): BookEvent => ({ kind: 'register-failed' }),
      )
      happen(event)
      unlisten?.()
      unlisten = ledger.listen?.(book.holder, () => happen({ kind: 'notice' }))
    }
  }

  function sweepFailed(error: unknown): void {
    if (!hasSweepFailed) options.sweepFailed?.(error)
    hasSweepFailed = true
  }

  function tick(): void {
    if (isStopped) return
    happen({ kind: 'tick' })
    const now = clock.monotonic()
    if (now - expiredAt >= expireEveryMs) {
      expiredAt = now
      // a store that is down is told by those who wait for money
      keep(ledger.expire(silentMs).catch(() => {}))
    }
    if (now - sweptAt >= sweepEveryMs) {
      sweptAt = now
      keep(ledger.sweep(options.ages()).then(() => void (hasSweepFailed = false), sweepFailed))
    }
    ticker = clock.after(tickMs, tick)
  }

  return {
    flush() {
      if (book.effects.length > 0) carryOut(takeEffects(book))
    },
    async notice() {
      happen({ kind: 'notice' })
      // an answer that was under way already, the one to this notice, what is given back because of it
      for (let round = 0; round < 3 || (book.listing && book.isHurried && round < mostPages); round += 1)
        await Promise.all(pending)
    },
    async stop() {
      isStopped = true
      ticker.cancel()
      unlisten?.()
      happen({ kind: 'stop' })
      while (pending.size > 0) await Promise.all(pending)
    },
  }
}

const tickMs = 1_000
/** A list of this many pages is longer than any book. */
const mostPages = 1_000
const storeDeadlineMs = 250
/** The longest that a call waits for a store that answers other requests meanwhile. */
const busyDeadlineMs = 2_000
const expireEveryMs = 10_000
const sweepEveryMs = 10_000
/** A holder that was not heard of for so long goes into doubt. */
const silentMs = 30_000
