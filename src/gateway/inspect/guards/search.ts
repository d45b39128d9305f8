// A guard that consists of searchers: each finds its next match, and reports how much of a text is settled
// for it.

import type { Detector, Match } from '../guard.ts'
import { fold, foldedIndex, originalEnd, originalStart } from './fold.ts'

export interface Span {
  start: number
  end: number
}

/** Texts are folded (fold.ts). */
export interface Searcher {
  label: string
  /**
   * For fewer new characters than this, another reading is too expensive, because it repeats the open text
   * each time.
   */
  stride: number
  /**
   * The leftmost match that begins at or after `position`; whether a span matches depends on at most 8
   * characters before it and 2 after it.
   */
  next(text: string, position: number): Span | undefined
  /** The index from which on matches could still begin, grow or vanish. */
  settled(text: string): number
}

const context = 8

/**
 * All searchers go through the text together: the leftmost match counts (the longest of those with the same
 * start), then all continue at its end.
 * @param mayMatch cheap: could any of them match at or after a position? Absent: yes.
 */
export function createSearchDetector(
  searchers: readonly Searcher[],
  mayMatch?: (text: string, position: number) => boolean,
): Detector {
  const stride = Math.max(...searchers.map((searcher) => searcher.stride))
  return {
    context,
    find(text, _kind, from, shared) {
      const folded = shared?.() ?? fold(text)
      const begin = foldedIndex(folded, from)
      if (mayMatch && !mayMatch(folded.text, begin)) return []
      return findAll(searchers, folded.text, begin).map(({ label, start, end }) => ({
        label,
        start: originalStart(folded, start, text.length),
        end: originalEnd(folded, end),
      }))
    },
    settled(text, from, shared) {
      const folded = shared?.() ?? fold(text)
      let settled = folded.text.length
      for (const searcher of searchers) settled = Math.min(settled, searcher.settled(folded.text))
      const position = originalStart(folded, settled, text.length)
      return position - from < stride ? from : position
    },
  }
}

function findAll(searchers: readonly Searcher[], text: string, from: number): Match[] {
  const found: Match[] = []
  const next = searchers.map((searcher) => searcher.next(text, from))
  for (;;) {
    let first: Span | undefined
    let label = ''
    for (const [index, searcher] of searchers.entries()) {
      if (!isBefore(next[index], first)) continue
      first = next[index]
      label = searcher.label
    }
    if (!first) return found
    const { start, end } = first
    found.push({ label, start, end })
    for (const [index, searcher] of searchers.entries()) {
      const known = next[index]
      if (known && known.start < end) next[index] = searcher.next(text, end)
    }
  }
}

const isBefore = (left: Span | undefined, right: Span | undefined): boolean =>
  left !== undefined &&
  (right === undefined || left.start < right.start || (left.start === right.start && left.end > right.end))
