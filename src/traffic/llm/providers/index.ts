// The room's door: which kinds of providers there are, and the provider that a rule of the snapshot stands
// for.

import { GatewayError } from '../../../contract/errors.ts'
import type { DestinationRule } from '../../../contract/snapshot.ts'
import type { Provider } from '../provider.ts'
import { anthropic } from './anthropic.ts'
import { azure } from './azure.ts'
import { compatible, vendorKinds } from './compatible.ts'
import { demo } from './demo/index.ts'
import { gemini } from './gemini.ts'
import type { CatalogName, Means, Place, ProviderKind } from './kind.ts'
import { openai } from './openai.ts'

export type { Means, ProviderKind } from './kind.ts'

/**
 * In the order in which they are offered. Generated documentation and the configuration's schema are made
 * from it.
 */
export const providerKinds: readonly ProviderKind[] = [
  openai,
  anthropic,
  gemini,
  azure,
  ...vendorKinds,
  compatible,
  demo,
]

/** Where the catalog has a provider's model, for `lookup` in models/. */
export const inCatalog = (
  rule: Place & Pick<DestinationRule, 'kind'>,
  model: string,
): CatalogName | undefined => kinds.get(rule.kind)?.inCatalog(rule, model)

/** Does the provider bill the calls itself and report with each what it cost? */
export const reportsCost = (rule: Place & Pick<DestinationRule, 'kind'>): boolean =>
  kinds.get(rule.kind)?.reportsCost?.(rule) ?? false

/** The one name of a provider's model, whichever of its names a caller or an administrator wrote. */
export const canonicalModel = (rule: Place & Pick<DestinationRule, 'kind'>, model: string): string =>
  kinds.get(rule.kind)?.canonicalModel?.(rule, model) ?? model

/** Other names whose deny closes a provider's model, too. */
export const otherNames = (rule: Place & Pick<DestinationRule, 'kind'>, model: string): readonly string[] =>
  kinds.get(rule.kind)?.otherNames?.(rule, model) ?? []

/**
 * Makes providers of rules; the same rule gives the same provider, as long as the rule lives.
 * @throws GatewayError `no-target` when the rule is not ready, or of a kind that we don't have
 */
export function createProviders(means: Means): (rule: DestinationRule) => Provider {
  const made = new WeakMap<DestinationRule, Provider>()
  return (rule) => {
    const known = made.get(rule)
    if (known) return known
    if (rule.notReady !== undefined)
      throw new GatewayError('no-target', `provider "${rule.name}" is not ready: ${rule.notReady}`)
    const kind = kinds.get(rule.kind)
    if (!kind)
      throw new GatewayError(
        'no-target',
        `provider "${rule.name}" is of the kind "${rule.kind}", which is none of ${[...kinds.keys()].join(', ')}`,
      )
    const provider = kind.create(rule, means)
    made.set(rule, provider)
    return provider
  }
}

const kinds = new Map(providerKinds.map((kind) => [kind.kind, kind]))
