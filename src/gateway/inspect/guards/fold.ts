// The text as a reader sees it: compatibility forms made plain (full-width digits, ligatures), invisible characters gone, digits of every
// script as ASCII, with each position mapped back. Guards compare on this, and report positions of the original.
//
// Known limit: composition is undone cluster by cluster (a base and its combining marks), so decomposed Hangul syllables stay decomposed.

export interface Folded {
  text: string
  /** Absent when nothing changed: positions are the same. */
  map?: { starts: readonly number[]; ends: readonly number[] }
}

/** Unicode UAX #15 NFKC without default-ignorable code points (UAX #44), decimal digits as ASCII. Ordinary text costs one native scan. */
export function fold(text: string): Folded {
  if (!unusual.test(text)) return { text }
  if (!piledMarks.test(text) && text.normalize('NFKC') === text && !invisible.test(text) && !otherDigit.test(text)) return { text }
  let folded = ''
  const starts: number[] = []
  const ends: number[] = []
  for (const found of text.matchAll(cluster)) {
    const normal = found[0].normalize('NFKC')
    const plain = (normal.length > longestOfOne * found[0].length ? found[0] : normal)
      .replace(everyInvisible, '')
      .replace(everyOtherDigit, asciiDigit)
    folded += plain
    // what does not change keeps its own positions, so that they do not depend on what else is in the text
    const isSame = plain === found[0]
    for (let i = 0; i < plain.length; i += 1) {
      starts.push(isSame ? found.index + i : found.index)
      ends.push(found.index + (isSame ? i + 1 : found[0].length))
    }
  }
  return { text: folded, map: { starts, ends } }
}

/** Where the folded character begins in the original; the end of the folded text is the end of the original. */
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

// what prose is made of and folding never changes: ASCII, Latin letters, Cyrillic, usual punctuation, kana, the common Han block
const unusual = /[^\t\n\r -~À-ÿĀ-İ\u0400-\u04ff\u2013\u2014\u2018-\u201e\u2022\u20ac\u3001\u3002\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff]/
const invisible = /\p{Default_Ignorable_Code_Point}/u
const everyInvisible = /\p{Default_Ignorable_Code_Point}/gu
const otherDigit = /(?![0-9])\p{Nd}/u
const everyOtherDigit = /(?![0-9])\p{Nd}/gu
// Normalizing sorts a run of combining marks, in a time that grows with the square of its length: no run is longer than Unicode's
// own bound for streams (UAX #15, Stream-Safe Text Format). No script needs more than a few.
const cluster = /\P{M}\p{M}{0,30}|\p{M}{1,30}/gu
const piledMarks = /\p{M}{31}/u

/** One character stands for at most so many: U+FDFA would make eighteen of one, and a body of them fill the memory. */
const longestOfOne = 6

/** Decimal digits come in runs of ten code points from zero to nine (Unicode chapter 4.6). */
function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0
  let value = 0
  while (value < 9 && otherDigit.test(String.fromCodePoint(code - value - 1))) value += 1
  return String(value)
}
