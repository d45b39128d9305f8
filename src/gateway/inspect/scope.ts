// Groups the rules by phase and kind of traffic, once per snapshot.

import type { Operation } from '../../contract/operation.ts'
import type { ResourceKind } from '../../contract/resource.ts'
import { isMeantFor } from '../../contract/scope.ts'
import type { Phase, TrafficScope } from '../../contract/snapshot.ts'

/** The part of an operation that decides which rules apply. */
export type Traffic = Pick<Operation, 'direction' | 'resource'>

export class RulesByTraffic<Rule> {
  readonly #rules: readonly Rule[]
  readonly #scopeOf: (rule: Rule) => TrafficScope
  readonly #sorted = new Map<string, readonly Rule[]>()

  constructor(rules: readonly Rule[], scopeOf: (rule: Rule) => TrafficScope) {
    this.#rules = rules
    this.#scopeOf = scopeOf
  }

  of(phase: Phase, { direction, resource: { kind } }: Traffic): readonly Rule[] {
    const name = names[phase][direction][kind]
    let rules = this.#sorted.get(name)
    if (!rules) {
      rules = this.#rules.filter((rule) => isMeantFor(this.#scopeOf(rule), { phase, kind, direction }))
      this.#sorted.set(name, rules)
    }
    return rules
  }
}

/** A constant, so no call pays for creating it. */
const kindsOf = (prefix: string): Readonly<Record<ResourceKind, string>> => ({
  model: `${prefix} model`,
  tool: `${prefix} tool`,
  agent: `${prefix} agent`,
})
const directionsOf = (phase: Phase) => ({
  forward: kindsOf(`${phase} forward`),
  reverse: kindsOf(`${phase} reverse`),
})
const names = { request: directionsOf('request'), response: directionsOf('response') }
