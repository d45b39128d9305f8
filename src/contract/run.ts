// What is known of a run while it goes on: what policies see as `run.*`, and what limits of a run count.

/** What a run has come into contact with. Marks only accumulate. */
export const runMarks = ['untrusted-input', 'private-data', 'egress'] as const
export type RunMark = (typeof runMarks)[number]

export interface RunFacts {
  /** Exchanges of the run that began before this one. */
  readonly calls: number
  /** 0 for a call that a client began; a call within another one is one deeper than that. */
  readonly depth: number
  /** Tokens of its ended exchanges, in and out. */
  readonly tokens: number
  /** What its ended exchanges cost, nano-dollars. */
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
