// How much of a provider's response is kept in memory.

/** For a whole response. Larger ones are refused. 2,048 embeddings of 3,072 decimals each do not fit. */
export const wholeBytes = 64 * 1024 * 1024

/** For an error. */
export const errorBytes = 256 * 1024

/** For one event of a stream. An inline image arrives as one event. */
export const eventBytes = 32 * 1024 * 1024
