// The end of a turn of the event loop, for work that is done once for all calls of one turn.

/** Resolves when all events of this turn were handled, before the process waits again. */
export const turnEnd = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
