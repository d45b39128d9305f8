// Texts inside of blocks whose shape is not read otherwise: calls and results of Anthropic's own tools, citations, and what is yet to come.

import { elements, members } from '../../../../kit/json-spans.ts'
import type { JsonSource, JsonSpan } from '../../../../kit/json-spans.ts'
import type { Slot } from '../../wire/slot.ts'

/** Members that hold what a person or model would read. Ids, types and encrypted content are none, and must stay as they are. */
const readable = new Set(['text', 'title', 'cited_text', 'stdout', 'stderr', 'content', 'data', 'url', 'source', 'query', 'lines', 'thinking'])

/** Most levels that are looked into; blocks have four or five. */
const deepest = 12

/** @throws JsonFault for a key that stands twice */
export function nestedTexts(source: JsonSource, span: JsonSpan, channel: string, form?: 'whole'): Slot[] {
  const slots: Slot[] = []
  collect(source, span, channel, form, slots, 0)
  return slots
}

function collect(source: JsonSource, span: JsonSpan, channel: string, form: 'whole' | undefined, slots: Slot[], depth: number): void {
  if (depth > deepest) return
  if (span.kind === 'array') {
    elements(source, span).forEach((each, index) => collect(source, each, `${channel}/${index}`, form, slots, depth + 1))
    return
  }
  if (span.kind !== 'object') return
  for (const [name, value] of members(source, span)) {
    const at = `${channel}/${name}`
    if (value.kind === 'string' && readable.has(name))
      slots.push({ channel: at, kind: 'tool-result', escaping: 'none', ...(form && { form }), spans: [value] })
    // arguments of a server's tool may have any names
    else if (name === 'input' && value.kind === 'object')
      slots.push({ channel: at, kind: 'tool-arguments', escaping: 'json-text', ...(form && { form }), spans: [value] })
    else collect(source, value, at, form, slots, depth + 1)
  }
}
