// Prepares a snapshot for calls: compiles matchers, and creates guards and targets. A call reads one runtime
// and keeps it to its end.

import { GatewayError } from '../contract/errors.ts'
import { type Resource, destinationOf, innerNameOf } from '../contract/resource.ts'
import type { DestinationRule, Plan, Snapshot, TargetRule } from '../contract/snapshot.ts'
import type { Clock } from '../kit/clock.ts'
import { compileGlob } from '../kit/glob.ts'
import { type Explanation, type ModelNames, createAuthorizer } from './authorize/index.ts'
import type { JudgedFacts, Judgment } from '../contract/decide.ts'
import type { Authorized, Identified } from './exchange.ts'
import { type PrincipalEntry, type Principals, createPrincipals, titleOf } from './identify/index.ts'
import { type Inspector, createInspector } from './inspect/index.ts'
import type { RunPlaceholders } from './inspect/run-placeholders.ts'
import { Judging } from './judging.ts'
import type { TargetLookup } from './route/index.ts'

export interface Runtime extends TargetLookup {
  readonly snapshot: Snapshot
  readonly inspector: Inspector
  readonly principals: Principals
  /** @throws GatewayError `unknown-model`, `unknown-tool`, `unknown-agent` */
  authorize(principal: PrincipalEntry, resource: Resource): Authorized
  mayUse(principal: PrincipalEntry, resource: Resource): boolean
  /**
   * The decision of grants and policies about a resource before there is a call. @param at ms since the epoch
   */
  judge(
    caller: Pick<Identified, 'principal' | 'subject' | 'address'>,
    resource: Resource,
    facts: JudgedFacts,
    at: number,
  ): Judgment
  /**
   * The rules that decide: grants, and policies as far as their facts are known before there is a call.
   * @param at ms since the epoch
   */
  explain(principal: PrincipalEntry, resource: Resource, at: number): Explanation
  /** Traits that each target has. */
  commonTraits(plan: Plan): readonly string[]
}

export interface ProvisionOptions {
  clock: Clock
  names: ModelNames
  /** Exists across snapshots: a run continues under the next one. */
  placeholders: RunPlaceholders
  /** Prices and limits of a target that no model names. */
  describe(provider: DestinationRule, model: string): TargetRule
}

// Clients can name any model of a provider that they may use; at most this many of them are kept.
const mostTargetsOnDemand = 4096

export function provision(
  snapshot: Snapshot,
  { clock, names, placeholders, describe }: ProvisionOptions,
): Runtime {
  const authorizes = createAuthorizer(snapshot, names)
  const onDemand = new Map<string, TargetRule>()
  const patterns = new WeakMap<readonly string[], (name: string) => boolean>()

  function target(id: string): TargetRule | undefined {
    const known = snapshot.targets[id] ?? onDemand.get(id)
    if (known) return known
    const name = destinationOf(id)
    const destination = Object.hasOwn(snapshot.destinations, name) ? snapshot.destinations[name] : undefined
    if (!destination) return undefined
    if (onDemand.size >= mostTargetsOnDemand) onDemand.clear()
    const made = describe(destination, innerNameOf(id))
    onDemand.set(id, made)
    return made
  }

  const inspects = createInspector({ snapshot, clock, placeholders })
  const lookup: TargetLookup = {
    target,
    destination: (name) => snapshot.destinations[name],
    admits(list, name) {
      let matches = patterns.get(list)
      if (!matches) {
        const each = list.map(compileGlob)
        matches = (candidate) => each.some((admits) => admits(candidate))
        patterns.set(list, matches)
      }
      return matches(name)
    },
  }
  const judging = new Judging(lookup, inspects, authorizes)

  return {
    ...lookup,
    snapshot,
    inspector: inspects,
    principals: createPrincipals(snapshot),
    commonTraits: (plan) => judging.commonTraits(plan),
    judge: (caller, resource, facts, at) => judging.judge(caller, resource, facts, at),
    explain: (principal, resource, at) => judging.explain(principal, resource, at),
    authorize(principal, resource) {
      const authorized = authorizes.authorize(principal, resource)
      if (authorized) return authorized
      const list = resource.kind === 'model' ? 'GET /v1/models lists what is, an' : 'an'
      throw new GatewayError(
        `unknown-${resource.kind}`,
        `The ${resource.kind} "${resource.name.slice(0, 200)}" does not exist or is not available to ${titleOf(principal)}; ${list} administrator sees why with "gatehouse explain".`,
        { param: resource.kind },
      )
    },
    mayUse: (principal, resource) => authorizes.authorize(principal, resource) !== undefined,
  }
}
