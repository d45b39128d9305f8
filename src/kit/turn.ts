// Waits that gather: what many calls ask for within a turn of the event loop, or a moment, can be done once for all of them.

/** Resolves when everything that this turn has brought was handled, before the process waits again. */
export const turnEnd = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** Resolves about a millisecond later; the clock's sweep (real-clock.ts) is too coarse for that. */
export const shortWhile = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 1))
