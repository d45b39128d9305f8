// From text to CEL's syntax tree, by @bufbuild/cel's parser. Checking and evaluating are ours.

import { parse as parseCel } from '@bufbuild/cel'

type Parsed = ReturnType<typeof parseCel>
export type Expression = Parsed['expr']

export interface ConditionProblem {
  /** Character in the expression, from 0. */
  offset: number
  message: string
  fix: string
}

export interface Syntax {
  root: Expression
  offsetOf: (expression: { id: bigint }) => number
  /** The macro that the parser expanded into this comprehension, and how many arguments it had. */
  macroOf: (expression: { id: bigint }) => { name: string; arity: number } | undefined
}

/** People read conditions; longer ones should be split into several policies. */
const maxLength = 4_000

export function parse(source: string): Syntax | ConditionProblem {
  if (source.length > maxLength) {
    return {
      offset: 0,
      message: `the condition is longer than ${maxLength} characters`,
      fix: 'split it into several policies',
    }
  }
  try {
    const { expr, sourceInfo } = parseCel(source)
    return {
      root: expr,
      offsetOf: ({ id }) => sourceInfo?.positions[id.toString()] ?? 0,
      macroOf({ id }) {
        const call = sourceInfo?.macroCalls[id.toString()]?.exprKind
        return call?.case === 'callExpr'
          ? { name: call.value.function, arity: call.value.args.length }
          : undefined
      },
    }
  } catch (thrown) {
    return syntaxProblem(source, thrown)
  }
}

function syntaxProblem(source: string, thrown: unknown): ConditionProblem {
  const offset = offsetIn(thrown)
  const found = source.slice(offset, offset + 12)
  if (source.trim() === '')
    return {
      offset: 0,
      message: 'the condition is empty',
      fix: 'write a CEL condition, or `true` for a policy that always applies',
    }
  if (/^=(?!=)/.test(found))
    return { offset, message: 'a single "=" is not an operator of CEL', fix: 'compare with "=="' }
  if (/^(and|or|not)\b/i.test(found))
    return {
      offset,
      message: `"${found.split(' ')[0]}" is not an operator of CEL`,
      fix: 'write "&&", "||" or "!"',
    }
  const at = found === '' ? 'at its end' : `at "${found}"`
  return {
    offset,
    message: `the condition cannot be read ${at}`,
    fix: 'check quotes, brackets and operators; the syntax is that of CEL (cel.dev)',
  }
}

/** The parser's errors have `location.start.offset` or `location.offset`; older ones have neither. */
function offsetIn(thrown: unknown): number {
  if (typeof thrown !== 'object' || thrown === null || !('location' in thrown)) return 0
  const location: unknown = thrown.location
  if (typeof location !== 'object' || location === null) return 0
  const start: unknown = 'start' in location ? location.start : location
  if (typeof start === 'number') return start
  if (typeof start !== 'object' || start === null || !('offset' in start)) return 0
  return typeof start.offset === 'number' ? start.offset : 0
}
