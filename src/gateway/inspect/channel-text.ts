// The text of one channel in the form that guards read. Every position maps to the channel's own characters.
//
// Plain channels are read unchanged. Tool arguments are JSON source in fragments (`json-text`). There guards
// must see `\n` as a line break and `\u0040` as @; otherwise they miss matches and cut escapes in half. Both
// kinds can grow at the end (streams) and be dropped from the front.

export interface RawEdit {
  start: number
  end: number
  replacement: string
}

export interface ChannelText {
  /** The text that guards read now; its first character is number `base` of the decoded channel. */
  readonly text: string
  readonly base: number
  append(raw: string): void
  /** The text is complete: an escape that was cut off is read as plain characters. */
  complete(): void
  /** The position of decoded character `index` (absolute) in the channel's own characters. */
  rawAt(index: number): number
  /** Replaces the decoded characters [start, end) with `replacement`, escaped for its place. */
  replace(start: number, end: number, replacement: string): RawEdit[]
  /** Drops the characters before `index`. */
  forget(index: number): void
}

export const createChannelText = (escaping: 'none' | 'json-text'): ChannelText =>
  escaping === 'none' ? new PlainText() : new JsonText()

class PlainText implements ChannelText {
  text = ''
  base = 0

  append(raw: string): void {
    this.text += raw
  }

  complete(): void {}

  rawAt(index: number): number {
    return index
  }

  replace(start: number, end: number, replacement: string): RawEdit[] {
    return [{ start, end, replacement }]
  }

  forget(index: number): void {
    if (index <= this.base) return
    this.text = this.text.slice(index - this.base)
    this.base = index
  }
}

class JsonText implements ChannelText {
  text = ''
  base = 0
  /** Per decoded character: its start position times two, plus one inside a JSON string. */
  #marks: number[] = []
  #rawLength = 0
  /** An escape whose end has not arrived yet. */
  #unfinished = ''
  #isInside = false

  append(raw: string): void {
    this.#read(raw, false)
  }

  complete(): void {
    this.#read('', true)
  }

  #read(raw: string, isComplete: boolean): void {
    const source = this.#unfinished + raw
    const offset = this.#rawLength - this.#unfinished.length
    this.#rawLength += raw.length
    this.#unfinished = ''
    for (let at = 0; at < source.length; ) {
      const character = source.charAt(at)
      if (character === '"') {
        this.#isInside = !this.#isInside
        this.#push('"', offset + at, false)
        at += 1
      } else if (character === '\\' && this.#isInside) {
        const length = source.charAt(at + 1) === 'u' ? 6 : 2
        if (at + length > source.length && !isComplete) {
          this.#unfinished = source.slice(at)
          return
        }
        const decoded = unescape(source.slice(at, at + length))
        this.#push(decoded ?? '\\', offset + at, true)
        at += decoded === undefined ? 1 : length
      } else {
        this.#push(character, offset + at, this.#isInside)
        at += 1
      }
    }
  }

  #push(character: string, rawStart: number, isInside: boolean): void {
    this.text += character
    this.#marks.push(rawStart * 2 + (isInside ? 1 : 0))
  }

  rawAt(index: number): number {
    const mark = this.#marks[index - this.base]
    return mark === undefined ? this.#rawLength - this.#unfinished.length : Math.floor(mark / 2)
  }

  /** Strings and the parts between them are replaced separately, so that the arguments stay JSON. */
  replace(start: number, end: number, replacement: string): RawEdit[] {
    const edits: RawEdit[] = []
    let isPlaced = false
    for (let from = start; from < end; ) {
      const isInside = this.#isInsideAt(from)
      let to = from + 1
      while (to < end && this.#isInsideAt(to) === isInside) to += 1
      const span = { start: this.rawAt(from), end: this.rawAt(to) }
      const isLiteral =
        !isInside &&
        from === start &&
        to === end &&
        isWholeLiteral(this.text, from - this.base, to - this.base)
      const source = this.text.slice(from - this.base, to - this.base)
      if (isInside) {
        edits.push({ ...span, replacement: isPlaced ? '' : JSON.stringify(replacement).slice(1, -1) })
        isPlaced = true
      } else if (isLiteral || notJson.test(source)) {
        const text = isLiteral ? JSON.stringify(replacement) : replacement
        edits.push({ ...span, replacement: isPlaced ? '' : text })
        isPlaced = true
      } else edits.push({ ...span, replacement: source.replace(/[0-9]/g, '9') })
      from = to
    }
    return edits
  }

  #isInsideAt(index: number): boolean {
    return (this.#marks[index - this.base] ?? 0) % 2 === 1
  }

  forget(index: number): void {
    if (index <= this.base) return
    this.text = this.text.slice(index - this.base)
    this.#marks = this.#marks.slice(index - this.base)
    this.base = index
  }
}

/**
 * Outside its strings, JSON has only numbers, three words and punctuation. A text with anything else there is
 * not JSON, so an edit does not have to preserve JSON.
 */
const notJson = /[^-+.,:\s[\]{}"\deE]|(?<![\d.])[eE]/

/** A whole number between JSON punctuation can become a string; a part of a number only keeps its length. */
function isWholeLiteral(text: string, start: number, end: number): boolean {
  return (
    /^[^\s[\]{}:,"]+$/.test(text.slice(start, end)) &&
    /^[\s[{:,]?$/.test(text.slice(Math.max(0, start - 1), start)) &&
    /^[\s\]},]?$/.test(text.charAt(end))
  )
}

const shortEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  '"': '"',
  '\\': '\\',
  '/': '/',
}

/** RFC 8259 §7. undefined if it is not an escape. */
function unescape(escape: string): string | undefined {
  if (escape.length === 2) return shortEscapes[escape.charAt(1)]
  return /^\\u[0-9A-Fa-f]{4}$/.test(escape)
    ? String.fromCharCode(Number.parseInt(escape.slice(2), 16))
    : undefined
}
