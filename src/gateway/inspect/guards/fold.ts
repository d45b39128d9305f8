// The text as a reader sees it: compatibility forms made plain (full-width digits, ligatures), invisible characters gone, digits of every script as
// ASCII and without marks, every blank a space, with each position mapped back. Guards compare on this, and report positions of the original.
//
// One walk over the text. A table says what each UTF-16 unit of the basic plane is, so that a unit which folding leaves alone costs a few nanoseconds
// whatever its script. The rest is looked up by character or by cluster (a base and its combining marks), and remembered.
//
// Known limit: composition is undone cluster by cluster, so decomposed Hangul syllables stay decomposed.

export interface Folded {
  text: string
  /** Absent when nothing changed: positions are the same. */
  map?: { starts: Int32Array; ends: Int32Array; length: number }
}

/** Unicode UAX #15 NFKC without default-ignorable and format characters (UAX #44), decimal digits as ASCII. Ordinary text costs one native scan. */
export function fold(text: string): Folded {
  if (!unusual.test(text)) return { text }
  if (latest?.text === text) return latest.folded
  const folded = folding(text)
  // Several guards read one text, one after the other.
  if (latest === undefined) queueMicrotask(forgetLatest)
  latest = { text, folded }
  return folded
}

let latest: { text: string; folded: Folded } | undefined
const forgetLatest = () => (latest = undefined)

/** Where the folded character begins in the original; the end of the folded text is the end of the original. */
export function originalStart({ map }: Folded, index: number, length: number): number {
  if (!map) return index
  return index < map.length ? (map.starts[index] ?? length) : length
}

/** The end (exclusive) in the original of a span that ends before the folded character `index`. */
export function originalEnd({ map }: Folded, index: number): number {
  if (!map) return index
  return index > 0 ? (map.ends[index - 1] ?? 0) : 0
}

/** The first folded character that begins at or after a position of the original. */
export function foldedIndex({ map }: Folded, position: number): number {
  if (!map) return position
  let low = 0
  let high = map.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((map.starts[middle] ?? 0) < position) low = middle + 1
    else high = middle
  }
  return low
}

// what prose is made of and folding never changes: ASCII, Latin letters, Cyrillic, usual punctuation, kana, the common Han block
const unusual = /[^\t\n\r -~À-ÿĀ-İ\u0400-\u04ff\u2013\u2014\u2018-\u201e\u2022\u20ac\u3001\u3002\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff]/

function folding(text: string): Folded {
  const kinds = kindTable()
  let at = unchangedBefore(text, 0, kinds)
  if (at === text.length) return { text }
  const into = new Writer(text)
  into.keep(0, at)
  while (at < text.length) {
    const end = changedUntil(text, at, kinds)
    into.put(foldedCluster(text.slice(at, end)), at, end)
    const next = unchangedBefore(text, end, kinds)
    into.keep(end, next)
    at = next
  }
  return into.done()
}

/** The first position from which on something may change. A base that marks follow belongs to what changes. */
function unchangedBefore(text: string, from: number, kinds: Uint8Array): number {
  for (let at = from; at < text.length; at += 1) {
    const kind = kinds[text.charCodeAt(at)]
    if (kind === plain) continue
    if (kind === mark) return at > from ? baseBefore(text, at, from) : at
    if (kind !== surrogate) return at
    const code = text.codePointAt(at) ?? 0
    if (!isPlainCode(code)) return isMarkCode(code) && at > from ? baseBefore(text, at, from) : at
    if (code > 0xffff) at += 1
  }
  return text.length
}

/** Where the character before a position begins. */
const baseBefore = (text: string, at: number, from: number): number =>
  at - 2 >= from && text.charCodeAt(at - 1) >= 0xdc00 && text.charCodeAt(at - 1) < 0xe000 && (text.codePointAt(at - 2) ?? 0) > 0xffff
    ? at - 2
    : at - 1

/** The end of the cluster that begins here. */
function changedUntil(text: string, at: number, kinds: Uint8Array): number {
  let end = at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1)
  for (let marks = isMarkAt(text, at, kinds) ? 1 : 0; marks < mostMarks && end < text.length && isMarkAt(text, end, kinds); marks += 1)
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1
  return end
}

function isMarkAt(text: string, at: number, kinds: Uint8Array): boolean {
  const kind = kinds[text.charCodeAt(at)]
  return kind === mark || (kind === surrogate && isMarkCode(text.codePointAt(at) ?? 0))
}

/**
 * Normalizing sorts a run of combining marks, in a time that grows with the square of its length: no run is longer than Unicode's own bound for streams
 * (UAX #15, Stream-Safe Text Format). No script needs more than a few.
 */
