// Runs the effects of the hold book's state machine: calls the ledger, sets timers, resolves waiting calls.
// All promises of the hold book are here.

import type { AcquireResult, DrainOffset, Ledger, Registration, SweepAges } from '../../contract/stores.ts'
import type { Clock, Timer } from '../../kit/clock.ts'
import type { Book, Effect } from './hold-book.ts'
import { type BookEvent, step, takeEffects } from './hold-step.ts'

export interface DriverOptions {
  ledger: Ledger
  clock: Clock
  /** The store reports that this epoch is over: register again with the content of the data folder. */
  register(): Promise<Registration>
  /** Handling a result failed. This is a bug of Gatehouse, reported for the log. */
  faulted?: ((error: unknown) => void) | undefined
  /** A sweep failed. Called once until a sweep succeeds again, for the log. */
  sweepFailed?: ((error: unknown) => void) | undefined
  /** When runs end, and how long ended ones are kept. */
  ages(): SweepAges
  /** Money was granted; writes a line to the journal. */
  granted?: ((reply: Extract<AcquireResult, { kind: 'granted' }>, seq: number) => void) | undefined
  /** The position up to which the journal is synced. The ledger remembers it. */
  position?: (() => DrainOffset) | undefined
}

type LedgerEffect = Extract<Effect, { kind: 'acquire' | 'renew' | 'give-back' | 'register' }>

export class HoldDriver {
  readonly #book: Book
  readonly #options: DriverOptions
  readonly #pending = new Set<Promise<void>>()
  #isStopped = false
  #expiredAt: number
  #sweptAt: number
  #hasSweepFailed = false
  #unlisten: (() => void) | undefined
  #ticker: Timer

  constructor(book: Book, options: DriverOptions) {
    this.#book = book
    this.#options = options
    this.#expiredAt = options.clock.monotonic()
    this.#sweptAt = this.#expiredAt
    this.#listen()
    this.#ticker = options.clock.after(tickMs, () => this.#tick())
  }

  /** Runs the effects that a direct call on the book has left. */
  flush(): void {
    if (this.#book.effects.length > 0) this.#carryOut(takeEffects(this.#book))
  }

  /**
   * Something changed at the store: asks for the change. Resolves when it is applied here and recalled money
   * is returned. Never rejects.
   */
  async notice(): Promise<void> {
    const book = this.#book
    this.#happen({ kind: 'notice' })
    // an earlier pending result, the result of this notice, the returns that follow from it
    for (let round = 0; round < 3 || (book.listing && book.isHurried && round < mostPages); round += 1)
      await Promise.all(this.#pending)
  }

  /** Ends when unreserved money is returned, or when the store does not respond. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#ticker.cancel()
    this.#unlisten?.()
    this.#happen({ kind: 'stop' })
    while (this.#pending.size > 0) await Promise.all(this.#pending)
  }

  #listen(): void {
    this.#unlisten?.()
    this.#unlisten = this.#options.ledger.listen?.(this.#book.holder, () => this.#happen({ kind: 'notice' }))
  }

  #happen(event: BookEvent): void {
    this.#carryOut(step(this.#book, event, this.#options.clock.monotonic()))
  }

  #carryOut(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'answer') effect.waiter.answer(effect.outcome)
      else if (effect.kind === 'granted') this.#options.granted?.(effect.reply, effect.seq)
      else if (effect.kind === 'wake') this.#wakeAt(effect.at)
      else this.#keep(this.#ask(effect))
    }
  }

  #wakeAt(at: number): void {
    const { clock } = this.#options
    if (!this.#isStopped) clock.after(at - clock.monotonic(), () => this.#happen({ kind: 'wake' }))
  }

  #keep(asking: Promise<unknown>): void {
    const kept = asking.then(
      () => void this.#pending.delete(kept),
      (error) => {
        this.#pending.delete(kept)
        this.#options.faulted?.(error)
      },
    )
    this.#pending.add(kept)
  }

  async #ask(effect: LedgerEffect): Promise<void> {
    if (effect.kind === 'acquire') return this.#acquire(effect)
    if (effect.kind === 'renew') return this.#renew(effect)
    if (effect.kind === 'register') return this.#register()
    const { request } = effect
    const event = await this.#options.ledger.giveBack(request).then(
      (): BookEvent => ({ kind: 'returned', request }),
      (): BookEvent => ({ kind: 'return-failed', request }),
    )
    this.#happen(event)
  }

  async #acquire({ request }: Extract<LedgerEffect, { kind: 'acquire' }>): Promise<void> {
    const { ledger, clock, position } = this.#options
    const { epoch } = this.#book
    const { seq } = request
    const askedAt = clock.monotonic()
    // Callers get their refusal in time. A late result still adds its grant.
    const checkDeadline = () => {
      // A store that processes other requests is busy, not down: its result decides between "exhausted" and
      // "unknown".
      const isBusy = ledger.isAnswering?.() === true && clock.monotonic() - askedAt < busyDeadlineMs
      if (isBusy) deadline = clock.after(storeDeadlineMs, checkDeadline)
      else this.#happen({ kind: 'acquire-failed', epoch, seq })
    }
    let deadline = clock.after(storeDeadlineMs, checkDeadline)
    const event = await ledger.acquire({ ...request, position: position?.() }).then(
      (reply): BookEvent => ({ kind: 'acquired', epoch, seq, askedAt, reply }),
      (): BookEvent => ({ kind: 'acquire-failed', epoch, seq }),
    )
    deadline.cancel()
    this.#happen(event)
  }

  async #renew(effect: Extract<LedgerEffect, { kind: 'renew' }>): Promise<void> {
    const { ledger, clock, position } = this.#options
    const { epoch } = this.#book
    const askedAt = clock.monotonic()
    const event = await ledger.renew(effect.holder, effect.epoch, position?.(), effect.after).then(
      (reply): BookEvent => ({ kind: 'renewed', epoch, askedAt, reply }),
      (): BookEvent => ({ kind: 'renew-failed', epoch }),
    )
    this.#happen(event)
  }

  async #register(): Promise<void> {
    const event = await this.#options.register().then(
      (registration): BookEvent => ({ kind: 'registered', registration }),
      (): BookEvent => ({ kind: 'register-failed' }),
    )
    this.#happen(event)
    this.#listen()
  }

  #tick(): void {
    if (this.#isStopped) return
    const { ledger, clock } = this.#options
    this.#happen({ kind: 'tick' })
    const now = clock.monotonic()
    if (now - this.#expiredAt >= expireEveryMs) {
      this.#expiredAt = now
      // waiting calls notice a store that is down
      this.#keep(ledger.expire(silentMs).catch(() => {}))
    }
    if (now - this.#sweptAt >= sweepEveryMs) {
      this.#sweptAt = now
      this.#keep(this.#sweep())
    }
    this.#ticker = clock.after(tickMs, () => this.#tick())
  }

  async #sweep(): Promise<void> {
    const { ledger, ages, sweepFailed } = this.#options
    await ledger.sweep(ages()).then(
      () => void (this.#hasSweepFailed = false),
      (error: unknown) => {
        if (!this.#hasSweepFailed) sweepFailed?.(error)
        this.#hasSweepFailed = true
      },
    )
  }
}

const tickMs = 1_000
/** No book has this many pages. */
const mostPages = 1_000
const storeDeadlineMs = 250
/** The longest wait of a call for a store that responds to other requests meanwhile. */
const busyDeadlineMs = 2_000
const expireEveryMs = 10_000
const sweepEveryMs = 10_000
/** A holder that is silent for this long becomes doubtful. */
const silentMs = 30_000
