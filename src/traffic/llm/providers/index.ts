// The entry of this folder: the kinds of providers, and the providers of the snapshot's rules.

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
 * In the order in which they are offered. The generated documentation and the configuration's schema derive
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

/** The catalog entry of a provider's model, for `lookup` in models/. */
export const inCatalog = (
  rule: Place & Pick<DestinationRule, 'kind'>,
  model: string,
): CatalogName | undefined => kinds.get(rule.kind)?.inCatalog(rule, model)

/** Does the provider bill the calls itself and report the cost of each? */
export const reportsCost = (rule: Place & Pick<DestinationRule, 'kind'>): boolean =>
  kinds.get(rule.kind)?.reportsCost?.(rule) ?? false

/** The canonical name of a provider's model, for any of its names that a caller or an administrator wrote. */
export const canonicalModel = (rule: Place & Pick<DestinationRule, 'kind'>, model: string): string =>
  kinds.get(rule.kind)?.canonicalModel?.(rule, model) ?? model

/** Other names of a provider's model. A deny for one of them also blocks the model. */
export const otherNames = (rule: Place & Pick<DestinationRule, 'kind'>, model: string): readonly string[] =>
  kinds.get(rule.kind)?.otherNames?.(rule, model) ?? []

/**
 * Creates providers from rules. The same rule gives the same provider, as long as the rule exists.
 * @throws GatewayError `no-target` when the rule is not ready, or has an unknown kind
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
