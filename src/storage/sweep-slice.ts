// How much one sweep of the ledger does, and how long it waits.

/** Buckets that one call looks at, and removes at most. */
export const sweepSlice = 500

/** A clock that is set back by less than an hour finds its windows open. */
export const windowGraceMs = 3_600_000
