// A circuit breaker for one target: a pure machine, time comes in with each call.
//
// closed ──(failures in a row, or a bad share of a window)──▶ open ──(rest over)──▶ half-open ──(probe
// good)──▶ closed
//                                                              ▲────────(probe bad: rests twice as long)────────┘
// Only faults of the upstream count (DESIGN: fault attribution): a caller's bad request or a spent budget
// says nothing about a target.

export interface BreakerSettings {
  failuresInRow: number
  /** Share of failures in the window that opens, once `leastCalls` were seen. */
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

export interface Breaker {
  state(now: number): BreakerState
  /**
   * May a call go out? In half-open one probe at a time may. Says nothing twice: whoever got yes reports
   * back.
   */
  admit(now: number): boolean
  noteSuccess(now: number): void
  noteFailure(now: number): void
  /** The call ended without saying anything about the target (client left, bad request). */
  endProbe(): void
  /** Rate limited: rest for as long as the provider asked, without counting a failure. */
  rest(now: number, forMs: number): void
  /** Is it paused because the provider is rate limiting us? */
  isRateLimited(now: number): boolean
  failuresInRow(): number
  /** ms until a call may go out again; 0 when it may now. */
  waitMs(now: number): number
}

export function createBreaker(settings: BreakerSettings = usualBreaker): Breaker {
  let inRow = 0
  let windowStart = 0
  let calls = 0
  let failures = 0
  let openUntil: number | undefined
  let rests = 0
  let restUntil = 0
  let isProbing = false

  const state = (now: number): BreakerState =>
    openUntil === undefined ? 'closed' : now < openUntil ? 'open' : 'half-open'

  function count(now: number, failed: boolean) {
    if (now - windowStart > settings.windowMs) {
      windowStart = now
      calls = 0
      failures = 0
    }
    calls += 1
    if (failed) failures += 1
  }

  function open(now: number) {
    openUntil = now + Math.min(settings.longestRestMs, settings.restMs * 2 ** rests)
    rests += 1
    isProbing = false
  }

  return {
    state,
    admit(now) {
      if (now < restUntil) return false
      const at = state(now)
      if (at === 'closed') return true
      if (at === 'open' || isProbing) return false
      isProbing = true
      return true
    },
    noteSuccess(now) {
      isProbing = false
      inRow = 0
      count(now, false)
      if (state(now) !== 'half-open') return
      openUntil = undefined
      rests = 0
      calls = 0
      failures = 0
    },
    noteFailure(now) {
      inRow += 1
      count(now, true)
      const at = state(now)
      if (at === 'half-open') return open(now)
      if (at === 'open') return
      const share = calls >= settings.leastCalls && failures / calls >= settings.failureShare
      if (inRow >= settings.failuresInRow || share) open(now)
    },
    endProbe() {
      isProbing = false
    },
    rest(now, forMs) {
      isProbing = false
      restUntil = Math.max(restUntil, now + Math.min(forMs, settings.longestRestMs))
    },
    isRateLimited: (now) => now < restUntil,
    failuresInRow: () => inRow,
    waitMs(now) {
      return Math.max(0, restUntil - now, (openUntil ?? 0) - now)
    },
  }
}
