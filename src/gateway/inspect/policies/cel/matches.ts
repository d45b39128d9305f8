// `text.matches("pattern")`, by RE2: linear time in the text for any pattern.

import { RE2JS } from 're2js'
import type { Expression } from './parse.ts'
import { createStrict } from './term.ts'
import type { Term, Walk } from './term.ts'
import { bool, mayBe } from './types.ts'
import { Fault } from './values.ts'

export function compileMatches(
  walk: Walk,
  expression: Expression,
  left: Term,
  right: Term,
  mismatch: () => undefined,
): Term | undefined {
  if (!mayBe(left.type, 'string')) return mismatch()
  const pattern = 'constant' in right ? right.constant : undefined
  if (typeof pattern !== 'string')
    return walk.problem(
      expression,
      'the pattern of matches() is not a literal',
      'write the pattern as text in quotes, so that it is compiled once',
    )
  try {
    const compiled = RE2JS.compile(pattern)
    return createStrict(
      bool,
      left,
      right,
      (text) => (typeof text === 'string' ? compiled.test(text) : new Fault('matches() reads text only')),
      left.type.kind === 'dyn',
    )
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : 'it cannot be read'
    return walk.problem(
      expression,
      `the pattern of matches() is not valid: ${reason}`,
      'patterns are of RE2 syntax: no look-around, no back-references',
    )
  }
}
