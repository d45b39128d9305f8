// The readable path of a byte in a document: `messages[0].tool_calls[1].id`. Used in refusals. A name that
// may be content becomes `*`.

import { elements, members } from '../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../kit/json-spans.ts'

export function pathAt(document: JsonDocument, offset: number): string {
  let path = ''
  let span: JsonSpan = document.root
  for (;;) {
    const step = stepInto(document, span, offset)
    if (!step) return path
    path = step.name.startsWith('[') || path === '' ? path + step.name : `${path}.${step.name}`
    span = step.span
  }
}

function stepInto(
  document: JsonDocument,
  span: JsonSpan,
  offset: number,
): { name: string; span: JsonSpan } | undefined {
  const holds = ({ start, end }: JsonSpan) => start <= offset && offset < end
  if (span.kind === 'object') {
    for (const [key, value] of members(document, span))
      if (holds(value)) return { name: nameable.test(key) ? key : '*', span: value }
  }
  if (span.kind === 'array') {
    for (const [index, value] of elements(document, span).entries())
      if (holds(value)) return { name: `[${index}]`, span: value }
  }
  return undefined
}

const nameable = /^[a-z][a-z0-9_]{0,39}$/i
