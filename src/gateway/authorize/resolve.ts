// What a name stands for: a configured model, or a target that is made on demand (`provider/model`, split at the first slash).

import type { ModelRule, DestinationRule, Snapshot } from '../../contract/snapshot.ts'

/** Names that clients invent would otherwise grow caches and records. */
const maxNameLength = 256

/** No model is called so. Blanks and invisible characters would be a way around denials, at providers that trim. */
const unnameable = /[\p{Cc}\p{Cs}\p{Z}\p{Default_Ignorable_Code_Point}\u2800\p{Cf}]/u

/** How a target is tried that no model wraps. */
const targetDefaults = { strategy: 'first', fallbackOn: [] } as const

/** What the traffic module knows about names of models. */
export interface ModelNames {
  /**
   * With no configuration file a bare vendor name goes to the ready provider that the catalog names.
   * @returns `provider/model`
   */
  bareName(name: string): string | undefined
  /** The one name of a provider's model: `gemini-2.5-pro` for `models/gemini-2.5-pro`. */
  canonical(provider: DestinationRule, model: string): string
  /** Other names whose deny closes the model, too: `gpt-5` for `gpt-5:nitro`, which runs it. */
  otherNames(provider: DestinationRule, model: string): readonly string[]
}

export interface Resolved {
  /** The name that grants use. */
  granted: string
  model: ModelRule
}

/** undefined for what does not exist. */
export function resolve(snapshot: Snapshot, names: ModelNames, name: string): Resolved | undefined {
  if (name.length > maxNameLength || unnameable.test(name)) return undefined
  if (Object.hasOwn(snapshot.models, name)) {
    const model = snapshot.models[name]
    return model && { granted: name, model }
  }
  const written = name.includes('/') || !snapshot.acceptsBareVendorNames ? name : names.bareName(name)
  const target = written === undefined ? undefined : canonicalTarget(snapshot, names, written)
  if (target === undefined) return undefined
  return { granted: target, model: { name: target, targets: [{ target, weight: 1 }], ...targetDefaults, retry: snapshot.retry } }
}

/** `provider/model` by its one name; undefined if there is no such provider or the name of the model is empty. */
function canonicalTarget(snapshot: Snapshot, names: ModelNames, target: string): string | undefined {
  const provider = providerOf(snapshot, target)
  const model = provider && names.canonical(provider, target.slice(target.indexOf('/') + 1))
  return provider && model ? `${provider.name}/${model}` : undefined
}

function providerOf({ destinations }: Snapshot, target: string): DestinationRule | undefined {
  const name = target.slice(0, Math.max(0, target.indexOf('/')))
  return Object.hasOwn(destinations, name) ? destinations[name] : undefined
}

/** Every name by which a deny can close a target or a model; its own is the first. */
export function deniableNames(snapshot: Snapshot, names: ModelNames, name: string): readonly string[] {
  const provider = providerOf(snapshot, name)
  if (!provider) return [name]
  return [name, ...names.otherNames(provider, name.slice(provider.name.length + 1)).map((other) => `${provider.name}/${other}`)]
}
