// The position of a piece of content in JSON, so that an edit of its decoded text can be applied to the
// source.

import type { Edit, Piece, PieceKind } from '../../contract/content.ts'
import { stringAt } from '../../kit/json-spans.ts'
import type { JsonDocument, JsonSource, JsonSpan } from '../../kit/json-spans.ts'
import type { Steps } from '../../kit/steps.ts'
import { spliceTextInSteps, stringInSteps } from '../../kit/json-text.ts'
import type { Splice } from '../../kit/splice.ts'
import { pathAt } from './fields/path-at.ts'

export interface Slot {
  channel: string
  kind: PieceKind
  escaping: Piece['escaping']
  /** On a stream: this text is complete, or repeats the channel's deltas. Absent means a delta. */
  form?: 'whole'
  /**
   * String spans whose joined texts are the piece. Usually one; Mistral writes one text as several parts. If
   * the only span is an object, its text is its own source (`json-text`): tool arguments that are not a
   * string.
   */
  spans: JsonSpan[]
  /** Each span is a line of its own, because the spans are unrelated. Only such slots may have numbers. */
  isLines?: boolean
  /** The channel ends here, even if other channels of its group continue. */
  isLast?: boolean
  /** Identifiers: guards read them, but cannot change them. */
  isFixed?: boolean
  /**
   * It repeats other slots of its group in another form (tokens with their probabilities). Guards read it,
   * but it does not count as output.
   */
  isEcho?: boolean
}

/**
 * Separates texts of different fields. Its character never separates digits within a number, so two fields
 * never look like one number.
 */
export const fieldBreak = '\n¶\n'

export function slotText(source: JsonSource, { spans, isLines }: Slot): string {
  const [first] = spans
  if (first === undefined) return ''
  if (spans.length === 1) return textAt(source, first)
  return spans.map((span) => textAt(source, span)).join(isLines ? fieldBreak : '')
}

function textAt(source: JsonSource, span: JsonSpan): string {
  return span.kind === 'string' ? stringAt(source, span) : rawText(source, span)
}

function rawText({ bytes }: JsonSource, { start, end }: JsonSpan): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
}

/** Characters as written, without the quotes. Repeats of deltas were already counted with the deltas. */
export function outputLengthOf(slots: readonly Slot[]): number {
  return slots.reduce(
    (sum, { spans, form, isEcho }) =>
      form === 'whole' || isEcho
        ? sum
        : sum + spans.reduce((inner, { start, end }) => inner + end - start - 2, 0),
    0,
  )
}

/** The pieces that guards read of the slots of a long document. */
export function* piecesInSteps(source: JsonDocument, slots: readonly Slot[]): Steps<Piece[]> {
  const pieces: Piece[] = []
  let sincePause = 0
  for (const slot of slots) {
    const separator = slot.isLines ? fieldBreak : ''
    let text = ''
    let parts: string[] = []
    for (const [index, span] of slot.spans.entries()) {
      sincePause += span.end - span.start + perSpan
      if (sincePause > charactersPerStep) {
        text += parts.join(separator) + (index > 0 ? separator : '')
        parts = []
        sincePause = 0
        yield
      }
      parts.push(span.kind === 'string' ? yield* stringInSteps(source, span) : rawText(source, span))
    }
    pieces.push(pieceOf(source, slot, text + parts.join(separator)))
  }
  return pieces
}

const charactersPerStep = 262_144
/** The fixed cost of a span, in characters. */
const perSpan = 64

/** What a guard reads of a complete slot. */
export function pieceOf(source: JsonDocument, slot: Slot, text = slotText(source, slot)): Piece {
  const { channel, kind, escaping, isFixed } = slot
  const piece: Piece = { channel, kind, text, form: 'whole', escaping }
  if (isFixed) piece.fieldAt = (at) => fieldAt(source, slot, at)
  return piece
}

