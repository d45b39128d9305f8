// The values that guards read in addition to the texts that a dialect knows by name: every other text, key
// and long number of a document, unless the dialect's table lists it as machine-made (fields/). An unknown
// field can hold an e-mail address just like `content`. All such texts are one piece, with one leaf per line.
// Identifiers are another piece, which cannot be edited.

import type { JsonDocument, JsonSpan } from '../../kit/json-spans.ts'
import type { Steps } from '../../kit/steps.ts'
import type { FieldReading } from './fields/walk.ts'
import type { Slot } from './slot.ts'

export const unreadChannel = 'fields'
export const fixedChannel = 'identifiers'

/**
 * Texts on two channels (the definitions of tools and schemas, which the model obeys, and all other fields),
 * and the identifiers.
 */
export function* unreadOfRequest(
  document: JsonDocument,
  { texts, fixed }: FieldReading,
  known: readonly Slot[],
  definingMembers: readonly string[],
): Steps<Slot[]> {
  const read: JsonSpan[] = []
  for (const [index, { spans }] of known.entries()) {
    if (index % leavesPerStep === leavesPerStep - 1) yield
    for (const span of spans) read.push(span)
  }
  const defining = definingMembers.flatMap((name) => document.members.get(name) ?? [])
  const definitions: JsonSpan[] = []
  const others: JsonSpan[] = []
  const isUnread = isOutside(read)
  for (const [index, leaf] of texts.entries()) {
    if (index % leavesPerStep === leavesPerStep - 1) yield
    if (!isUnread(leaf)) continue
    const isDefinition = defining.some(({ start, end }) => leaf.start >= start && leaf.end <= end)
    ;(isDefinition ? definitions : others).push(leaf)
  }
  return [
    ...slotOf({ channel: 'definitions', kind: 'tool-definition' }, definitions),
    ...slotOf({ channel: unreadChannel, kind: 'text' }, others),
    ...slotOf({ channel: fixedChannel, kind: 'text', isFixed: true }, outside(fixed, read)),
  ]
}

/**
 * The rest of a response beyond the known fields: annotations, names of tools, errors, and vendors'
 * additions. Each value is read whole. If a vendor spreads a text over several events in an unknown field,
 * guards see it piece by piece only.
 */
export function unreadOfResponse(
  { texts, fixed }: FieldReading,
  groups: readonly { slots: readonly Slot[] }[],
): Slot[] {
  if (texts.length === 0 && fixed.length === 0) return none
  const read: JsonSpan[] = []
  for (const { slots } of groups) for (const { spans } of slots) for (const span of spans) read.push(span)
  // an event of a stream is usually one text
  if (fixed.length === 0 && texts.length === 1 && read.length === 1 && texts[0]?.start === read[0]?.start)
    return none
  return [
    ...slotOf({ channel: unreadChannel, kind: 'text' }, outside(texts, read)),
    ...slotOf({ channel: fixedChannel, kind: 'text', isFixed: true }, outside(fixed, read)),
  ]
}

const none: Slot[] = []

function slotOf(about: Pick<Slot, 'channel' | 'kind' | 'isFixed'>, spans: JsonSpan[]): Slot[] {
  return spans.length === 0 ? none : [{ ...about, escaping: 'none', form: 'whole', spans, isLines: true }]
}

/** About 0.5 ms of work. */
const leavesPerStep = 8192

const outside = (leaves: readonly JsonSpan[], read: JsonSpan[]): JsonSpan[] =>
  leaves.length === 0 ? [] : leaves.filter(isOutside(read))

/** Is a leaf outside of all spans that were read by name? Leaves must come in the order of the source. */
function isOutside(read: JsonSpan[]): (leaf: JsonSpan) => boolean {
  const spans = read.sort((a, b) => a.start - b.start)
  let next = 0
  let readUntil = 0
  return (leaf) => {
    for (let span = spans[next]; span !== undefined && span.start <= leaf.start; span = spans[++next])
      readUntil = Math.max(readUntil, span.end)
    return leaf.start >= readUntil
  }
}
