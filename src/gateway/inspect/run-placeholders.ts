// Which placeholders the calls of a run have made: their names, and nothing of what they stood for. A model
// may repeat one that an earlier call made (a client sent it back in an address, or it is in sealed
// reasoning), and no tool must be called with it.

import type { Hidden } from '../exchange.ts'

const mostRuns = 2_000
const mostNames = 200

export class RunPlaceholders {
  /** By run, the one that was used last at the end; by placeholder the rule that made it. */
  readonly #runs = new Map<string, Map<string, string>>()

  /** Those of earlier calls, with the rule that made each. */
  of(run: string): ReadonlyMap<string, string> {
    return this.#runs.get(run) ?? none
  }

  /** Those of earlier calls, without values, and then those of this one. */
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
