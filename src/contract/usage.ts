// What a call may use and what it used: bounds for reservations, counts for the price.

/** Upper bounds for one attempt. `undefined` means that no bound is known. */
export interface Demand {
  inputTokens: number | undefined
  outputTokens: number | undefined
  /**
   * How many answers are asked for at once (`n`): where only the target's own output limit bounds the output,
   * each answer may reach it. Absent: 1.
   */
  choices?: number
  /** May input or output hold audio, which has rates of its own? Absent: it may. */
  mayHoldAudio?: boolean
  /** Does it carry files, which some providers read for a fee? Absent: no. */
  hasFiles?: boolean
  /**
   * The most that it may use beyond tokens, in units of the price list: `{ image: 3 }`, `{ second: 60 }`, `{
   * character: 4096 }`. `request` counts the requests that it makes (absent: 1). `Infinity` means without a
   * limit.
   */
  units?: Readonly<Record<string, number>>
  /** May the provider charge for things that cannot be listed (server tools), as often as it likes? */
  hasUnboundedFees: boolean
  /** Asked for on terms that may change every rate: `priority`, `fast`. As in `Usage`. */
  terms?: readonly string[]
  /**
   * What such a call usually takes, tokens in and out: reserved by token limits, whose difference becomes
   * debt.
   */
  typicalTokens: number
  /** The part of it that goes in. */
  typicalInputTokens: number
  /** Why a bound is missing, for the refusal: `"n" is not set …`. */
  reason?: string
}

/** Counts as the provider told them. Absent: not told. Zero: zero. */
export interface Usage {
  /** All input, cached parts included. */
  inputTokens?: number
  /** All output, reasoning included. */
  outputTokens?: number
  cacheReadTokens?: number
  cacheWriteTokens?: number
  /** The part of cacheWriteTokens that is kept for an hour. */
  cacheWriteLongTokens?: number
  /** The part of cacheWriteTokens that is kept for twelve hours. */
  cacheWrite12hTokens?: number
  reasoningTokens?: number
  inputAudioTokens?: number
  outputAudioTokens?: number
  /**
   * What was used beyond tokens, in units of the price list: `{ web_search: 2 }`. As in `Demand.units`; what
   * a demand bounds must be reported, as zero too.
   */
  fees?: Readonly<Record<string, number>>
  /**
   * What changes the rates of this call: the tier that served it where it is not the usual one (`flex`,
   * `priority`), `fast`, `geo-us`.
   */
  terms?: readonly string[]
  /**
   * What other models used for the same response (an advisor, a fallback at the vendor), by the vendor's
   * name. Not part of the counts above.
   */
  others?: readonly ModelUsage[]
  /** What the provider says the call cost, nano-dollars, rounded up. Zero: nothing. */
  reportedNano?: number
  /** We counted, the provider did not tell. */
  isEstimated?: boolean
}

export interface ModelUsage {
  model: string
  usage: Omit<Usage, 'others'>
}

export interface Finish {
  unified: 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'error' | 'other'
  raw: string
}
