// The time-outs of one upstream call. One pending timer serves all of them: a later deadline is checked only when
// the timer fires.

import type { Timeouts } from '../contract/snapshot.ts'
import type { Clock, Timer } from '../kit/clock.ts'

export type TimeoutKind = 'first-token' | 'idle' | 'total'

export interface Expiring {
  /** Called at most once. */
  expired(kind: TimeoutKind, ms: number): void
}

/** Time-outs of 0 are off. */
export class Watch {
  readonly #clock: Clock
  readonly #timeouts: Timeouts
  readonly #expiring: Expiring
  readonly #startedAt: number
  #hasBytes = false
  #waitingSince: number | undefined
  #timer: Timer | undefined

  constructor(clock: Clock, timeouts: Timeouts, expiring: Expiring) {
    this.#clock = clock
    this.#timeouts = timeouts
    this.#expiring = expiring
    this.#startedAt = clock.monotonic()
    this.#arm(this.#startedAt)
  }

  /**
   * A reader waits for bytes from now on. Only then does silence count: a slow reader is not a silent provider.
   */
  waiting(): void {
    this.#waitingSince = this.#clock.monotonic()
  }

  /** Bytes of the body arrived. */
  arrived(): void {
    this.#waitingSince = undefined
    if (this.#hasBytes) return
    this.#hasBytes = true
    this.#timer?.cancel()
    this.#arm(this.#clock.monotonic())
  }

  stop(): void {
    this.#timer?.cancel()
  }

  /** Called again when the first byte brings an earlier deadline, and by the timer itself. */
  #arm(now: number): void {
    // If no reader waits, the earliest possible idle deadline is idleMs away.
    const silentAt = this.#hasBytes
      ? deadline(this.#waitingSince ?? now, this.#timeouts.idleMs)
      : this.#firstAt()
    const next = Math.min(silentAt, this.#totalAt())
    this.#timer =
      next === Number.POSITIVE_INFINITY ? undefined : this.#clock.after(next - now, () => this.#look())
  }

  #look(): void {
    const now = this.#clock.monotonic()
    const { totalMs, firstTokenMs, idleMs } = this.#timeouts
    if (now >= this.#totalAt()) return this.#expiring.expired('total', totalMs)
    if (!this.#hasBytes && now >= this.#firstAt()) return this.#expiring.expired('first-token', firstTokenMs)
    const waitingSince = this.#waitingSince
    if (this.#hasBytes && waitingSince !== undefined && now >= deadline(waitingSince, idleMs))
      return this.#expiring.expired('idle', idleMs)
    this.#arm(now)
  }

  #totalAt(): number {
    return deadline(this.#startedAt, this.#timeouts.totalMs)
  }

  #firstAt(): number {
    return deadline(this.#startedAt, this.#timeouts.firstTokenMs)
  }
}

const deadline = (from: number, ms: number) => (ms > 0 ? from + ms : Number.POSITIVE_INFINITY)
