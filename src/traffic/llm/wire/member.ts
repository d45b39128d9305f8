// Splices of single members of a request: the few that a gateway writes.

import type { JsonDocument } from '../../../kit/json-spans.ts'
import type { Splice } from '../../../kit/splice.ts'

/** Writes a value over another. */
export function overwrite({ start, end }: { start: number; end: number }, replacement: string): Splice {
  return { start, end, replacement }
}

/** @param member as it is written, `"n":1`. The body has members already (`model` at least), so that a comma may follow. */
export function insertMember(document: JsonDocument, member: string): Splice {
  const inside = document.root.start + 1
  return { start: inside, end: inside, replacement: `${member},` }
}
