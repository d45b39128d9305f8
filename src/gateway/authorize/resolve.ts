// What a name stands for, by kind of resource: a configured model, a target that is made on demand
// (`provider/model`, split at the first slash), a tool of a server (`server/tool`), or an agent (`agent`,
// `agent/skill`).

import { type Resource, type ResourceKind, destinationOf, innerNameOf } from '../../contract/resource.ts'
import type { DestinationRule, Plan, Snapshot } from '../../contract/snapshot.ts'

/** Names that clients invent would otherwise grow caches and records. */
const maxNameLength = 256

/**
 * No model is called so. Blanks and invisible characters would be a way around denials, at providers that
 * trim.
 */
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
  plan: Plan
}

/** Finds what a name of one kind of resource stands for; undefined for what does not exist. */
type Resolver = (snapshot: Snapshot, names: ModelNames, name: string) => Resolved | undefined

function resolveModel(snapshot: Snapshot, names: ModelNames, name: string): Resolved | undefined {
  if (Object.hasOwn(snapshot.models, name)) {
    const model = snapshot.models[name]
    return model && { granted: name, plan: { ...model, kind: 'model' } }
  }
  const written = name.includes('/') || !snapshot.acceptsBareVendorNames ? name : names.bareName(name)
  const target = written === undefined ? undefined : canonicalTarget(snapshot, names, written)
  if (target === undefined) return undefined
  return { granted: target, plan: planOf(snapshot, 'model', target) }
}

function planOf({ retry }: Snapshot, kind: ResourceKind, target: string): Plan {
  return { kind, name: target, targets: [{ target, weight: 1 }], ...targetDefaults, retry }
}

/**
 * `server/tool`, `agent/skill`, or the destination itself (a list of its tools, an agent): what is behind the
 * slash is the destination's business.
 */
const resolveAt =
  (kind: ResourceKind): Resolver =>
  (snapshot, _names, name) =>
    destinationFor(snapshot, kind, name) && !name.endsWith('/')
      ? { granted: name, plan: planOf(snapshot, kind, name) }
      : undefined

/** A new kind of resource is one more row. */
const resolvers: Readonly<Record<ResourceKind, Resolver>> = {
  model: resolveModel,
  tool: resolveAt('tool'),
  agent: resolveAt('agent'),
}

/** undefined for what does not exist. */
export function resolve(
  snapshot: Snapshot,
  names: ModelNames,
  { kind, name }: Resource,
): Resolved | undefined {
  if (name.length > maxNameLength || unnameable.test(name)) return undefined
  return resolvers[kind](snapshot, names, name)
}

/**
 * `provider/model` by its one name; undefined if there is no such provider or the name of the model is empty.
 */
function canonicalTarget(snapshot: Snapshot, names: ModelNames, target: string): string | undefined {
  const provider = target.includes('/') ? destinationFor(snapshot, 'model', target) : undefined
  const model = provider && names.canonical(provider, innerNameOf(target))
  return provider && model ? `${provider.name}/${model}` : undefined
}

function destinationFor(
  { destinations }: Snapshot,
  kind: ResourceKind,
  target: string,
): DestinationRule | undefined {
  const name = destinationOf(target)
  const destination = Object.hasOwn(destinations, name) ? destinations[name] : undefined
  return destination?.serves === kind ? destination : undefined
}

/** Every name by which a deny can close a target or a model; its own is the first. */
export function deniableNames(snapshot: Snapshot, names: ModelNames, name: string): readonly string[] {
  const provider = name.includes('/') ? destinationFor(snapshot, 'model', name) : undefined
  if (!provider) return [name]
  return [
    name,
    ...names
      .otherNames(provider, name.slice(provider.name.length + 1))
      .map((other) => `${provider.name}/${other}`),
  ]
}
