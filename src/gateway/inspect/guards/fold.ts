// Converts a text to the form that a reader sees: compatibility forms (full-width digits, ligatures) become
// plain, invisible characters are removed, digits of every script become ASCII. Each position maps back to
// the original. Guards compare the folded text, and report positions of the original.
//
// Folding needs one pass with a table lookup per character (fold-table.ts), for any text. Ordinary text needs
// one native scan and is returned unchanged. All guards share one reading of a text (`foldOnce`).
//
// Known limit: a mark is composed with the letter before it (é), pair by pair; decomposed Hangul syllables
// stay decomposed.

import { isDigit } from './characters.ts'
import { type FoldPage, compose, foldPage, kinds } from './fold-table.ts'

export interface Folded {
  text: string
  /** Absent if nothing changed: positions are the same. */
  map?: { starts: Uint32Array; ends: Uint32Array }
}

/** The folded form of one text, computed when the first guard needs it. */
export type FoldOnce = () => Folded

export function foldOnce(text: string): FoldOnce {
  let folded: Folded | undefined
  return () => (folded ??= fold(text))
}

/** Unicode UAX #15 NFKC without default-ignorable code points (UAX #44), decimal digits as ASCII. */
export function fold(text: string): Folded {
  return unusual.test(text) ? new Folding(text).run() : { text }
}

/**
 * The start of the folded character in the original; the end of the folded text maps to the end of the
 * original.
 */
export function originalStart(folded: Folded, index: number, length: number): number {
  return folded.map ? (folded.map.starts[index] ?? length) : index
}

/** The end (exclusive) in the original of a span that ends before the folded character `index`. */
export function originalEnd(folded: Folded, index: number): number {
  return folded.map ? (folded.map.ends[index - 1] ?? 0) : index
}

/** The first folded character that begins at or after a position of the original. */
export function foldedIndex(folded: Folded, position: number): number {
  if (!folded.map) return position
  const starts = folded.map.starts
  let low = 0
  let high = starts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((starts[middle] ?? 0) < position) low = middle + 1
    else high = middle
  }
  return low
}

// The characters of prose that folding never changes (fold.test.ts): ASCII and Latin letters with their usual
// punctuation, Greek, Cyrillic, Hebrew and Arabic letters, arrows, symbols, kana, Hangul, the common Han
// block.
const unusual =
  /[^\t\n\r -~¡-§©«¬®°±¶·»¿-ıĴ-ľŁ-ňŊ-žƀ-ǃ\u0388-\u03cf\u03fa-\u0481\u048a-\u0556\u05d0-\u05ea\u060c\u061b\u061f-\u064a\u1e02-\u1e99\u2012-\u2016\u2018-\u2023\u2030-\u2032\u2038-\u203b\u20ac\u2190-\u222b\u2231-\u2328\u232b-\u245f\u2500-\u27ff\u3001-\u3029\u3041-\u3096\u30a0-\u30fe\u4e00-\u9fff\uac00-\ud7a3]/

class Folding {
  readonly #text: string
  #units: Uint16Array
  #starts: Uint32Array
  #ends: Uint32Array
  #length = 0
  #hasChanged = false
  /** The folded character that a mark can still compose with; -1 if there is none. */
  #base = -1

  constructor(text: string) {
    this.#text = text
    this.#units = new Uint16Array(text.length + 16)
    this.#starts = new Uint32Array(text.length + 16)
    this.#ends = new Uint32Array(text.length + 16)
  }

  run(): Folded {
    const text = this.#text
    const length = text.length
    let page: FoldPage | undefined
    let pageNumber = -1
    for (let at = 0; at < length; ) {
      const unit = text.charCodeAt(at)
      if (unit < 0x80) {
        this.#base = this.#length
        this.#putUnit(unit, at, at + 1)
        at += 1
        continue
      }
      let code = unit
      let end = at + 1
      if (unit >= 0xd800 && unit < 0xdc00 && end < length) {
        const low = text.charCodeAt(end)
        if (low >= 0xdc00 && low < 0xe000) {
          code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
          end += 1
        }
      }
      if (code >> 8 !== pageNumber || !page) {
        pageNumber = code >> 8
        page = foldPage(pageNumber)
      }
      this.#take(page, code, at, end)
      at = end
    }
    if (!this.#hasChanged) return { text }
    const used = this.#length
    return {
      text: Buffer.from(this.#units.buffer, 0, used * 2).toString('utf16le'),
      map: { starts: this.#starts.subarray(0, used), ends: this.#ends.subarray(0, used) },
    }
  }

  #take(page: FoldPage, code: number, start: number, end: number): void {
    const kind = page.kinds[code & 0xff]
    const value = page.values[code & 0xff] ?? code
    if (kind === kinds.mark) return this.#takeMark(code, start, end)
    if (kind === kinds.removed) {
      this.#hasChanged = true
      return
    }
    if (kind === kinds.single) {
      if (value !== code) this.#hasChanged = true
      this.#base = this.#length
      this.#put(value, start, end)
      return
    }
    this.#hasChanged = true
    const several = page.several.get(code) ?? ''
    for (let i = 0; i < several.length; i += 1) this.#putUnit(several.charCodeAt(i), start, end)
    this.#base = -1
  }

  /**
   * Marks on a digit are removed; on a letter they compose; invisible ones are removed. A removed mark
   * belongs to the character before it.
   */
  #takeMark(code: number, start: number, end: number): void {
    const previous = this.#length - 1
    if (isInvisibleMark(code) || (previous >= 0 && isDigit(this.#units[previous] ?? 0))) {
      this.#hasChanged = true
      if (previous >= 0) this.#ends[previous] = end
      return
    }
    const base = this.#base
    const joined = base >= 0 && code < 0x10000 ? compose(this.#units[base] ?? 0, code) : undefined
    if (joined === undefined) return this.#put(code, start, end)
    this.#hasChanged = true
    this.#units[base] = joined
    this.#ends[base] = end
  }

  // unchanged characters keep their own positions, so that these do not depend on the rest of the text
  #put(code: number, start: number, end: number): void {
    if (code < 0x10000) return this.#putUnit(code, start, end)
    const isSame = end - start === 2
    this.#putUnit(0xd800 + ((code - 0x10000) >> 10), start, isSame ? start + 1 : end)
    this.#putUnit(0xdc00 + ((code - 0x10000) & 0x3ff), isSame ? start + 1 : start, end)
  }

  #putUnit(unit: number, start: number, end: number): void {
    if (this.#length === this.#units.length) this.#grow()
    this.#units[this.#length] = unit
    this.#starts[this.#length] = start
    this.#ends[this.#length] = end
    this.#length += 1
  }

  #grow(): void {
    const size = this.#units.length * 2
    const [units, starts, ends] = [new Uint16Array(size), new Uint32Array(size), new Uint32Array(size)]
    units.set(this.#units)
    starts.set(this.#starts)
    ends.set(this.#ends)
    this.#units = units
    this.#starts = starts
    this.#ends = ends
  }
}

/** Variation selectors and the grapheme joiner are invisible marks. */
const isInvisibleMark = (code: number): boolean =>
  (code >= 0xfe00 && code <= 0xfe0f) ||
  code === 0x34f ||
  code === 0x17b4 ||
  code === 0x17b5 ||
  (code >= 0x180b && code <= 0x180f) ||
  (code >= 0xe0100 && code <= 0xe01ef)
