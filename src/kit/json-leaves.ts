// Every string and number of a scanned document, one after the other, whatever stands around them: for readers who must not overlook a field
// because nobody told them of it.

import { type JsonSource, type JsonSpan, stringEnd } from './json-spans.ts'

export interface JsonLeaf extends JsonSpan {
  readonly kind: 'string' | 'number'
  /** Is it the name of a member? */
  readonly isKey: boolean
  /** The name of the member that it is the value of, as written; inside of an array, the array's. Empty for keys and at the top. */
  readonly of: string
}

/**
 * The leaves between two offsets of a scanned source, in order. Linear; strings are stepped over, not decoded.
 * @param from where a value or a member begins, never inside a string
 * @param name of the member whose value begins there, if it is one
 */
export function jsonLeaves(source: JsonSource, from: number, to: number, visit: (leaf: JsonLeaf) => void, name = ''): void {
  const { bytes, latin1 } = source
  let of = name
  for (let i = from; i < to; ) {
    const byte = bytes[i]!
    if (byte === 0x22) {
      const end = stringEnd(source, i)
      let next = end
      while (next < to && bytes[next]! <= 0x20) next++
      const isKey = next < to && bytes[next] === 0x3a
      visit({ kind: 'string', start: i, end, isKey, of: isKey ? '' : of })
      if (isKey) of = latin1.slice(i + 1, end - 1)
      i = end
    } else if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) {
      const start = i
      while (i < to && isNumeric(bytes[i]!)) i++
      visit({ kind: 'number', start, end: i, isKey: false, of })
    } else i++
  }
}

/** Digits, `+ - . e E`. */
const isNumeric = (byte: number) =>
  (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x2b || byte === 0x2e || byte === 0x65 || byte === 0x45
