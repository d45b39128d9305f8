// The facts of an answer, in no vendor's words.

export interface Facts {
  /** By number of the answer; one, unless several were asked for. */
  choices: readonly Choice[]
  tokens?: Tokens
  /** Uses of server tools that are paid by the piece. */
  searches: number
  /** What the vendor says the call cost, US dollars. */
  reportedDollars?: number
  model?: string
  /** The vendor's error in the place of an answer, or at the end of what came. */
  error?: string
}

export interface Choice {
  text: string
  refusal: string
  reasoning: string
  calls: readonly Call[]
  /** The vendor's own word. */
  finish?: string
}

export interface Call {
  id?: string
  name: string
  /** JSON with its members in order; of custom tools, free text. */
  input: string
  isCustom?: true
}

export interface Tokens {
  /** Cached parts included. */
  input?: number
  /** Reasoning included. */
  output?: number
  cacheRead?: number
  cacheWrite?: number
  cacheWriteLong?: number
  reasoning?: number
  /** Of the input. */
  audio?: number
}
