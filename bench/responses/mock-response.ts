// The responses of the upstream in a dialect: a whole one and a stream of 50 events, with the same text and
// about the same size in each dialect.

/** Of a stream, its end included. */
export const eventCount = 50

export interface MockResponse {
  /** JSON. */
  whole: string
  /** Events, ready to send; one write each. */
  events: readonly string[]
}

export const wholeText = 'The quick brown fox. '.repeat(32)
/** Seconds since the epoch. */
export const createdAt = 1_790_000_000

/** @param others events without text */
export const textPieces = (others: number): string[] =>
  Array.from({ length: eventCount - others }, (_, index) => ` word${index}`)

export const unnamed = (data: object): string => `data: ${JSON.stringify(data)}\n\n`
/** An event that is named for the `type` of its data. */
export const named = (data: { type: string; [member: string]: unknown }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
