// The active limits and budgets. Those of a caller are found once per principal, and combined with those of
// the model and the destination.

import { GatewayError } from '../../contract/errors.ts'
import type { Resource } from '../../contract/resource.ts'
import type { OwnRules, Snapshot } from '../../contract/snapshot.ts'
import type { PrincipalEntry } from '../identify/index.ts'
import { type CallerRules, findCallerRules, joinRules, joinRun, rulesOf } from './budgets.ts'
import type { Gauge } from './limits.ts'

export class RuleBook {
  readonly #gauges = new Map<string, Gauge>()
  #snapshot: Snapshot | undefined
  #known = new WeakMap<PrincipalEntry, CallerRules>()
  readonly #members = new WeakMap<CallerRules, WeakMap<CallerRules, CallerRules>>()
  readonly #owned = new WeakMap<OwnRules, CallerRules>()

  get snapshot(): Snapshot | undefined {
    return this.#snapshot
  }

  activate(snapshot: Snapshot): void {
    this.#snapshot = snapshot
    this.#known = new WeakMap()
    for (const [path, gauge] of this.#gauges) if (gauge.count === 0) this.#gauges.delete(path)
  }

  /** @throws GatewayError `budget-unknown` before the first configuration */
  of(principal: PrincipalEntry): CallerRules {
    let rules = this.#known.get(principal)
    if (!rules) {
      if (!this.#snapshot)
        throw new GatewayError('budget-unknown', 'No configuration is active yet; try again.', {
          retryAfterSeconds: 1,
        })
      rules = findCallerRules(this.#snapshot, principal, this.#gaugeOf)
      this.#known.set(principal, rules)
    }
    return rules
  }

  /** For a caller in a run of another principal. */
  ofMember(principal: PrincipalEntry, runOwner: PrincipalEntry): CallerRules {
    const [member, owner] = [this.of(principal), this.of(runOwner)]
    let known = this.#members.get(member)
    if (!known) this.#members.set(member, (known = new WeakMap()))
    let rules = known.get(owner)
    if (!rules) known.set(owner, (rules = joinRun(member, owner)))
    return rules
  }

  /** The resource's own rules; a target that is called by its own name has none. */
  ofResource({ kind, name }: Resource): CallerRules | undefined {
    return kind === 'model' ? this.#own('model', name, this.#snapshot?.models) : undefined
  }

  ofDestination(name: string): CallerRules | undefined {
    return this.#own('destination', name, this.#snapshot?.destinations)
  }

  /** Found once for each pair. */
  join(base: CallerRules, own: CallerRules | undefined): CallerRules {
    if (!own) return base
    let joined = base.joined.get(own)
    if (!joined) base.joined.set(own, (joined = joinRules(base, own)))
    return joined
  }

  #own(
    kind: string,
    name: string,
    all: Readonly<Record<string, OwnRules>> | undefined,
  ): CallerRules | undefined {
    const rules = all && Object.hasOwn(all, name) ? all[name] : undefined
    if (!rules || (!rules.limits && !rules.budgets?.length)) return undefined
    let found = this.#owned.get(rules)
    if (!found) {
      const owner = { title: `${kind} "${name}"`, path: `${kind}/${name}` }
      this.#owned.set(
        rules,
        (found = rulesOf([{ owner, limits: rules.limits, budgets: rules.budgets ?? [] }], this.#gaugeOf)),
      )
    }
    return found
  }

  readonly #gaugeOf = (path: string): Gauge => {
    let gauge = this.#gauges.get(path)
    if (!gauge) this.#gauges.set(path, (gauge = { count: 0 }))
    return gauge
  }
}
