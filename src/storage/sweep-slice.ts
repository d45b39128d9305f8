// The size of one sweep of the ledger, and the pause between sweeps.

/** The most buckets that one call checks and removes. */
export const sweepSlice = 500

/** Windows stay open for an hour, so that a clock may be set back by less. */
export const windowGraceMs = 3_600_000
