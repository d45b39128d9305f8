// This node's state of runs: calls, tokens, cost and findings so far. Policies read it as `run.*`, and run
// limits use it. It is in memory and limited in size; budgets with `per: run` count the exact money per run.

import type { ExchangeRecord } from '../contract/record.ts'
import { type RunFacts, newRun } from '../contract/run.ts'

/** Clients can invent runs; the one without a call for the longest time is removed first. */
const mostRuns = 50_000
const mostFindings = 64

class Run {
  calls = 0
  open = 0
  tokens = 0
  costNano = 0n
  readonly startedAt: number
  endedAt = 0
  readonly findings = new Set<string>()

  constructor(startedAt: number) {
    this.startedAt = startedAt
  }
}

export class RunBook {
  /** In the order of their last call. */
  readonly #runs = new Map<string, Run>()
  readonly #most: number

  constructor(most: number = mostRuns) {
    this.#most = most
  }

  /**
   * The state of the run at the start of a call.
   * @param now ms since the epoch
   * @param idleMs a run without a call for so long is over, and one of the same name is another
   */
  facts(name: string, depth: number, now: number, idleMs: number): RunFacts {
    const run = this.#runs.get(name)
    if (!run || isOver(run, now, idleMs)) return { ...newRun(now), depth }
    const { calls, tokens, costNano, startedAt, findings } = run
    return {
      calls,
      depth,
      tokens,
      costNano,
      startedAt,
      findings: findings.size === 0 ? none : [...findings],
      marks: none,
    }
  }

  /** Counts an admitted call. */
  begin(name: string, now: number, idleMs: number): void {
    let run = this.#runs.get(name)
    if (run) this.#runs.delete(name)
    else if (this.#runs.size >= this.#most) this.#forgetOne()
    if (!run || isOver(run, now, idleMs)) run = new Run(now)
    run.calls += 1
    run.open += 1
    this.#runs.set(name, run)
  }

  /** Adds the usage of a call that `begin` has counted. */
  end(
    name: string,
    { usage, costNano, findings }: Pick<ExchangeRecord, 'usage' | 'costNano' | 'findings'>,
    now: number,
  ): void {
    const run = this.#runs.get(name)
    if (!run) return
    run.open -= 1
    run.endedAt = now
    if (usage) run.tokens += (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0)
    if (costNano !== undefined && costNano !== '0') run.costNano += BigInt(costNano)
    if (findings) this.#noteFindings(run, findings)
  }

  get size(): number {
    return this.#runs.size
  }

  #noteFindings({ findings }: Run, sides: NonNullable<ExchangeRecord['findings']>): void {
    for (const counts of Object.values(sides))
      for (const label of Object.keys(counts)) if (findings.size < mostFindings) findings.add(label)
  }

  /** The oldest run without an open call, or the oldest run if each has one. */
  #forgetOne(): void {
    let oldest: string | undefined
    for (const [name, { open }] of this.#runs) {
      oldest ??= name
      if (open > 0) continue
      oldest = name
      break
    }
    if (oldest !== undefined) this.#runs.delete(oldest)
  }
}

const none: readonly never[] = []

const isOver = ({ open, endedAt }: Run, now: number, idleMs: number) => open === 0 && now - endedAt > idleMs
