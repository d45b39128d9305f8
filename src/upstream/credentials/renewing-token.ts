// A token that is fetched on demand and shared by all waiting calls. It is renewed before it expires, while
// the old one is still in use.

import type { Clock } from '../../kit/clock.ts'

export interface FetchedToken {
  token: string
  /** Absent means that the server sent none. */
  lifetimeMs?: number
}

export interface RenewingToken {
  /** Resolves at once while a token is valid. Rejects as `fetchToken` does. */
  current(): string | Promise<string>
  /**
   * The provider refused this token. Returns false if another token was dropped moments ago, so that a
   * provider that refuses every token does not double the calls to the token endpoint.
   */
  drop(token: string): boolean
}

/** RFC 6749 §5.1 makes `expires_in` optional. An hour is usual, and a refused token is renewed anyway. */
const unknownLifetimeMs = 3_600_000

/**
 * A token is renewed in the last tenth of its lifetime, at most five minutes early, and is not used in its
 * last ten seconds.
 */
const renewAheadMs = (lifetimeMs: number) => Math.min(300_000, lifetimeMs / 10)
const lastMoments = (lifetimeMs: number) => Math.min(10_000, lifetimeMs / 20)

/** A failing token endpoint is not called again for a moment. Callers get its last error meanwhile. */
const failedForMs = 1_000
const dropEveryMs = 10_000

export function createRenewingToken(clock: Clock, fetchToken: () => Promise<FetchedToken>): RenewingToken {
  let held: { token: string; renewAt: number; usableUntil: number } | undefined
  let fetching: Promise<string> | undefined
  let failed: { error: unknown; until: number } | undefined
  let droppedAt = Number.NEGATIVE_INFINITY

  async function fetchNow(): Promise<string> {
    try {
      const { token, lifetimeMs = unknownLifetimeMs } = await fetchToken()
      const end = clock.now() + lifetimeMs
      held = { token, renewAt: end - renewAheadMs(lifetimeMs), usableUntil: end - lastMoments(lifetimeMs) }
      failed = undefined
      return token
    } catch (error) {
      failed = { error, until: clock.monotonic() + failedForMs }
      throw error
    } finally {
      fetching = undefined
    }
  }

  function fetchOnce(): Promise<string> {
    if (failed && clock.monotonic() < failed.until) return Promise.reject(failed.error)
    fetching ??= fetchNow()
    return fetching
  }

  return {
    current() {
      const now = clock.now()
      if (!held || now >= held.usableUntil) return fetchOnce()
      // The old token stays in use. If the renewal fails, the next call tries again.
      if (now >= held.renewAt) fetchOnce().catch(() => {})
      return held.token
    },
    drop(token) {
      // Another call has already renewed it.
      if (held?.token !== token) return true
      const now = clock.monotonic()
      if (now - droppedAt < dropEveryMs) return false
      droppedAt = now
      held = undefined
      return true
    },
  }
}
