// Reads a long text slice by slice, so that other calls run in between, and the reading stops if the client
// leaves.
//
// It works like the stream window with events: a slice is judged up to the point that later text cannot
// change (`settled`), and the rest is read again with the next slice. So the findings equal those of reading
// the whole text (test/guards/slices.test.ts).

import type { PieceKind } from '../../contract/content.ts'
import type { GuardRule } from '../../contract/snapshot.ts'
import type { Match } from './guard.ts'
import { foldOnce } from './guards/fold.ts'
import { type ReadOptions, type ReadyGuard, readText } from './read.ts'

/**
 * Characters per slice: about 2 ms of ASCII at 60 ms per MB, 6 ms of wider characters. A request up to this
 * size is read without a pause.
 */
export const sliceLength = 32_768

export type Found = (rule: GuardRule, matches: readonly Match[]) => void

export interface Pacing {
  /** Lets other work run. Rejects if the call was stopped. */
  pause(): Promise<void>
}

export async function readInSlices(
  guards: readonly ReadyGuard[],
  text: string,
  kind: PieceKind,
  options: ReadOptions & Pacing,
  found: Found,
  begin = 0,
): Promise<void> {
  /** Per guard, the first character that it has not judged yet. */
  const from = guards.map(() => begin)
  const context = Math.max(...guards.map(({ detector }) => detector.context))
  let length = sliceLength
  for (let reached = begin; reached < text.length; ) {
    const base = Math.max(0, reached - context)
    const end = Math.min(text.length, reached + length)
    const view = text.slice(base, end)
    const isLast = end === text.length
    const folded = foldOnce(view)
    for (const [index, guard] of guards.entries()) {
      const start = (from[index] ?? 0) - base
      if (start >= view.length) continue
      const settled = isLast ? view.length : guard.detector.settled(view, start, folded)
      if (settled <= start) continue
      const reading = readText(guard, view, kind, start, options, folded)
      const matches = (reading instanceof Promise ? await reading : reading).filter(
        (match) => match.start < settled,
      )
      found(
        guard.rule,
        matches.map((match) => ({ ...match, start: base + match.start, end: base + match.end })),
      )
      from[index] = base + Math.max(settled, matches.at(-1)?.end ?? 0)
    }
    const judged = isLast ? text.length : Math.min(...from)
    // a guard that holds back a whole slice gets a longer one
    length = judged > reached ? sliceLength : length * 2
    reached = judged
    if (reached < text.length) await options.pause()
  }
}
