// Splices of the few request members that the gateway itself writes.

import type { JsonDocument } from '../../kit/json-spans.ts'
import type { Splice } from '../../kit/splice.ts'

/** Replaces a value. */
export function overwrite({ start, end }: { start: number; end: number }, replacement: string): Splice {
  return { start, end, replacement }
}

/**
 * @param member its JSON source: `"n":1`. The body already has members (at least `model`), so a comma can
 * follow.
 */
export function insertMember(document: JsonDocument, member: string): Splice {
  const inside = document.root.start + 1
  return { start: inside, end: inside, replacement: `${member},` }
}

/** Replaces the key before a value. Undefined if the key is written with escapes. */
export function renameMember(
  { latin1 }: JsonDocument,
  value: { start: number },
  key: string,
  to: string,
): Splice | undefined {
  const quoted = `"${key}"`
  const start = latin1.lastIndexOf(quoted, value.start)
  const end = start + quoted.length
  if (start < 0 || !/^\s*:\s*$/.test(latin1.slice(end, value.start))) return undefined
  return { start, end, replacement: `"${to}"` }
}
