// A dialect whose answers are whole: the parts of streams that every dialect has, for one that has none.

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

/** Is there a list under this name that is not empty? */
export function hasElements(document: JsonDocument, name: string): boolean {
  const span = document.members.get(name)
  return span?.kind === 'array' && elements(document, span).length > 0
}