const mostMarks = 30

/** One character stands for at most so many: U+FDFA would make eighteen of one, and a body of them fill the memory. */
const longestOfOne = 6

const clusters = new Map<string, string>()
const mostClusters = 8_192

function foldedCluster(cluster: string): string {
  const known = clusters.get(cluster)
  if (known !== undefined) return known
  const normal = cluster.normalize('NFKC')
  const written = normal.length > longestOfOne * cluster.length ? cluster : normal
  const made = written
    .replace(everyInvisible, '')
    .replace(everyOtherDigit, asciiDigit)
    .replace(everyBlank, ' ')
    // A mark on a digit hides the number from us and from nobody else.
    .replace(markedDigit, '$1')
  // What callers write decides what is remembered, for a while and up to a bound.
  if (clusters.size >= mostClusters) clusters.clear()
  if (cluster.length <= mostMarks) clusters.set(cluster, made)
  return made
}

const everyInvisible = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu
const everyOtherDigit = /(?![0-9])\p{Nd}/gu
const otherDigit = /(?![0-9])\p{Nd}/u
const everyBlank = /[\u2800\u0085\u2028\u2029\p{Zs}]/gu
const markedDigit = /([0-9])\p{M}+/gu

/** Decimal digits come in runs of ten code points from zero to nine (Unicode chapter 4.6). */
function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0
  let value = 0
  while (value < 9 && otherDigit.test(String.fromCodePoint(code - value - 1))) value += 1
  return String(value)
}

/** The folded text while it is written, with the span of the original behind each of its characters. */
class Writer {
  private readonly parts: string[] = []
  private starts: Int32Array
  private ends: Int32Array
  private length = 0
  private readonly text: string

  constructor(text: string) {
    this.text = text
    this.starts = new Int32Array(text.length + 16)
    this.ends = new Int32Array(text.length + 16)
  }

  /** Characters that stay keep their own positions, so that they do not depend on what else is in the text. */
  keep(from: number, to: number): void {
    if (to <= from) return
    this.parts.push(this.text.slice(from, to))
    this.room(to - from)
    const { starts, ends } = this
    let at = this.length
    for (let position = from; position < to; position += 1, at += 1) {
      starts[at] = position
      ends[at] = position + 1
    }
    this.length = at
  }

  put(made: string, from: number, to: number): void {
    if (made === this.text.slice(from, to)) return this.keep(from, to)
    if (made === '') return
    this.parts.push(made)
    this.room(made.length)
    for (let index = 0; index < made.length; index += 1, this.length += 1) {
      this.starts[this.length] = from
      this.ends[this.length] = to
    }
  }

  done(): Folded {
    const text = this.parts.join('')
    return text === this.text ? { text } : { text, map: { starts: this.starts, ends: this.ends, length: this.length } }
  }

  private room(more: number): void {
    if (this.length + more <= this.starts.length) return
    const size = Math.max(this.length + more, this.starts.length * 2)
    const [starts, ends] = [new Int32Array(size), new Int32Array(size)]
    starts.set(this.starts)
    ends.set(this.ends)
    this.starts = starts
    this.ends = ends
  }
}

const plain = 1
const changes = 2
const mark = 3
const surrogate = 4

let table: Uint8Array | undefined

/** What each UTF-16 unit is to folding. Made when the first unusual text comes: some milliseconds, once. */
function kindTable(): Uint8Array {
  if (table) return table
  table = new Uint8Array(0x1_0000)
  for (let code = 0; code < 0x1_0000; code += 1) table[code] = code >= 0xd800 && code < 0xe000 ? surrogate : kindOf(String.fromCharCode(code))
  return table
}

const isMark = /^\p{M}$/u
const isChanged = /^(?:\p{Default_Ignorable_Code_Point}|\p{Cf}|(?![0-9])\p{Nd}|[\u2800\u0085\u2028\u2029]|(?! )\p{Zs})$/u

function kindOf(character: string): number {
  if (isMark.test(character)) return mark
  return isChanged.test(character) || character.normalize('NFKC') !== character ? changes : plain
}

const codes = new Map<number, number>()

function kindOfCode(code: number): number {
  const known = codes.get(code)
  if (known !== undefined) return known
  // Half of a pair stays as it is.
  const kind = code <= 0xffff ? plain : kindOf(String.fromCodePoint(code))
  if (codes.size >= mostClusters) codes.clear()
  codes.set(code, kind)
  return kind
}

const isPlainCode = (code: number): boolean => kindOfCode(code) === plain
const isMarkCode = (code: number): boolean => kindOfCode(code) === mark
