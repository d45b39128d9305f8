// What a name stands for: a configured model, or a target that is made on demand (`provider/model`, split at the first slash).

import type { ModelRule, Snapshot } from '../../contract/snapshot.ts'

/** Names that clients invent would otherwise grow caches and records. */
const maxNameLength = 256

/** No model is called so. Blanks and invisible characters would be a way around denials, at providers that trim. */
const unnameable = /[\p{Cc}\p{Cf}\p{Z}\p{Cs}]/u

/** How a target is tried that no model wraps: itself, and once more after a passing fault. */
const targetDefaults = { strategy: 'first', fallbackOn: [], retry: { attempts: 2, withinMs: 20_000 } } as const

/**
 * With no configuration file a bare vendor name goes to the ready provider that the catalog names.
 * @returns `provider/model`
 */
export type BareName = (name: string) => string | undefined

/** The model and the name under which grants speak of it; undefined for what does not exist. */
export function resolve(snapshot: Snapshot, bareName: BareName, name: string): { granted: string; model: ModelRule } | undefined {
  if (name.length > maxNameLength || unnameable.test(name)) return undefined
  if (Object.hasOwn(snapshot.models, name)) {
    const model = snapshot.models[name]
    return model && { granted: name, model }
  }
  const target = name.includes('/') || !snapshot.acceptsBareVendorNames ? name : bareName(name)
  const slash = target?.indexOf('/') ?? -1
  if (target === undefined || slash <= 0 || slash === target.length - 1) return undefined
  if (!Object.hasOwn(snapshot.providers, target.slice(0, slash))) return undefined
  return { granted: target, model: { name: target, targets: [{ target, weight: 1 }], ...targetDefaults } }
}
