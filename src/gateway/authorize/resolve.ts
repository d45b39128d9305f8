// Resolves a name, by kind of resource: a configured model, a target that is made on demand
// (`provider/model`, split at the first slash), a tool of a server (`server/tool`), or an agent (`agent`,
// `agent/skill`).

import { type Resource, type ResourceKind, destinationOf, innerNameOf } from '../../contract/resource.ts'
import type { DestinationRule, Plan, Snapshot } from '../../contract/snapshot.ts'

/** Otherwise invented names would grow caches and records. */
const maxNameLength = 256

/**
 * No model has such a name. Blanks and invisible characters could bypass denials at providers that trim
 * names.
 */
const unnameable = /[\p{Cc}\p{Cs}\p{Z}\p{Default_Ignorable_Code_Point}\u2800\p{Cf}]/u

/** The retry settings of a target without a configured model. */
const targetDefaults = { strategy: 'first', fallbackOn: [] } as const

/** The traffic module's knowledge of model names. */
export interface ModelNames {
  /**
   * With no configuration file a bare vendor name goes to the ready provider that the catalog names.
   * @returns `provider/model`
   */
  bareName(name: string): string | undefined
  /** The canonical name of a provider's model: `gemini-2.5-pro` for `models/gemini-2.5-pro`. */
  canonical(provider: DestinationRule, model: string): string
  /** Other names whose deny also excludes the model: `gpt-5` for `gpt-5:nitro`, which runs it. */
  otherNames(provider: DestinationRule, model: string): readonly string[]
}

export interface Resolved {
  /** The name that grants use. */
  granted: string
  plan: Plan
}

/** Resolves a name of one kind of resource; undefined if it does not exist. */
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
 * `server/tool`, `agent/skill`, or the destination itself (a list of its tools, an agent). The destination
 * interprets the part after the slash.
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

/** undefined if it does not exist. */
export function resolve(
  snapshot: Snapshot,
  names: ModelNames,
  { kind, name }: Resource,
): Resolved | undefined {
  if (name.length > maxNameLength || unnameable.test(name)) return undefined
  return resolvers[kind](snapshot, names, name)
}

/**
 * `provider/model` with its canonical name; undefined if the provider does not exist or the model's name is
 * empty.
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

/** Every name by which a deny can exclude a target or a model; its own name is the first. */
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
