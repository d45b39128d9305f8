// The digest of a JSON document. Two documents have the same digest exactly if they have the same meaning.
//
// Order of keys, white space and the spelling of strings (`\u0061`) do not count. Numbers count as they are
// written: as doubles, 9007199254740992 and …993 would be one number, and an approval of one would approve
// the other. A repeated key counts twice, because two readers may choose differently. A long document counts
// byte by byte, so it must be sent again unchanged.

import { createHash } from 'node:crypto'

/** In bytes. Sorting the keys of a larger document would delay other calls. */
const longest = 1_048_576

/** @param source valid JSON in UTF-8, as `scan` of json-spans.ts admits it */
export function jsonDigest(source: Uint8Array | string): string {
  const hash = createHash('sha256')
  const length = typeof source === 'string' ? Buffer.byteLength(source) : source.length
  if (length > longest) return hash.update('bytes\n').update(source).digest('hex')
  const text =
    typeof source === 'string'
      ? source
      : Buffer.from(source.buffer, source.byteOffset, source.byteLength).toString()
  return hash.update('json\n').update(new Canonical(text).document()).digest('hex')
}

class Canonical {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): string {
    const value = this.#value()
    this.#skip(space)
    if (this.#at < this.#text.length) throw new SyntaxError('not a JSON document')
    return value
  }

  #value(): string {
    this.#skip(space)
    const first = this.#text[this.#at]
    if (first === '{')
      return `{${this.#items('}', () => this.#member())
        .sort(byKey)
        .map(({ text }) => text)
        .join(',')}}`
    if (first === '[') return `[${this.#items(']', () => this.#value()).join(',')}]`
    return first === '"' ? this.#string() : this.#skip(word)
  }

  #items<Item>(end: string, read: () => Item): Item[] {
    const items: Item[] = []
    this.#at += 1
    this.#skip(space)
    while (this.#text[this.#at] !== end) {
      items.push(read())
      this.#skip(between)
    }
    this.#at += 1
    return items
  }

  #member(): { key: string; text: string } {
    const key = this.#string()
    this.#skip(colon)
    return { key, text: `${key}:${this.#value()}` }
  }

  #string(): string {
    const source = this.#skip(string)
    return source.includes('\\') ? JSON.stringify(JSON.parse(source)) : source
  }

  /** Skips the match of the pattern at this place. */
  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found === undefined) throw new SyntaxError('not a JSON document')
    this.#at += found.length
    return found
  }
}

/** Stable, so that repeated keys keep their order. */
const byKey = (a: { key: string }, b: { key: string }) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)

const space = /[ \t\n\r]*/y
const between = /[ \t\n\r]*,?[ \t\n\r]*/y
const colon = /[ \t\n\r]*:/y
const string = /"(?:[^"\\]|\\.)*"/sy
const word = /[-+.\w]+/y
