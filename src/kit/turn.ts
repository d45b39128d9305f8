// The end of a turn of the event loop: what many calls of one turn ask for can be done once.

/** Runs it when everything that this turn has brought was handled, before the process waits again. */
export const atTurnEnd = (run: () => void): void => void setImmediate(run)
