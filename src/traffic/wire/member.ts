// Splices of single members of a request: the few that a gateway writes.

import type { JsonDocument } from '../../kit/json-spans.ts'
import type { Splice } from '../../kit/splice.ts'

/** Writes a value over another. */
export function overwrite({ start, end }: { start: number; end: number }, replacement: string): Splice {
  return { start, end, replacement }
}

/**
 * @param member as it is written, `"n":1`. The body has members already (`model` at least), so that a comma
 * may follow.
 */
export function insertMember(document: JsonDocument, member: string): Splice {
  const inside = document.root.start + 1
  return { start: inside, end: inside, replacement: `${member},` }
}

/** Another key before a value; undefined when the key is spelled with escapes. */
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
