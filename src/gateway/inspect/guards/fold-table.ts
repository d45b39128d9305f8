// The folded form of each character, as tables of 256 code points. A table is created when a text first needs
// it.

export const kinds = { single: 1, several: 2, removed: 3, mark: 4 } as const

export interface FoldPage {
  /** Of `kinds`. */
  kinds: Uint8Array
  /** For `single`: the code point of its folded form, usually itself. */
  values: Uint32Array
  several: Map<number, string>
}

const pages: (FoldPage | undefined)[] = []

/** @param number the code point without its last eight bits */
export function foldPage(number: number): FoldPage {
  return (pages[number] ??= makePage(number << 8))
}

function makePage(first: number): FoldPage {
  const page: FoldPage = { kinds: new Uint8Array(256), values: new Uint32Array(256), several: new Map() }
  for (let i = 0; i < 256; i += 1) {
    const code = first + i
    const folded = foldOne(code)
    if (folded === undefined) page.kinds[i] = kinds.mark
    else if (folded === '') page.kinds[i] = kinds.removed
    else if (folded.length === (folded.codePointAt(0)! > 0xffff ? 2 : 1)) {
      page.kinds[i] = kinds.single
      page.values[i] = folded.codePointAt(0)!
    } else {
      page.kinds[i] = kinds.several
      page.several.set(code, folded)
    }
  }
  return page
}

/** undefined: a combining mark. */
function foldOne(code: number): string | undefined {
  const character = String.fromCodePoint(code)
  if (mark.test(character)) return undefined
  const other = others[code]
  if (other !== undefined) return other
  const normal = character.normalize('NFKC')
  const plain = normal.length > longestOfOne * character.length ? character : normal
  return plain.replace(everyInvisible, '').replace(everyOtherDigit, asciiDigit)
}

/** Blanks and control characters that normalization keeps and that readers do not see. */
const others: Readonly<Record<number, string>> = {
  0x85: '\n',
  0x1680: ' ',
  0x2028: '\n',
  0x2029: '\n',
  0x2800: ' ',
  0xfff9: '',
  0xfffa: '',
  0xfffb: '',
}

const mark = /\p{M}/u
const everyInvisible = /\p{Default_Ignorable_Code_Point}/gu
const otherDigit = /(?![0-9])\p{Nd}/u
const everyOtherDigit = /(?![0-9])\p{Nd}/gu

/**
 * The most characters that one character can become. U+FDFA would become eighteen, and a body full of them
 * would exhaust memory.
 */
const longestOfOne = 6

/** Decimal digits are in runs of ten code points from zero to nine (Unicode chapter 4.6). */
function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0
  let value = 0
  while (value < 9 && otherDigit.test(String.fromCodePoint(code - value - 1))) value += 1
  return String(value)
}

let pairs: Map<number, number> | undefined

/** The single character that combines a letter and a mark (UAX #15, primary composites), if there is one. */
export function compose(base: number, combining: number): number | undefined {
  pairs ??= makePairs()
  return pairs.get(base * 0x10000 + combining)
}

function makePairs(): Map<number, number> {
  const found = new Map<number, number>()
  // all composites with marks are below the Han blocks; Hangul composes without marks
  for (let code = 0xc0; code < 0x3400; code += 1) {
    const character = String.fromCodePoint(code)
    const parts = character.normalize('NFD')
    if (parts === character || character.normalize('NFC') !== character) continue
    const base = parts.slice(0, -1).normalize('NFC')
    if (base.length === 1) found.set(base.charCodeAt(0) * 0x10000 + parts.charCodeAt(parts.length - 1), code)
  }
  return found
}
