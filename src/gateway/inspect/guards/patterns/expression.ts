// Runs a user's regular expression with re2js: linear time in the text for any expression.
//
// A single search is linear, but a search for all matches may not be (`a.*b` on many a's reads to the end
// each time). So the text is read through views of a limited size, and a match is at most `reach` characters
// long. Streams use the same limit: text further back than `reach` is settled. An expression without open
// repetitions has a reach of its own (bounds.ts), often a few characters.
//
// Most expressions contain a text that every match must have: `.corp.example`. A native search for it skips
// everything that is further than `reach` away, which is most of a text.

import { RE2JS } from 're2js'
import type { Searcher, Span } from '../search.ts'
import { boundsOf } from './bounds.ts'

/** @throws RE2JSSyntaxException for constructs that RE2 does not support (lookaround, back references) */
export function createExpressionSearcher(
  label: string,
  source: string,
  options: { ignoresCase: boolean; reach: number },
): Searcher {
  const { longest, required } = boundsOf(source)
  const reach = Math.max(1, Math.min(options.reach, longest))
  const search: Search = {
    compiled: RE2JS.compile(source, options.ignoresCase ? RE2JS.CASE_INSENSITIVE : 0),
    reach,
    ...(required && { required: anyOf(required) }),
  }
  return {
    label,
    stride: reach >> 2,
    next: (text, position) =>
      search.required || search.compiled.test(text.slice(Math.max(0, position - lookBehind)))
        ? nextMatch(search, text, position)
        : undefined,
    settled: (text) => Math.max(0, text.length - reach - 1),
  }
}

interface Search {
  compiled: RE2JS
  reach: number
  /** Every match contains a match of this. */
  required?: RegExp
}

/** Matches upper and lower case. Two letters of other alphabets have an ASCII letter as their lower case. */
const anyOf = (texts: readonly string[]): RegExp =>
  new RegExp(
    texts
      .map((text) =>
        Array.from(text, (character) => {
          const upper = character.toUpperCase()
          const others = character === 'k' ? '\u212a' : character === 's' ? '\u017f' : ''
          return upper === character ? RegExp.escape(character) : `[${character}${upper}${others}]`
        }).join(''),
      )
      .join('|'),
    'g',
  )

/** `\b` and `^` look at one code point before. */
const lookBehind = 2

function nextMatch(search: Search, text: string, from: number): Span | undefined {
  const { reach } = search
  let position = from
  let retries = 64 + text.length / 64
  while (position < text.length) {
    const start = firstStart(search, text, position)
    if (start === undefined) return undefined
    position = start
    const offset = Math.max(0, position - lookBehind)
    const end = Math.min(text.length, position + 2 * reach + 2)
    const found = findIn(search, text, offset, position, end)
    if (!found || (found.start > position + reach && end < text.length)) {
      if (end === text.length) return undefined
      position += reach
      continue
    }
    // the same view that a stream has when it decides this match
    const match =
      found.end - found.start > reach
        ? findIn(search, text, offset, found.start, Math.min(text.length, found.start + reach + 1))
        : found
    if (match && match.start === found.start && match.end > match.start && match.end - match.start <= reach)
      return match
    position = found.start + 1
    retries -= 1
    if (retries < 0)
      throw new Error(
        `the expression nearly matches too often: its matches are longer than "reach" (${reach}); raise it or bound the expression`,
      )
  }
  return undefined
}

/** The first possible start of a match, at `position` or after it. */
function firstStart({ required, reach }: Search, text: string, position: number): number | undefined {
  if (!required) return position
  required.lastIndex = position
  return required.test(text) ? Math.max(position, required.lastIndex - reach) : undefined
}

function findIn(
  { compiled }: Search,
  text: string,
  offset: number,
  position: number,
  end: number,
): Span | undefined {
  const matcher = compiled.matcher(text.slice(offset, end))
  return matcher.find(position - offset)
    ? { start: offset + matcher.start(), end: offset + matcher.end() }
    : undefined
}
