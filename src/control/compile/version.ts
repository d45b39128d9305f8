// The name of a snapshot: a hash of its content, the same for the same rules in whatever order a map was written.

import { sha256Hex } from '../../kit/id.ts'
import type { Snapshot } from '../../contract/snapshot.ts'

export function versioned(rules: Omit<Snapshot, 'version' | 'compiledAt'>, now: number): Snapshot {
  return { version: sha256Hex(canonical(rules)).slice(0, 16), compiledAt: now, ...rules }
}

/** JSON with the keys of maps in order; lists keep theirs, since order means something there. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)))
      : inner,
  )
}
