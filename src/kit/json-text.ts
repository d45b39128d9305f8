// Edits of decoded text, carried back to the JSON string that spelled it: `é` is two bytes, `\u00e9` six, and both are one character to a guard.

import type { JsonSource, JsonSpan } from './json-spans.ts'
import type { Splice } from './splice.ts'

/** Characters [start, end) of the decoded text, in UTF-16 units as JavaScript counts. */
export interface TextEdit {
  start: number
  end: number
  replacement: string
}

/**
 * Splices that make a string span read as its text with the edits applied. Everything outside the edits keeps its spelling.
 * An edit that would split a pair of surrogates takes the whole pair.
 * @param edits do not overlap; in any order
 */
export function spliceText(source: JsonSource, span: JsonSpan, edits: readonly TextEdit[]): Splice[] {
  const walk = new Walk(source.bytes, span.start + 1, span.end - 1)
  return edits
    .toSorted((a, b) => a.start - b.start)
    .map(({ start, end, replacement }) => {
      walk.to(start, 'floor')
      const from = walk.offset
      walk.to(end, 'ceiling')
      return { start: from, end: walk.offset, replacement: spellJson(replacement) }
    })
}

/** Text as it stands between the quotes of a JSON string. */
export function spellJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** Follows source offset and decoded index through one string, forwards only. */
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

  to(index: number, rounding: 'floor' | 'ceiling'): void {
    while (this.index < index && this.offset < this.limit) {
      const byte = this.bytes[this.offset]!
      const length = byte < 0x80 ? this.escapeLength(byte) : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
      const units = length === 4 ? 2 : 1
      if (rounding === 'floor' && this.index + units > index) return
      this.offset += length
      this.index += units
    }
  }

  private escapeLength(byte: number): 1 | 2 | 6 {
    if (byte !== 0x5c) return 1
    return this.bytes[this.offset + 1] === 0x75 ? 6 : 2
  }
}
