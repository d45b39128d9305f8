// How long to wait before the next try at the same target.

import type { Random } from '../../kit/id.ts'

const firstPauseMs = 200
const longestPauseMs = 5_000

/**
 * The provider's exact Retry-After if it sent one. Otherwise exponential with full jitter, so that callers
 * that failed together do not retry together, and not before the target's pause is over.
 * @param number of the try that failed, 1 for the first
 */
export function pauseMs(
  number: number,
  retryAfterMs: number | undefined,
  restMs: number,
  random: Random,
): number {
  if (retryAfterMs !== undefined) return retryAfterMs
  return restMs + random() * Math.min(longestPauseMs, firstPauseMs * 2 ** number)
}
