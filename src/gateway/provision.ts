// A snapshot made ready to run: matchers compiled, guards made, targets at hand. A call reads one runtime and keeps it to its end.

import { GatewayError } from '../contract/errors.ts'
import type { Resource } from '../contract/resource.ts'
import type { DestinationRule, Snapshot, TargetRule } from '../contract/snapshot.ts'
import type { Clock } from '../kit/clock.ts'
import { glob } from '../kit/glob.ts'
import { type Authorizer, type ModelNames, authorizer } from './authorize/index.ts'
import type { Authorized } from './exchange.ts'
import { type PrincipalEntry, type Principals, createPrincipals, titleOf } from './identify/index.ts'
import { type Inspector, inspector } from './inspect/index.ts'
import type { Lookup } from './route/index.ts'

export interface Runtime extends Lookup {
  readonly snapshot: Snapshot
  readonly inspector: Inspector
  readonly authorizer: Authorizer
  readonly principals: Principals
  /** @throws GatewayError `unknown-model` */
  authorize(principal: PrincipalEntry, resource: Resource): Authorized
  mayUse(principal: PrincipalEntry, resource: Resource): boolean
}

export interface ProvisionOptions {
  clock: Clock
  names: ModelNames
  /** Prices and limits of a target that no model names. */
  describe(provider: DestinationRule, model: string): TargetRule
}

// Clients can name any model of a provider that they may use; what they name is kept only up to here.
const mostTargetsOnDemand = 4096

export function provision(snapshot: Snapshot, { clock, names, describe }: ProvisionOptions): Runtime {
  const authorizes = authorizer(snapshot, names)
  const onDemand = new Map<string, TargetRule>()
  const patterns = new WeakMap<readonly string[], (name: string) => boolean>()

  function target(id: string): TargetRule | undefined {
    const known = snapshot.targets[id] ?? onDemand.get(id)
    if (known) return known
    const slash = id.indexOf('/')
    const provider = Object.hasOwn(snapshot.destinations, id.slice(0, slash)) ? snapshot.destinations[id.slice(0, slash)] : undefined
    if (!provider) return undefined
    if (onDemand.size >= mostTargetsOnDemand) onDemand.clear()
    const made = describe(provider, id.slice(slash + 1))
    onDemand.set(id, made)
    return made
  }

  return {
    snapshot,
    inspector: inspector({ snapshot, clock }),
    authorizer: authorizes,
    principals: createPrincipals(snapshot),
    target,
    provider: (name) => snapshot.destinations[name],
    admits(list, name) {
      let matches = patterns.get(list)
      if (!matches) {
        const each = list.map(glob)
        matches = (candidate) => each.some((admits) => admits(candidate))
        patterns.set(list, matches)
      }
      return matches(name)
    },
    authorize(principal, resource) {
      const authorized = authorizes.authorize(principal, resource)
      if (authorized) return authorized
      throw new GatewayError(
        'unknown-model',
        `The ${resource.kind} "${resource.name.slice(0, 200)}" is unknown or not open to ${titleOf(principal)}; GET /v1/models lists what is, an administrator sees why with "gatehouse explain".`,
        { param: 'model' },
      )
    },
    mayUse: (principal, resource) => authorizes.authorize(principal, resource) !== undefined,
  }
}
