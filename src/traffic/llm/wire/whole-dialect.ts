// For dialects that only have whole responses: the stream members of `ResponseDialect`, for a dialect without
// streams.

import { elements } from '../../../kit/json-spans.ts'
import type { JsonDocument } from '../../../kit/json-spans.ts'
import type { ResponseDialect } from '../../wire/facts.ts'

export function wholeDialect(
  parts: Pick<ResponseDialect, 'title' | 'read' | 'missing' | 'writeError' | 'forms'>,
): ResponseDialect {
  return {
    ...parts,
    isEnd: () => false,
    completes: () => false,
    isSdkError: () => false,
    writeBrokenStream: (error) => parts.writeError(error).body,
    meter: { usual: '', telling: [], output: [] },
  }
}

/** Does a member with this name hold a list that is not empty? */
export function hasElements(document: JsonDocument, name: string): boolean {
  const span = document.members.get(name)
  return span?.kind === 'array' && elements(document, span).length > 0
}
