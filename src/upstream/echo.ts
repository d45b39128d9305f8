// Removes our credential from responses of providers: a proxy may quote the request in its error, and a
// server may echo headers. The credential never reaches the caller, for any status: plain, in base64 (at any
// offset, both alphabets), with JSON escapes or percent-encoded, however the body is cut.
//
// Bodies are searched natively for a few probes: parts of the secret that all its spellings in one encoding
// share. A pattern is applied only if a probe or an escape of a plain character is found. A possible
// beginning of a secret at the end of a piece waits for the next piece. trail.ts finds a secret that a stream
// spells in several events.

import { type Search, searchOf } from './trail.ts'

/** Shorter ones are not secrets, and would match ordinary words. */
export const shortest = 8
/**
 * Secrets of at least this length are searched for in every response. Shorter ones are searched for only in
 * errors, which may quote keys.
 */
export const shortestAnywhere = 16

const mask = '[credential]'

/** Longer secrets are tokens of letters, digits and dots, which no encoder escapes. */
const longestEscaped = 512
/** The most escaped text that may wait. */
const longestRun = 8192

export class Echo {
  /** For the long secrets, which are also searched for in the texts of streams. */
  readonly searches: readonly Search[]
  /** Literal spellings, for secrets that are cut. */
  readonly #literals: readonly string[]
  readonly #probes: readonly Buffer[]
  readonly #pattern: RegExp

  constructor(secrets: readonly string[]) {
    this.searches = secrets.filter(({ length }) => length >= shortestAnywhere).map(searchOf)
    // as UTF-8 bytes, one character each, because bodies are searched this way
    const written = secrets.map((secret) => Buffer.from(secret).toString('latin1'))
    const spellings = written.flatMap((secret) => [
      secret,
      ...(secret.length >= shortestAnywhere ? base64Of(secret) : []),
    ])
    this.#literals = [
      ...new Set(spellings.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')])),
    ]
    this.#probes = [...new Set(spellings.flatMap(probesOf))].map((text) => Buffer.from(text, 'latin1'))
    this.#pattern = new RegExp(
      spellings
        .map((text) => text.replaceAll(/[^]/g, (character) => spelled(character, text.length)))
        .join('|'),
      'gi',
    )
  }

  isIn(text: string): boolean {
    this.#pattern.lastIndex = 0
    return this.#pattern.test(text)
  }

  /** Returns the same bytes if they contain no secret. */
  without(bytes: Uint8Array): Uint8Array {
    const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (!this.#probes.some((probe) => source.includes(probe)) && !hasEscape(source)) return bytes
    const text = source.toString('latin1')
    const clean = text.replaceAll(this.#pattern, mask)
    return clean === text ? bytes : Buffer.from(clean, 'latin1')
  }

  /** The number of bytes at the end that may be the beginning of a secret. */
  openAt(bytes: Uint8Array): number {
    // events and lines end like this, and no secret contains these characters
    if (bytes.length === 0 || bytes[bytes.length - 1] === 0x0a || bytes[bytes.length - 1] === 0x7d) return 0
    const near = bytes.subarray(Math.max(0, bytes.length - longestRun))
    const tail = Buffer.from(near.buffer, near.byteOffset, near.byteLength).toString('latin1')
    // backwards, because a pattern that is tried at every place would take quadratic time
    let from = tail.length
    while (from > 0 && ofRun.test(tail.charAt(from - 1))) from--
    const run = tail.slice(from)
    if (/\\|%/.test(run))
      return this.#begun(decoded(run)) > 0 || /(?:\\+(?:u[0-9a-f]{0,3})?|%[0-9a-f]?)$/i.test(run)
        ? run.length
        : 0
    return this.#begun(tail)
  }

  /** The longest end of the text that is a beginning of a secret. */
  #begun(text: string): number {
    let longest = 0
    for (const literal of this.#literals) {
      const first = literal.charAt(0)
      for (
        let at = text.indexOf(first, Math.max(0, text.length - literal.length + 1));
        at >= 0;
        at = text.indexOf(first, at + 1)
      ) {
        if (!literal.startsWith(text.slice(at))) continue
        longest = Math.max(longest, text.length - at)
        break
      }
    }
    return longest
  }
}

/**
 * The part of the secret's base64 that does not depend on the bytes around it, for each of the three offsets.
 */
function base64Of(secret: string): string[] {
  const bytes = Buffer.from(secret, 'latin1')
  return [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + bytes.length) * 4) / 3)),
  )
}

/**
 * A part of a text that is the same in both alphabets of base64. If no such part is long enough, the text and
 * its other form.
 */
function probesOf(text: string): string[] {
  const [longest = ''] = (text.match(/[A-Za-z0-9]+/g) ?? []).sort((a, b) => b.length - a.length)
  if (longest.length >= 8) return [longest.slice(0, 24)]
  return [text, text.replaceAll('+', '-').replaceAll('/', '_')]
}

/** A character as it is, as a JSON escape (also of JSON inside of JSON), or percent-encoded. */
function spelled(character: string, length: number): string {
  const hex = character.charCodeAt(0).toString(16).padStart(2, '0')
  const plain =
    character === '+' || character === '-'
      ? '[+-]'
      : character === '/' || character === '_'
        ? String.raw`(?:\\{0,8}\/|_)`
        : RegExp.escape(character)
  return length > longestEscaped ? plain : `(?:${plain}|\\\\{1,8}u00${hex}|%${hex})`
}

/** The characters of a secret in any spelling. */
const ofRun = /[\w+/=.%\\~:-]/

const backslash = Buffer.from('\\u00')
const slash = Buffer.from('\\/')

/**
 * Is a character escaped that keys consist of? Escaped line breaks, quotes and letters of other scripts are
 * usual, but these are not.
 */
function hasEscape(source: Buffer): boolean {
  if (source.includes(slash)) return true
  for (let at = source.indexOf(backslash); at >= 0; at = source.indexOf(backslash, at + 4))
    if (isPlain(source[at + 4])) return true
  for (let at = source.indexOf(0x25); at >= 0; at = source.indexOf(0x25, at + 1))
    if (isPlain(source[at + 1])) return true
  return false
}

/** The first hex digit of visible ASCII. */
const isPlain = (digit: number | undefined) => digit !== undefined && digit >= 0x32 && digit <= 0x37

const decoded = (text: string): string =>
  text.replaceAll(/(?:\\+u00|%)([0-9a-f]{2})|\\+(?=\/)/gi, (_, hex: string | undefined) =>
    hex === undefined ? '' : String.fromCharCode(Number.parseInt(hex, 16)),
  )
