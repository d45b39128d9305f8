// The clocks of one upstream call. One pending timer serves all of them: a deadline that moves on is only looked at when the timer fires.

import type { Timeouts } from '../contract/snapshot.ts'
import type { Clock, Timer } from '../kit/clock.ts'

export type TimeoutKind = 'first-token' | 'idle' | 'total'

export interface Watch {
  /** Somebody waits for bytes from now on. Silence counts only then: a slow reader is not a silent provider. */
  waiting(): void
  /** Bytes of the body came. */
  arrived(): void
  stop(): void
}

/** `expire` is called at most once. Time-outs of 0 are off. */
export function watch(clock: Clock, timeouts: Timeouts, expire: (kind: TimeoutKind, ms: number) => void): Watch {
  const startedAt = clock.monotonic()
  const totalAt = timeouts.totalMs > 0 ? startedAt + timeouts.totalMs : Number.POSITIVE_INFINITY
  const firstAt = timeouts.firstTokenMs > 0 ? startedAt + timeouts.firstTokenMs : Number.POSITIVE_INFINITY
  const idleMs = timeouts.idleMs > 0 ? timeouts.idleMs : Number.POSITIVE_INFINITY
  let hasBytes = false
  let waitingSince: number | undefined
  let timer: Timer | undefined

  /** Re-armed when the first byte moves the deadline nearer, and by the timer itself. */
  function arm(now: number) {
    // Nobody waits: the earliest moment at which an idle deadline could pass is idleMs away.
    const silentAt = hasBytes ? (waitingSince ?? now) + idleMs : firstAt
    const next = Math.min(silentAt, totalAt)
    timer = next === Number.POSITIVE_INFINITY ? undefined : clock.after(next - now, look)
  }

  function look() {
    const now = clock.monotonic()
    if (now >= totalAt) return expire('total', timeouts.totalMs)
    if (!hasBytes && now >= firstAt) return expire('first-token', timeouts.firstTokenMs)
    if (hasBytes && waitingSince !== undefined && now - waitingSince >= idleMs) return expire('idle', timeouts.idleMs)
    arm(now)
  }

  arm(startedAt)
  return {
    waiting() {
      waitingSince = clock.monotonic()
    },
    arrived() {
      waitingSince = undefined
      if (hasBytes) return
      hasBytes = true
      timer?.cancel()
      arm(clock.monotonic())
    },
    stop: () => timer?.cancel(),
  }
}
