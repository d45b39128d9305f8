// Analyzes an RE2 expression without running it: the largest length of its matches, and texts that every
// match contains.

export interface MatchBounds {
  /**
   * In UTF-16 units. Infinity if the expression has an open repetition, or a construct that this analysis
   * does not support.
   */
  longest: number
  /**
   * Each match contains at least one of these, ignoring case. They are lower-case ASCII. Absent if nothing is
   * known.
   */
  required?: readonly string[]
}

/** Reads RE2's syntax (github.com/google/re2/wiki/Syntax). The expression is already known to compile. */
export function boundsOf(source: string): MatchBounds {
  const reader = { source, at: 0 }
  const { longest, required } = readAlternatives(reader)
  if (reader.at < source.length) return unknown
  return required && !quotes.test(source) ? { longest, required } : { longest }
}

/** `\\Q` makes the following characters literal. */
const quotes = /^(?:[^\\]|\\[^Q])*\\Q/
const unknown: MatchBounds = { longest: Number.POSITIVE_INFINITY }

interface Reader {
  source: string
  at: number
}

function readAlternatives(reader: Reader): MatchBounds {
  let bounds = readSequence(reader)
  while (reader.source[reader.at] === '|') {
    reader.at += 1
    bounds = either(bounds, readSequence(reader))
  }
  return bounds
}

function either(left: MatchBounds, right: MatchBounds): MatchBounds {
  const longest = Math.max(left.longest, right.longest)
  if (!left.required || !right.required) return { longest }
  const required = [...new Set([...left.required, ...right.required])]
  return required.length > mostRequired ? { longest } : { longest, required }
}

/** Searching for more texts than this is too slow to be useful. */
const mostRequired = 16

function readSequence(reader: Reader): MatchBounds {
  let longest = 0
  let required: readonly string[] | undefined
  let literal = ''
  const offer = (texts: readonly string[] | undefined) => {
    if (shortest(texts) > shortest(required)) required = texts
  }
  const { source } = reader
  while (reader.at < source.length && source[reader.at] !== '|' && source[reader.at] !== ')') {
    const atom = readAtom(reader)
    const { least, most } = readRepetition(reader)
    longest += atom.longest === 0 || most === 0 ? 0 : atom.longest * most
    // an anchor is between two adjacent characters
    if (atom.longest === 0 && !atom.required) continue
    if (atom.literal !== undefined && least > 0) literal += atom.literal
    if (atom.literal !== undefined && least === 1 && most === 1) continue
    if (least > 0) offer(atom.required)
    offer([literal])
    literal = ''
  }
  offer([literal])
  return required ? { longest, required } : { longest }
}

const shortest = (texts: readonly string[] | undefined): number =>
  texts ? Math.min(...texts.map((text) => text.length)) : 0

interface Atom extends MatchBounds {
  /** One ASCII character, in lower case. */
  literal?: string
}

// a character outside the basic plane has two units, and a class may contain one
const widest = 2

function readAtom(reader: Reader): Atom {
  const { source } = reader
  if (source[reader.at] === '(') return readGroup(reader)
  const token = tokens.find(([pattern]) => {
    pattern.lastIndex = reader.at
    return pattern.test(source)
  })
  if (!token) {
    reader.at += 1
    return unknown
  }
  const text = source.slice(reader.at, token[0].lastIndex)
  reader.at = token[0].lastIndex
  const literal = literalOf(text)
  return literal === undefined ? { longest: token[1] } : { longest: token[1], literal }
}

const tokens: readonly (readonly [RegExp, number])[] = [
  [/\[\^?\]?(?:\[:\^?[a-z]+:\]|\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\[^]|[^\]\\])*\]/y, widest],
  [/\\Q/y, Number.POSITIVE_INFINITY],
  [/\\[bBAzZ]|[\^$]/y, 0],
  [/\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\x[0-9A-Fa-f]{2}|\\[0-7]{1,3}|\\[^]/y, widest],
  [/[\ud800-\udbff][\udc00-\udfff]|\.|[\u{80}-\u{10ffff}]/uy, widest],
  [/[^\\[({*+?]/y, 1],
]

/** `a`, `\.`, `[.]`, `[\.]` */
function literalOf(token: string): string | undefined {
  const [, inner = token] = /^\[(\\?[^^])\]$/.exec(token) ?? []
  const character = inner.length === 2 && /^\\[ -/:-@[-`{-~]$/.test(inner) ? inner.slice(1) : inner
  const isLiteral = /^[ -~]$/.test(character) && (token.length > 1 || !/[.^$]/.test(character))
  return isLiteral ? character.toLowerCase() : undefined
}

function readGroup(reader: Reader): MatchBounds {
  const head = /\((?:\?(?:P?<[^>]*>|[A-Za-z-]*(:|\))))?/y
  head.lastIndex = reader.at
  const found = head.exec(reader.source)
  reader.at = head.lastIndex
  // flags alone, `(?i)`
  if (found?.[1] === ')') return { longest: 0 }
  const bounds = readAlternatives(reader)
  if (reader.source[reader.at] !== ')') return unknown
  reader.at += 1
  return bounds
}

function readRepetition(reader: Reader): { least: number; most: number } {
  const pattern = /(?:([*+])|(\?)|\{([0-9]+)(?:(,)([0-9]*))?\})\??/y
  pattern.lastIndex = reader.at
  const found = pattern.exec(reader.source)
  if (!found) return { least: 1, most: 1 }
  reader.at = pattern.lastIndex
  if (found[1]) return { least: found[1] === '+' ? 1 : 0, most: Number.POSITIVE_INFINITY }
  if (found[2]) return { least: 0, most: 1 }
  const least = Number(found[3])
  if (!found[4]) return { least, most: least }
  return { least, most: found[5] ? Number(found[5]) : Number.POSITIVE_INFINITY }
}