/** The path of the field in which a character of a slot of lines is. */
function fieldAt(source: JsonDocument, { spans }: Slot, at: number): string {
  let end = 0
  for (const span of spans) {
    end += textAt(source, span).length
    if (at < end) return pathAt(source, span.start)
    end += fieldBreak.length
  }
  return pathAt(source, spans.at(-1)?.start ?? 0)
}

/** The channel that a field's path names: `messages[3].content[0]` is `messages/3/content/0`. */
export function channelOf(path: string): string {
  return path.replaceAll('[', '/').replaceAll(']', '').replaceAll('.', '/')
}

/**
 * Edits of a slot's text as splices of the source. If the text is itself JSON (`json-text`), the replacements
 * are already JSON: the gate knows their position in it. An edit over several spans puts its replacement into
 * the first of them.
 */
export function* spliceSlot(
  source: JsonSource,
  { spans, isLines }: Slot,
  edits: readonly Edit[],
): Steps<Splice[]> {
  const [only] = spans
  if (only !== undefined && spans.length === 1) return yield* spliceOne(source, only, edits, isLines)
  const splices: Splice[] = []
  const sorted = edits.toSorted((a, b) => a.start - b.start)
  let first = 0
  let base = 0
  let sincePause = 0
  for (const [index, span] of spans.entries()) {
    sincePause += span.end - span.start + perSpan
    if (sincePause > charactersPerStep) {
      sincePause = 0
      yield
    }
    const length = textAt(source, span).length
    const isLast = index === spans.length - 1
    const end = base + length
    // Both lists are sorted, so edits that ended before this span are not visited again.
    while (first < sorted.length && isBehind(sorted[first], base)) first++
    const here: Edit[] = []
    for (let at = first; at < sorted.length; at++) {
      const edit = sorted[at]
      if (!edit || (edit.start >= end && !isLast)) break
      const isBegun = edit.start >= base
      const from = Math.max(edit.start - base, 0)
      here.push({
        ...edit,
        start: from,
        end: Math.max(from, Math.min(edit.end - base, length)),
        replacement: isBegun ? edit.replacement : '',
      })
    }
    if (here.length > 0) splices.push(...(yield* spliceOne(source, span, here, isLines)))
    base = end + (isLines ? fieldBreak.length : 0)
  }
  return splices
}

const isBehind = (edit: Edit | undefined, base: number) =>
  edit !== undefined && edit.end <= base && edit.start < base

function* spliceOne(
  source: JsonSource,
  span: JsonSpan,
  edits: readonly Edit[],
  isLine: boolean | undefined,
): Steps<Splice[]> {
  if (span.kind === 'string') return yield* spliceTextInSteps(source, span, edits)
  return isLine ? spliceNumber(source, span, edits) : spliceRaw(source, span, edits)
}

/** A number that is edited becomes a text. */
function spliceNumber(source: JsonSource, span: JsonSpan, edits: readonly Edit[]): Splice[] {
  if (edits.length === 0) return []
  let at = 0
  let text = ''
  for (const { start, end, replacement } of edits.toSorted((a, b) => a.start - b.start)) {
    text += source.latin1.slice(span.start + at, span.start + start) + replacement
    at = end
  }
  return [
    {
      start: span.start,
      end: span.end,
      replacement: JSON.stringify(text + source.latin1.slice(span.start + at, span.end)),
    },
  ]
}

/** Splices of JSON source, from characters to bytes. The replacements are already JSON. */
function spliceRaw(source: JsonSource, span: JsonSpan, edits: readonly Edit[]): Splice[] {
  const text = rawText(source, span)
  const offset = (index: number) => span.start + Buffer.byteLength(text.slice(0, index))
  return edits.map(({ start, end, replacement }) => ({ start: offset(start), end: offset(end), replacement }))
}

/** Edits by channel, so that a thousand messages with one edit each take a thousand steps, not a million. */
export function byChannel(edits: readonly Edit[]): Map<string, Edit[]> {
  const groups = new Map<string, Edit[]>()
  for (const edit of edits) {
    const group = groups.get(edit.channel)
    if (group) group.push(edit)
    else groups.set(edit.channel, [edit])
  }
  return groups
}
