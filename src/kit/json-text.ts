// Maps edits of decoded text to the JSON string that spelled it: `é` is two bytes, `\u00e9` six, and both are
// one character to a guard.

import { stringAt } from './json-spans.ts'
import type { JsonSource, JsonSpan } from './json-spans.ts'
import type { Splice } from './splice.ts'
import { runAtOnce } from './steps.ts'
import type { Steps } from './steps.ts'

/** Characters [start, end) of the decoded text, in UTF-16 units as JavaScript counts. */
export interface TextEdit {
  start: number
  end: number
  replacement: string
}

/** Bytes of a text that are read in one step: up to 2 ms of the densest escapes. */
const bytesPerStep = 262_144

/** Like `stringAt`, for a long text. */
export function* stringInSteps(source: JsonSource, span: JsonSpan): Steps<string> {
  const last = span.end - 1
  if (last - span.start <= bytesPerStep) return stringAt(source, span)
  let text = ''
  let from = span.start + 1
  while (from < last) {
    const to = last - from <= bytesPerStep ? last : wholeUntil(source.bytes, from, from + bytesPerStep)
    text += decoded(source, from, to)
    from = to
    yield
  }
  return text
}

const notPlain = /[\\\x80-\xff]/

function decoded({ bytes, latin1 }: JsonSource, from: number, to: number): string {
  const raw = latin1.slice(from, to)
  if (!notPlain.test(raw)) return raw
  return JSON.parse(`"${Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('utf8')}"`)
}

/**
 * The last place up to `at` that is not inside a character or an escape. A split surrogate pair is valid
 * again when the parts are joined.
 * @param from a place outside of any escape
 */
function wholeUntil(bytes: Uint8Array, from: number, at: number): number {
  let end = at
  while ((bytes[end]! & 0xc0) === 0x80) end--
  let slash = end - 1
  while (slash > end - longestEscape && bytes[slash] !== backslash) slash--
  if (bytes[slash] !== backslash) return end
  let first = slash
  while (first > from && bytes[first - 1] === backslash) first--
  const isEscaped = (slash - first) % 2 === 1
  if (isEscaped) return end
  const length = bytes[slash + 1] === letterU ? longestEscape : 2
  return slash + length > end ? slash : end
}

const backslash = 0x5c
const letterU = 0x75
const longestEscape = 6

/**
 * The splices that apply the edits to a string span. Everything outside the edits keeps its spelling. An edit
 * that would split a surrogate pair replaces the whole pair.
 * @param edits do not overlap; in any order
 */
export const spliceText = (source: JsonSource, span: JsonSpan, edits: readonly TextEdit[]): Splice[] =>
  runAtOnce(spliceTextInSteps(source, span, edits))

/** The same for a long text. */
export function* spliceTextInSteps(
  source: JsonSource,
  span: JsonSpan,
  edits: readonly TextEdit[],
): Steps<Splice[]> {
  const walk = new Walk(source.bytes, span.start + 1, span.end - 1)
  const splices: Splice[] = []
  for (const { start, end, replacement } of edits.toSorted((a, b) => a.start - b.start)) {
    while (!walk.to(start, 'floor')) yield
    const from = walk.offset
    while (!walk.to(end, 'ceiling')) yield
    splices.push({ start: from, end: walk.offset, replacement: spellJson(replacement) })
  }
  return splices
}

/** Text as it is written between the quotes of a JSON string. */
export function spellJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** Tracks source offset and decoded index through one string, forwards only. */
class Walk {
  offset: number
  private index = 0
  private readonly bytes: Uint8Array
  private readonly limit: number

  constructor(bytes: Uint8Array, start: number, limit: number) {
    this.bytes = bytes
    this.offset = start
    this.limit = limit
  }

  /** @returns whether it is there. If not, it has gone one step. */
  to(index: number, rounding: 'floor' | 'ceiling'): boolean {
    const pauseAt = this.offset + bytesPerStep
    while (this.index < index && this.offset < this.limit) {
      if (this.offset >= pauseAt) return false
      const byte = this.bytes[this.offset]!
      const length = byte < 0x80 ? this.escapeLength(byte) : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
      const units = length === 4 ? 2 : 1
      if (rounding === 'floor' && this.index + units > index) return true
      this.offset += length
      this.index += units
    }
    return true
  }

  private escapeLength(byte: number): 1 | 2 | 6 {
    if (byte !== 0x5c) return 1
    return this.bytes[this.offset + 1] === 0x75 ? 6 : 2
  }
}
