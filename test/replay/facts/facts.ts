// The facts of a response, independent of vendor formats.

export interface Facts {
  /** By index of the choice; one, unless several were requested. */
  choices: readonly Choice[]
  tokens?: Tokens
  /** Uses of server tools that are billed per use. */
  searches: number
  /** The cost that the vendor reports for the call, in US dollars. */
  reportedDollars?: number
  model?: string
  /** The vendor's error instead of a response, or at the end of a partial one. */
  error?: string
}

export interface Choice {
  text: string
  refusal: string
  reasoning: string
  calls: readonly Call[]
  /** The vendor's own value. */
  finish?: string
}

export interface Call {
  id?: string
  name: string
  /** JSON with sorted members; free text for custom tools. */
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
