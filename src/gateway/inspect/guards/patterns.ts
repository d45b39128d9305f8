// The guard for what an organization does not want to see pass: named regular expressions, and lists of words.

import { RE2JS } from 're2js'
import { z } from 'zod'
import { type Detector, type GuardKind, type Match } from '../guard.ts'
import { fold, foldedIndex, originalEnd, originalStart } from './fold.ts'
import { expression } from './patterns/expression.ts'
import type { Searcher, Span } from './patterns/searcher.ts'
import { words } from './patterns/words.ts'

const options = z
  .strictObject({
    patterns: z
      .record(
        z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'a pattern is named in small letters, digits and hyphens'),
        z.string().min(1).check(isExpression),
      )
      .default({})
      .describe('Regular expressions by name, in RE2 syntax: `{ internal-host: "[a-z0-9-]+\\\\.corp\\\\.example" }`. Reported as `pattern/<name>`.'),
    words: z
      .array(z.string().trim().min(1))
      .default([])
      .describe('Words and phrases, found as whole words in any case. Reported as `pattern/words`.'),
    ignoreCase: z.boolean().default(true).describe('Do patterns match capitals and small letters alike? Words always do.'),
    reach: z
      .int()
      .min(1)
      .max(8192)
      .default(256)
      .describe('The longest match of a pattern that repeats without bound, in characters. On streams, so much text waits to be judged.'),
  })
  .refine((chosen) => chosen.words.length > 0 || Object.keys(chosen.patterns).length > 0, 'a patterns guard needs "patterns" or "words"')

type PatternOptions = z.infer<typeof options>

export const patterns: GuardKind<PatternOptions> = {
  kind: 'patterns',
  options,
  labels: (chosen) => [...Object.keys(chosen.patterns).map((name) => `pattern/${name}`), ...(chosen.words.length > 0 ? [wordsLabel] : [])],
  create: (chosen) =>
    detector([
      ...Object.entries(chosen.patterns).map(([name, source]) =>
        expression(`pattern/${name}`, source, { ignoresCase: chosen.ignoreCase, reach: chosen.reach }),
      ),
      ...(chosen.words.length > 0 ? [words(wordsLabel, chosen.words)] : []),
    ]),
}

const wordsLabel = 'pattern/words'

function isExpression(context: { value: string; issues: { push(issue: { code: 'custom'; message: string; input: unknown }): unknown } }): void {
  try {
    RE2JS.compile(context.value)
  } catch (error) {
    context.issues.push({
      code: 'custom',
      message: `not an RE2 expression: ${error instanceof Error ? error.message : 'unreadable'}`,
      input: context.value,
    })
  }
}

/** All searchers go through the text together: the leftmost match counts (the longest of those that begin together), then all go on from its end. */
function detector(searchers: readonly Searcher[]): Detector {
  const stride = Math.max(...searchers.map((searcher) => searcher.stride))
  return {
    context: 8,
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
        found.push({ label, start: originalStart(folded, match.start, text.length), end: originalEnd(folded, match.end) })
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
  left !== undefined && (right === undefined || left.start < right.start || (left.start === right.start && left.end > right.end))
