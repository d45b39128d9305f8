// How many calls Bun's fetch carries at once. Beyond it, calls wait in a queue that nobody sees.

/** What Bun does without the variable. */
const bunDefault = 256

/** Bun 1.4.5 ignores larger numbers, and falls back to its default. */
const bunLargest = 65_535

export interface InFlightCheck {
  /** Calls that can be under way at once; the rest queues in silence. */
  limit: number
  /** Empty when the limit covers what the gateway admits. */
  problem?: string
}

/**
 * For `doctor` and the start: does fetch carry as many calls as the gateway lets in?
 * Bun reads the variable once, when the process starts: it must be in the environment of the launcher.
 * @param variable the value of `BUN_CONFIG_MAX_HTTP_REQUESTS`
 * @param needed calls in flight over all doors (`limits.inFlight`)
 */
export function inFlightCheck(variable: string | undefined, needed: number): InFlightCheck {
  const asked = Number(variable)
  const limit = Number.isInteger(asked) && asked > 0 && asked <= bunLargest ? asked : bunDefault
  if (limit >= needed) return { limit }
  return {
    limit,
    problem: `${limit} upstream calls fit at once, ${needed} are let in: the rest waits unseen; start with BUN_CONFIG_MAX_HTTP_REQUESTS=${needed} (bin/gatehouse does)`,
  }
}
