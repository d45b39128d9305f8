// A user's regular expression, run by re2js: time linear in the text whatever the expression.
//
// A single search is linear, but a search for every match need not be (`a.*b` on many a's reads to the end
// each time). So the text is read through views of a bounded size, and a match is at most `reach` characters
// long. The same bound lets streams flow: what lies further back than `reach` is settled. An expression
// without open repetitions has a reach of its own (longest-match.ts), often a few characters.

import { RE2JS } from 're2js'
import { longestMatch } from './longest-match.ts'
import type { Searcher, Span } from '../search.ts'

/** @throws RE2JSSyntaxException for what RE2 does not know (lookaround, back references) */
export function expression(
  label: string,
  source: string,
  options: { ignoresCase: boolean; reach: number },
): Searcher {
  const compiled = RE2JS.compile(source, options.ignoresCase ? RE2JS.CASE_INSENSITIVE : 0)
  const reach = Math.max(1, Math.min(options.reach, longestMatch(source)))
  return {
    label,
    stride: reach >> 2,
    next: (text, position) =>
      compiled.test(text.slice(Math.max(0, position - lookBehind)))
        ? nextMatch(compiled, reach, text, position)
        : undefined,
    settled: (text) => Math.max(0, text.length - reach - 1),
  }
}

/** `\b` and `^` look at one code point before. */
const lookBehind = 2

function nextMatch(compiled: RE2JS, reach: number, text: string, from: number): Span | undefined {
  let position = from
  let retries = 64 + text.length / 64
  while (position < text.length) {
    const offset = Math.max(0, position - lookBehind)
    const end = Math.min(text.length, position + 2 * reach + 2)
    const found = search(compiled, text, offset, position, end)
    if (!found || (found.start > position + reach && end < text.length)) {
      if (end === text.length) return undefined
      position += reach
      continue
    }
    // the same view that a stream would have had when this match was decided
    const match =
      found.end - found.start > reach
        ? search(compiled, text, offset, found.start, Math.min(text.length, found.start + reach + 1))
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

function search(
  compiled: RE2JS,
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
