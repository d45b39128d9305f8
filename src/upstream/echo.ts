// Our credential in what a provider sends: a proxy that quotes the request in its error, a server that echoes
// headers. It never reaches the caller, whatever the status: as it is, in base64 (at any offset, both
// alphabets), with JSON escapes or percent-encoded, over any cut of the body.
//
// Bodies are searched natively for a few probes, which are parts of the secret that all its spellings in one
// encoding share. Only where a probe or an escape of a plain character is found does a pattern look closer.
// What may be the beginning of a secret at the end of a piece waits for the next piece. A secret that a
// stream spells in several events is found where its events are read (trail.ts).

import { type Search, searchOf } from './trail.ts'

/** Shorter ones are no secrets, and would be found in ordinary words. */
export const shortest = 8
/**
 * From here on a secret is searched for in every response; shorter ones in errors only, where keys are
 * quoted.
 */
export const shortestAnywhere = 16

const mask = '[credential]'

/** Longer ones are tokens of letters, digits and dots, which no encoder escapes. */
const longestEscaped = 512
/** Of escaped text that may wait. */
const longestRun = 8192

export class Echo {
  /** For the long ones, which are looked for in streams of texts too. */
  readonly searches: readonly Search[]
  /** Literal spellings, for what is cut. */
  readonly #literals: readonly string[]
  readonly #probes: readonly Buffer[]
  readonly #pattern: RegExp

  constructor(secrets: readonly string[]) {
    this.searches = secrets.filter(({ length }) => length >= shortestAnywhere).map(searchOf)
    // as bytes of UTF-8, one character each: bodies are searched so
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

  /** The same bytes when nothing is in them. */
  without(bytes: Uint8Array): Uint8Array {
    const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (!this.#probes.some((probe) => source.includes(probe)) && !hasEscape(source)) return bytes
    const text = source.toString('latin1')
    const clean = text.replaceAll(this.#pattern, mask)
    return clean === text ? bytes : Buffer.from(clean, 'latin1')
  }

  /** How many bytes at the end may be the beginning of a secret. */
  openAt(bytes: Uint8Array): number {
    // events and lines end so, and no secret has it
    if (bytes.length === 0 || bytes[bytes.length - 1] === 0x0a || bytes[bytes.length - 1] === 0x7d) return 0
    const near = bytes.subarray(Math.max(0, bytes.length - longestRun))
    const tail = Buffer.from(near.buffer, near.byteOffset, near.byteLength).toString('latin1')
    // backwards: a pattern that is tried at every place would take the square of its length
    let from = tail.length
    while (from > 0 && ofRun.test(tail.charAt(from - 1))) from--
    const run = tail.slice(from)
    if (/\\|%/.test(run))
      return this.#begun(decoded(run)) > 0 || /(?:\\+(?:u[0-9a-f]{0,3})?|%[0-9a-f]?)$/i.test(run)
        ? run.length
        : 0
    return this.#begun(tail)
  }

  /** The longest end of the text with which a secret begins. */
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

/** What of the secret's base64 does not depend on the bytes around it, for each of its three offsets. */
function base64Of(secret: string): string[] {
  const bytes = Buffer.from(secret, 'latin1')
  return [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + bytes.length) * 4) / 3)),
  )
}

/**
 * Part of a text that is the same in both alphabets of base64; the text and its other form where no such part
 * is long enough.
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

/** What a secret in any spelling is made of. */
const ofRun = /[\w+/=.%\\~:-]/

const backslash = Buffer.from('\\u00')
const slash = Buffer.from('\\/')

/**
 * Is a character escaped that keys are made of? Line breaks, quotes and letters of other scripts are usual,
 * these are not.
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
