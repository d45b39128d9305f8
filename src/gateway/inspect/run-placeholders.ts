// The placeholders that the calls of a run have made: only their names, not their values. A model may repeat
// a placeholder of an earlier call (a client sent it back in an address, or it is in sealed reasoning), and
// no tool may be called with it.

import type { Hidden } from '../exchange.ts'

const mostRuns = 2_000
const mostNames = 200

export class RunPlaceholders {
  /** By run, in order of their last use; by placeholder, the rule that made it. */
  readonly #runs = new Map<string, Map<string, string>>()

  /** The placeholders of earlier calls, each with the rule that made it. */
  of(run: string): ReadonlyMap<string, string> {
    return this.#runs.get(run) ?? none
  }

  /** The placeholders of earlier calls, without values, followed by those of this call. */
  join(run: string, own: ReadonlyMap<string, Hidden>): ReadonlyMap<string, Hidden> {
    const earlier = this.#runs.get(run)
    if (!earlier && own.size === 0) return own
    const all = new Map<string, Hidden>(
      [...(earlier ?? [])].map(([placeholder, rule]) => [placeholder, { rule, restoreIn: [] }]),
    )
    for (const [placeholder, entry] of own) all.set(placeholder, entry)
    const names = new Map([...all].slice(-mostNames).map(([placeholder, { rule }]) => [placeholder, rule]))
    this.#runs.delete(run)
    this.#runs.set(run, names)
    const [oldest] = this.#runs.size > mostRuns ? this.#runs.keys() : []
    if (oldest !== undefined) this.#runs.delete(oldest)
    return all
  }
}

const none: ReadonlyMap<string, string> = new Map()
