// A circuit breaker for one target: a pure state machine; each call passes the time.
//
//   closed ──(failures in a row, or a high share of failures in a window)──▶ open
//   open ──(pause over)──▶ half-open
//   half-open ──(probe succeeds)──▶ closed
//   half-open ──(probe fails: pauses twice as long)──▶ open
//
// Only upstream faults count (DESIGN: fault attribution): a caller's bad request or a spent budget is no
// evidence about a target.

export interface BreakerSettings {
  failuresInRow: number
  /** The share of failures in the window that opens the breaker after at least `leastCalls` calls. */
  failureShare: number
  leastCalls: number
  windowMs: number
  restMs: number
  longestRestMs: number
}

export const usualBreaker: BreakerSettings = {
  failuresInRow: 5,
  failureShare: 0.5,
  leastCalls: 20,
  windowMs: 30_000,
  restMs: 5_000,
  longestRestMs: 120_000,
}

export type BreakerState = 'closed' | 'open' | 'half-open'

export class Breaker {
  readonly #settings: BreakerSettings
  #failuresInRow = 0
  #windowStart = 0
  #calls = 0
  #failures = 0
  #openUntil: number | undefined
  /** How many times it has opened in a row. */
  #openings = 0
  #restUntil = 0
  #isProbing = false

  constructor(settings: BreakerSettings = usualBreaker) {
    this.#settings = settings
  }

  get failuresInRow(): number {
    return this.#failuresInRow
  }

  state(now: number): BreakerState {
    if (this.#openUntil === undefined) return 'closed'
    return now < this.#openUntil ? 'open' : 'half-open'
  }

  /**
   * May a call go out? In half-open one probe at a time may. Each admitted call reports its result.
   */
  admit(now: number): boolean {
    if (now < this.#restUntil) return false
    const state = this.state(now)
    if (state === 'closed') return true
    if (state === 'open' || this.#isProbing) return false
    this.#isProbing = true
    return true
  }

  noteSuccess(now: number): void {
    this.#isProbing = false
    this.#failuresInRow = 0
    this.#count(now, false)
    if (this.state(now) !== 'half-open') return
    this.#openUntil = undefined
    this.#openings = 0
    this.#calls = 0
    this.#failures = 0
  }

  noteFailure(now: number): void {
    this.#failuresInRow += 1
    this.#count(now, true)
    const state = this.state(now)
    if (state === 'half-open') return this.#open(now)
    if (state === 'open') return
    const { leastCalls, failureShare, failuresInRow } = this.#settings
    const isBadShare = this.#calls >= leastCalls && this.#failures / this.#calls >= failureShare
    if (this.#failuresInRow >= failuresInRow || isBadShare) this.#open(now)
  }

  /** The call ended without evidence about the target (disconnect, bad request). */
  endProbe(): void {
    this.#isProbing = false
  }

  /** Rate limited: pauses for the time that the provider requested, without counting a failure. */
  rest(now: number, forMs: number): void {
    this.#isProbing = false
    this.#restUntil = Math.max(this.#restUntil, now + Math.min(forMs, this.#settings.longestRestMs))
  }

  /** Is it paused because the provider is rate limiting us? */
  isRateLimited(now: number): boolean {
    return now < this.#restUntil
  }

  /** ms until a call may go out again; 0 when it may now. */
  waitMs(now: number): number {
    return Math.max(0, this.#restUntil - now, (this.#openUntil ?? 0) - now)
  }

  #count(now: number, isFailure: boolean): void {
    if (now - this.#windowStart > this.#settings.windowMs) {
      this.#windowStart = now
      this.#calls = 0
      this.#failures = 0
    }
    this.#calls += 1
    if (isFailure) this.#failures += 1
  }

  #open(now: number): void {
    const { restMs, longestRestMs } = this.#settings
    this.#openUntil = now + Math.min(longestRestMs, restMs * 2 ** this.#openings)
    this.#openings += 1
    this.#isProbing = false
  }
}
