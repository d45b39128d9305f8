// The name of a snapshot: a hash of its content, the same for the same rules in whatever order a map was
// written.

import { sha256Hex } from '../../kit/id.ts'
import type { Snapshot } from '../../contract/snapshot.ts'

export function versioned(rules: Omit<Snapshot, 'version' | 'compiledAt'>, now: number): Snapshot {
  return { version: sha256Hex(JSON.stringify(inOrder(rules))).slice(0, 16), compiledAt: now, ...rules }
}

/** With the keys of maps in order; lists keep theirs, since order means something there. */
function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(inOrder)
  // without a prototype: users name the keys of some maps
  const ordered: Record<string, unknown> = Object.create(null)
  for (const [name, inner] of Object.entries(value).sort(byName)) ordered[name] = inOrder(inner)
  return ordered
}

const byName = ([left]: [string, unknown], [right]: [string, unknown]): number =>
  left < right ? -1 : left > right ? 1 : 0
