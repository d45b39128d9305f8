// How much of a provider's response is held in memory.

/** Of a whole response: larger ones are refused. 2,048 embeddings of 3,072 decimals each do not fit. */
export const wholeBytes = 64 * 1024 * 1024

/** Of an error. */
export const errorBytes = 256 * 1024

/** Of one event of a stream. Inline images arrive as one event. */
export const eventBytes = 32 * 1024 * 1024
