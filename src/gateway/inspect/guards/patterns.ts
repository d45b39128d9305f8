// The guard for text that an organization defines itself: named regular expressions, and lists of words.

import { RE2JS } from 're2js'
import { z } from 'zod'
import type { GuardKind } from '../guard.ts'
import { createExpressionSearcher } from './patterns/expression.ts'
import { createWordSearcher } from './patterns/words.ts'
import { createSearchDetector } from './search.ts'

const options = z
  .strictObject({
    patterns: z
      .record(
        z
          .string()
          .regex(
            /^[a-z0-9][a-z0-9-]*$/,
            'the name of a pattern has only lower case letters, digits and hyphens',
          ),
        z.string().min(1).check(isExpression),
      )
      .default({})
      .describe(
        'Regular expressions by name, in RE2 syntax: `{ internal-host: "[a-z0-9-]+\\\\.corp\\\\.example" }`. They are reported as `pattern/<name>`.',
      ),
    words: z
      .array(z.string().trim().min(1))
      .default([])
      .describe(
        'Words and phrases. They match whole words, in upper or lower case, and are reported as `pattern/words`.',
      ),
    ignoreCase: z
      .boolean()
      .default(true)
      .describe('Whether patterns ignore upper and lower case. Words always do.'),
    reach: z
      .int()
      .min(1)
      .max(8192)
      .default(256)
      .describe(
        'The longest match of a pattern with unlimited repetition, in characters. In streams, the guard holds back this much text.',
      ),
  })
  .refine(
    (chosen) => chosen.words.length > 0 || Object.keys(chosen.patterns).length > 0,
    'a patterns guard needs "patterns" or "words"',
  )

type PatternOptions = z.infer<typeof options>

export const patterns: GuardKind<PatternOptions> = {
  kind: 'patterns',
  options,
  labels: (chosen) => [
    ...Object.keys(chosen.patterns).map((name) => `pattern/${name}`),
    ...(chosen.words.length > 0 ? [wordsLabel] : []),
  ],
  create: (chosen) =>
    createSearchDetector([
      ...Object.entries(chosen.patterns).map(([name, source]) =>
        createExpressionSearcher(`pattern/${name}`, source, {
          ignoresCase: chosen.ignoreCase,
          reach: chosen.reach,
        }),
      ),
      ...(chosen.words.length > 0 ? [createWordSearcher(wordsLabel, chosen.words)] : []),
    ]),
}

const wordsLabel = 'pattern/words'

function isExpression(context: {
  value: string
  issues: { push(issue: { code: 'custom'; message: string; input: unknown }): unknown }
}): void {
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
