// The most that a call may use, and what it used: bounds for reservations, counts for the price.

/** Upper bounds for one attempt. `undefined` means that no bound is known. */
export interface Demand {
  inputTokens: number | undefined
  outputTokens: number | undefined
  /**
   * The number of requested choices (`n`). If only the target's output limit bounds the output, each choice
   * may reach it. Absent: 1.
   */
  choices?: number
  /** Whether input or output may contain audio, which has its own rates. Absent: yes. */
  mayHoldAudio?: boolean
  /** Whether it contains files, which some providers read for a fee. Absent: no. */
  hasFiles?: boolean
  /**
   * The most that it may use beyond tokens, in units of the price list: `{ image: 3 }`, `{ second: 60 }`, `{
   * character: 4096 }`. `request` counts the requests that it makes (absent: 1). `Infinity` means without a
   * limit.
   */
  units?: Readonly<Record<string, number>>
  /** Whether the provider may charge any number of fees that cannot be listed (server tools). */
  hasUnboundedFees: boolean
  /** Requested terms that may change every rate: `priority`, `fast`. As in `Usage`. */
  terms?: readonly string[]
  /**
   * Typical tokens of such a call, input and output. Token limits reserve it; the difference to the real
   * count becomes debt.
   */
  typicalTokens: number
  /** The input part of `typicalTokens`. */
  typicalInputTokens: number
  /** Why a bound is missing, for the refusal: `"n" is not set …`. */
  reason?: string
}

/** Counts as the provider reported them. Absent means not reported. Zero means zero. */
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
   * Usage in addition to tokens, in units of the price list: `{ web_search: 2 }`. As in `Demand.units`. Units
   * with a bound in `Demand` must be reported, even if zero.
   */
  fees?: Readonly<Record<string, number>>
  /**
   * Terms that change the rates of this call: an unusual service tier (`flex`, `priority`), `fast`, `geo-us`.
   */
  terms?: readonly string[]
  /**
   * Usage of other models for the same response (an advisor, a fallback at the vendor), by the vendor's name.
   * Not part of the counts above.
   */
  others?: readonly ModelUsage[]
  /** The cost that the provider reported, nano-dollars, rounded up. Zero: nothing. */
  reportedNano?: number
  /** We counted; the provider did not report usage. */
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
