// Facts of an active run. Policies read them as `run.*`, and limits of runs count them.

/** Kinds of data and effects that a run has had contact with. Marks only accumulate. */
export const runMarks = ['untrusted-input', 'private-data', 'egress'] as const
export type RunMark = (typeof runMarks)[number]

export interface RunFacts {
  /** Exchanges of the run that began before this one. */
  readonly calls: number
  /** 0 for a call that a client began; a call within another one is one deeper than that. */
  readonly depth: number
  /** Tokens of its ended exchanges, in and out. */
  readonly tokens: number
  /** The cost of its ended exchanges, nano-dollars. */
  readonly costNano: bigint
  /** When its first exchange began, ms since the epoch. */
  readonly startedAt: number
  /** Labels that guards reported in its earlier exchanges, each once. */
  readonly findings: readonly string[]
  readonly marks: readonly RunMark[]
}

/** A run whose first exchange begins now. */
export const newRun = (startedAt: number): RunFacts => ({
  calls: 0,
  depth: 0,
  tokens: 0,
  costNano: 0n,
  startedAt,
  findings: [],
  marks: [],
})
