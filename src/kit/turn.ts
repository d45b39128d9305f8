// The end of a turn of the event loop: what many calls of one turn ask for can be done once for all of them.

/** Resolves when everything that this turn has brought was handled, before the process waits again. */
export const turnEnd = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
