// Operators and functions: their types, and the closure that runs them. A call that matches no row is a
// problem, reported with its fix.

import { findNearest } from '../../../../kit/nearest.ts'
import { compileContentCall } from './content.ts'
import { compileLogical, compileNot, compileTernary } from './logic.ts'
import { compileMatches } from './matches.ts'
import { compileArithmetic, compileIndex, compileMembership } from './operators.ts'
import type { Expression } from './parse.ts'
import { createStrict, createStrictUnary } from './term.ts'
import type { Term, Walk } from './term.ts'
import { areComparable, bool, double, int, isNumeric, mayBe, show, string, unify } from './types.ts'
import type { Type } from './types.ts'
import { comparisons, conversions, equals, Fault, intArithmetic, size, stringTests } from './values.ts'

type Call = Extract<Expression['exprKind'], { case: 'callExpr' }>['value']

/** Operators: the parser's names → the written form. */
const symbols: Readonly<Record<string, string>> = {
  '@in': 'in',
  '!_': '!',
  '-_': '-',
  '_[_]': '[…]',
  '_?_:_': '? :',
}
const symbol = (name: string): string => symbols[name] ?? name.replaceAll('_', '')

const functionNames = [
  'size',
  'contains',
  'startsWith',
  'endsWith',
  'matches',
  'int',
  'double',
  'string',
  'has',
  'all',
  'exists',
  'exists_one',
  'filter',
  'map',
]
const unsupportedFunctions = new Set(['timestamp', 'duration', 'uint', 'bytes', 'type', 'dyn', 'bool'])

export function compileCall(
  walk: Walk,
  expression: Expression,
  { function: name, target, args }: Call,
): Term | undefined {
  if (target?.exprKind.case === 'identExpr' && target.exprKind.value.name === 'content')
    return compileContentCall(walk, expression, name, args)
  const terms = (target ? [target, ...args] : args).map((argument) => walk.term(argument))
  const [first, second, third] = terms
  // The inner problem is already reported. Another one would only repeat it.
  if (terms.includes(undefined)) return undefined
  const mismatch = () =>
    walk.problem(
      expression,
      `"${symbol(name)}" does not take ${terms.map((term) => (term ? show(term.type) : '')).join(' and ')}`,
      'compare and combine values of one type; size(), int(), double() and string() convert',
    )

  if (first && third && second && name === '_?_:_') {
    const type = unify(second.type, third.type)
    return type && mayBe(first.type, 'bool') ? compileTernary(type, first, second, third) : mismatch()
  }
  if (first && second && terms.length === 2) {
    if (name === '_&&_' || name === '_||_') {
      const term = compileLogical(name, first, second)
      return 'culprit' in term ? mismatch() : term
    }
    return compileBinary(walk, expression, name, first, second, mismatch)
  }
  if (first && terms.length === 1) {
    const term = compileUnary(name, first)
    if (term === 'mismatch') return mismatch()
    if (term) return term
  }
  return reportUnknownFunction(walk, expression, name)
}

function compileBinary(
  walk: Walk,
  expression: Expression,
  name: string,
  left: Term,
  right: Term,
  mismatch: () => undefined,
): Term | undefined {
  if (name === '_==_' || name === '_!=_') {
    const strange = impossibleValue(left, right) ?? impossibleValue(right, left)
    if (strange) return walk.problem(expression, `it is never "${strange.value}"`, strange.fix)
    if (!areComparable(left.type, right.type)) return mismatch()
    const wanted = name === '_==_'
    const isPlain = [left, right].some(
      ({ type }) => type.kind === 'string' || type.kind === 'bool' || type.kind === 'int',
    )
    if (isPlain) return createStrict(bool, left, right, wanted ? (a, b) => a === b : (a, b) => a !== b, false)
    return createStrict(bool, left, right, (a, b) => equals(a, b) === wanted, false)
  }
  const compare = comparisons[name]
  if (compare) {
    const isDyn = left.type.kind === 'dyn' || right.type.kind === 'dyn'
    const fits =
      (isNumeric(left.type) && isNumeric(right.type)) ||
      ['string', 'bool'].some((kind) => left.type.kind === kind && right.type.kind === kind)
    return fits || isDyn ? createStrict(bool, left, right, compare, isDyn) : mismatch()
  }
  if (name in intArithmetic) return compileArithmetic(name, left, right) ?? mismatch()
  if (name === '@in') return compileMembership(left, right) ?? mismatch()
  if (name === '_[_]') return compileIndex(left, right) ?? mismatch()
  if (name === 'matches') return compileMatches(walk, expression, left, right, mismatch)
  const test = stringTests[name]
  if (!test) return reportUnknownFunction(walk, expression, name)
  const isDyn = left.type.kind === 'dyn' || right.type.kind === 'dyn'
  return mayBe(left.type, 'string') && mayBe(right.type, 'string')
    ? createStrict(bool, left, right, test, isDyn)
    : mismatch()
}

/** A text that an enumerated field never has. */
function impossibleValue({ values }: Term, { constant }: Term): { value: string; fix: string } | undefined {
  if (!values || typeof constant !== 'string' || values.includes(constant)) return undefined
  const near =
    constant === 'reply' && values.includes('response') ? 'response' : findNearest(constant, values)
  return {
    value: constant,
    fix: near ? `did you mean "${near}"?` : `write one of ${values.map((value) => `"${value}"`).join(', ')}`,
  }
}

function compileUnary(name: string, operand: Term): Term | 'mismatch' | undefined {
  const { type } = operand
  if (name === '!_') return mayBe(type, 'bool') ? compileNot(operand) : 'mismatch'
  if (name === '-_') {
    // 0 − x instead of −x: ints have no negative zero
    if (type.kind === 'int')
      return createStrictUnary(
        int,
        operand,
        (value) => (typeof value === 'number' ? 0 - value : value),
        false,
      )
    const negate = (value: unknown) =>
      typeof value === 'number' ? -value : new Fault('only numbers have a negative')
    return mayBe(type, 'double') ? createStrictUnary(type, operand, negate, type.kind === 'dyn') : 'mismatch'
  }
  if (name === 'size') {
    const fits = ['string', 'list', 'map', 'dyn'].includes(type.kind)
    return fits ? createStrictUnary(int, operand, size, type.kind === 'dyn') : 'mismatch'
  }
  const convert = conversions[name]
  if (!convert) return undefined
  const takes =
    name === 'string' ? ['string', 'bool', 'int', 'double', 'dyn'] : ['string', 'int', 'double', 'dyn']
  const result: Type = name === 'string' ? string : name === 'int' ? int : double
  return takes.includes(type.kind) ? createStrictUnary(result, operand, convert, true) : 'mismatch'
}

function reportUnknownFunction(walk: Walk, expression: Expression, name: string): undefined {
  if (unsupportedFunctions.has(name)) {
    return walk.problem(
      expression,
      `"${name}" of CEL is not supported here`,
      'our fields are texts, numbers, lists and maps; request.hour and request.weekday tell the time (UTC)',
    )
  }
  const known = functionNames.includes(name)
  const meant = findNearest(name, functionNames)
  if (known)
    return walk.problem(
      expression,
      `"${name}" is called with the wrong number or kind of arguments`,
      'see "Policies" in the reference of the configuration',
    )
  return walk.problem(
    expression,
    `"${name}" is not a function`,
    meant
      ? `did you mean "${meant}"?`
      : `functions are ${functionNames.join(', ')}, content.has and content.count`,
  )
}
