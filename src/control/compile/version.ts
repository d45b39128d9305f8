// The version of a snapshot: a hash of its content, which does not depend on the order of the keys in a map.

import { sha256Hex } from '../../kit/id.ts'
import type { Snapshot } from '../../contract/snapshot.ts'

export function addVersion(rules: Omit<Snapshot, 'version' | 'compiledAt'>, now: number): Snapshot {
  return { version: sha256Hex(JSON.stringify(sortKeys(rules))).slice(0, 16), compiledAt: now, ...rules }
}

/** Sorts the keys of maps. Lists keep their order, because it has a meaning. */
function sortKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sortKeys)
  // No prototype, because users choose the keys of some maps.
  const ordered: Record<string, unknown> = Object.create(null)
  for (const [name, inner] of Object.entries(value).sort(byName)) ordered[name] = sortKeys(inner)
  return ordered
}

const byName = ([left]: [string, unknown], [right]: [string, unknown]): number =>
  left < right ? -1 : left > right ? 1 : 0
