// A token that is fetched when it is needed, shared by all that wait, and renewed ahead of its end while the
// old one still serves.

import type { Clock } from '../../kit/clock.ts'

export interface FetchedToken {
  token: string
  /** Absent: the server did not say. */
  lifetimeMs?: number
}

export interface RenewingToken {
  /** At once while one is valid. Rejects as `fetchToken` does. */
  current(): string | Promise<string>
  /**
   * The provider refused this token. False when it was dropped for that reason only moments ago: a provider
   * that refuses every token must not double the calls to the token endpoint.
   */
  drop(token: string): boolean
}

/** RFC 6749 §5.1 leaves `expires_in` optional; an hour is usual, and a refused token is renewed anyway. */
const unknownLifetimeMs = 3_600_000

/**
 * A token is renewed in the last tenth of its life, at most five minutes ahead, and not used in its last ten
 * seconds.
 */
const renewAheadMs = (lifetimeMs: number) => Math.min(300_000, lifetimeMs / 10)
const lastMoments = (lifetimeMs: number) => Math.min(10_000, lifetimeMs / 20)

/** A token endpoint that fails is left alone for a moment; callers get its last error meanwhile. */
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
      // The old one serves on; if renewing fails, the next call tries again.
      if (now >= held.renewAt) fetchOnce().catch(() => {})
      return held.token
    },
    drop(token) {
      // Somebody else has renewed it already.
      if (held?.token !== token) return true
      const now = clock.monotonic()
      if (now - droppedAt < dropEveryMs) return false
      droppedAt = now
      held = undefined
      return true
    },
  }
}
