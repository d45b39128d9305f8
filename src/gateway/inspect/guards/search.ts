// A guard made of searchers: each finds its next match, and says how much of a text it is done with.

import type { Detector, Match } from '../guard.ts'
import { fold, foldedIndex, originalEnd, originalStart } from './fold.ts'

export interface Span {
  start: number
  end: number
}

/** Texts are folded (fold.ts). */
export interface Searcher {
  label: string
  /** Reading again for fewer new characters than this is not worth it: what lies open is read each time. */
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
 * All searchers go through the text together: the leftmost match counts (the longest of those that begin
 * together), then all go on from its end.
 */
export function searchAll(searchers: readonly Searcher[]): Detector {
  const stride = Math.max(...searchers.map((searcher) => searcher.stride))
  return {
    context,
    find(text, _kind, from, shared) {
      const folded = shared?.() ?? fold(text)
      const found: Match[] = []
      const next: (Span | undefined)[] = []
      let position = foldedIndex(folded, from)
      for (const [index, searcher] of searchers.entries()) next[index] = searcher.next(folded.text, position)
      for (;;) {
        let first: number | undefined
        for (let index = 0; index < searchers.length; index += 1)
          if (isBefore(next[index], first === undefined ? undefined : next[first])) first = index
        const match = first === undefined ? undefined : next[first]
        const label = first === undefined ? undefined : searchers[first]?.label
        if (!match || label === undefined) return found
        found.push({
          label,
          start: originalStart(folded, match.start, text.length),
          end: originalEnd(folded, match.end),
        })
        position = match.end
        for (const [index, searcher] of searchers.entries()) {
          const known = next[index]
          if (known && known.start < position) next[index] = searcher.next(folded.text, position)
        }
      }
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

const isBefore = (left: Span | undefined, right: Span | undefined): boolean =>
  left !== undefined &&
  (right === undefined || left.start < right.start || (left.start === right.start && left.end > right.end))
