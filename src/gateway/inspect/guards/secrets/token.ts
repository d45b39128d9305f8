// A credential of a known form: a prefix that only its vendor uses, or the name of a setting, then characters
// of one class.

import { classOf, isAlphanumeric } from '../characters.ts'
import { endsEscape } from '../pii/gap.ts'
import type { Searcher, Span } from '../search.ts'

export interface Form {
  /** Its prefix, which is part of the match. */
  prefixes?: readonly string[]
  /**
   * The settings that it is a value of. The name is not part of the match. Quotes, blanks, `:` and `=` may be
   * between name and value.
   */
  names?: readonly string[]
  /** The characters after the prefix, as the content of a regular expression class. */
  characters: string
  /**
   * Their number: exact, or from … to. With a range, a longer run is matched up to its end, because the rest
   * may be there to hide the credential. With an exact number, a longer run is something else.
   */
  length: number | readonly [shortest: number, longest: number]
  /** Must be in the characters after the prefix. */
  accepts?: RegExp
}

export function createTokenSearcher(
  label: string,
  { prefixes, names, characters, length, accepts }: Form,
): Searcher {
  const beginnings = prefixes ?? names ?? []
  const isNamed = prefixes === undefined
  const begins = new RegExp(beginnings.map(escape).join('|'), 'g')
  const isInside = classOf(characters)
  // The open end of a text is one run of these characters.
  const isJoined = classOf(characters)
  for (const character of `${beginnings.join('')}${isNamed ? between : ''}`)
    isJoined[character.charCodeAt(0)] = 1
  const [shortest, longest] = typeof length === 'number' ? [length, length] : length
  const isExact = typeof length === 'number'
  const reach =
    Math.max(...beginnings.map((beginning) => beginning.length)) + (isNamed ? mostBetween : 0) + longest + 1

  /**
   * The credential at `start` whose prefix ends at `from`, up to the end of the text. `isOpen`: the text
   * ended before the decision
   */
  function read(text: string, start: number, from: number): { match?: Span; isOpen: boolean } {
    const valueStart = isNamed ? endOfBetween(text, from) : from
    // a name that continues is a different one
    if (isNamed && valueStart === from && from < text.length) return { isOpen: false }
    const most = valueStart + longest + (isExact ? 1 : 0)
    let end = valueStart
    while (end < most && end < text.length && isInside[text.charCodeAt(end)] === 1) end += 1
    const count = end - valueStart
    const isMatch =
      count >= shortest && count <= longest && (!accepts || accepts.test(text.slice(valueStart, end)))
    return {
      isOpen: end === text.length && end < most,
      ...(isMatch && { match: { start: isNamed ? valueStart : start, end } }),
    }
  }

  return {
    label,
    stride: 0,
    next(text, position) {
      begins.lastIndex = position
      for (let found = begins.exec(text); found; found = begins.exec(text)) {
        const { match } = beginsToken(text, found.index)
          ? read(text, found.index, found.index + found[0].length)
          : nothing
        if (match) return match
        begins.lastIndex = found.index + 1
      }
      return undefined
    },
    settled(text) {
      let from = text.length
      while (from > 0 && text.length - from < reach && isJoined[text.charCodeAt(from - 1)] === 1) from -= 1
      begins.lastIndex = from
      for (let found = from < text.length ? begins.exec(text) : null; found; found = begins.exec(text)) {
        if (beginsToken(text, found.index) && read(text, found.index, found.index + found[0].length).isOpen)
          return found.index
        begins.lastIndex = found.index + 1
      }
      return unfinishedStart(text, beginnings, beginsToken, from)
    },
  }
}

const between = ' \t\r\n"\'`:=>,\\'
/** `": "`, ` = "`, `">\n  ` */
const mostBetween = 12

function endOfBetween(text: string, from: number): number {
  let at = from
  while (at < from + mostBetween && at < text.length && between.includes(text.charAt(at))) at += 1
  return at
}

const nothing: { match?: Span } = {}

/**
 * The start of a prefix that the end of the text cuts off, at `from` or after it; the text's length if there
 * is none.
 */
export function unfinishedStart(
  text: string,
  beginnings: readonly string[],
  isAllowed: (text: string, at: number) => boolean,
  from = 0,
): number {
  let start = text.length
  for (const beginning of beginnings) {
    for (let at = Math.max(from, text.length - beginning.length + 1); at < start; at += 1)
      if (
        text.charCodeAt(at) === beginning.charCodeAt(0) &&
        beginning.startsWith(text.slice(at)) &&
        isAllowed(text, at)
      )
        start = at
  }
  return start
}

/** Not in the middle of a word, unless the preceding part is an escape: `\n`, `%22`. */
function beginsToken(text: string, at: number): boolean {
  if (at === 0 || !isAlphanumeric(text.charCodeAt(at - 1)) || endsEscape(text, at)) return true
  return (
    text.charCodeAt(at - 3) === percent && isHex(text.charCodeAt(at - 2)) && isHex(text.charCodeAt(at - 1))
  )
}

const percent = 37
const isHex = (code: number): boolean =>
  (code >= 48 && code <= 57) || ((code | 32) >= 97 && (code | 32) <= 102)

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
