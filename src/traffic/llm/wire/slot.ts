// Where a piece of content stands in JSON, so that an edit of its decoded text can be carried back.

import type { Edit, Piece, PieceKind } from '../../../contract/content.ts'
import { stringAt } from '../../../kit/json-spans.ts'
import type { JsonSource, JsonSpan } from '../../../kit/json-spans.ts'
import { spliceText } from '../../../kit/json-text.ts'
import type { Splice } from '../../../kit/splice.ts'

export interface Slot {
  channel: string
  kind: PieceKind
  escaping: Piece['escaping']
  /** On a stream: this text stands alone or repeats what deltas of the channel said. Absent: a delta. */
  form?: 'whole'
  /**
   * String spans whose texts, put together, are the piece. Mostly one; Mistral spells one text as several parts. An object as the only span reads
   * as its own source (`json-text`): tool arguments that are no string.
   */
  spans: JsonSpan[]
}

export function slotText(source: JsonSource, slot: Slot): string {
  const [first, ...others] = slot.spans
  if (first === undefined) return ''
  return others.reduce((text, span) => text + textAt(source, span), textAt(source, first))
}

function textAt(source: JsonSource, span: JsonSpan): string {
  return span.kind === 'string' ? stringAt(source, span) : rawText(source, span)
}

function rawText({ bytes }: JsonSource, { start, end }: JsonSpan): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
}

/** Characters as they are spelled, without the quotes. */
export function outputLengthOf(slots: readonly Slot[]): number {
  return slots.reduce((sum, { spans }) => sum + spans.reduce((inner, { start, end }) => inner + end - start - 2, 0), 0)
}

/** What a guard reads of a request's slot. */
export function pieceOf(source: JsonSource, slot: Slot): Piece {
  return {
    channel: slot.channel,
    kind: slot.kind,
    text: slotText(source, slot),
    form: 'whole',
    escaping: slot.escaping,
  }
}

/** The channel that a field's path names: `messages[3].content[0]` is `messages/3/content/0`. */
export function channelOf(path: string): string {
  return path.replaceAll('[', '/').replaceAll(']', '').replaceAll('.', '/')
}

/**
 * Edits of a slot's text as splices of the source. Text that is itself JSON (`json-text`) gets replacements that are JSON already: the gate knows
 * where inside of it they stand. An edit over several spans puts its replacement into the first of them.
 */
export function spliceSlot(source: JsonSource, slot: Slot, edits: readonly Edit[]): Splice[] {
  const [only] = slot.spans
  if (only !== undefined && only.kind !== 'string') return spliceRaw(source, only, edits)
  if (only !== undefined && slot.spans.length === 1) return spliceText(source, only, edits)
  const splices: Splice[] = []
  let base = 0
  slot.spans.forEach((span, index) => {
    const length = stringAt(source, span).length
    const isLast = index === slot.spans.length - 1
    const here = edits.flatMap(({ start, end, replacement }) => {
      const isBegun = start >= base && (start < base + length || isLast)
      if (!isBegun && (end <= base || start >= base + length)) return []
      const from = Math.max(start - base, 0)
      return [{ start: from, end: Math.max(from, Math.min(end - base, length)), replacement: isBegun ? replacement : '' }]
    })
    splices.push(...spliceText(source, span, here))
    base += length
  })
  return splices
}

/** Characters of JSON source as bytes; the replacements are JSON already. */
function spliceRaw(source: JsonSource, span: JsonSpan, edits: readonly Edit[]): Splice[] {
  const text = rawText(source, span)
  const offset = (index: number) => span.start + Buffer.byteLength(text.slice(0, index))
  return edits.map(({ start, end, replacement }) => ({ start: offset(start), end: offset(end), replacement }))
}
