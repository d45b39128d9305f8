// A policy's condition: CEL, checked against the declared fields and compiled to closures in one walk. Known
// limits: ints are exact within ±(2^53 − 1), and an error outside; no uint, bytes, timestamps, durations,
// types; lists and branches are of one type; the pattern of matches() is a literal; macros nest three deep.

import type { DecisionInput, Fact } from '../../../../contract/decide.ts'
import { compileCall } from './calls.ts'
import { compileConstant, compileList, compileMap } from './literals.ts'
import { compileMacro } from './macros.ts'
import { compileIdentifier, compileSelect } from './names.ts'
import type { Scope } from './names.ts'
import { parse } from './parse.ts'
import type { ConditionProblem, Expression, Syntax } from './parse.ts'
import type { Term, Walk } from './term.ts'
import { mayBe, show } from './types.ts'
import { Fault } from './values.ts'

export type { ConditionProblem } from './parse.ts'
export { Fault, Unknown } from './values.ts'

export interface Condition {
  problems: readonly ConditionProblem[]
  /** Labels, or prefixes of labels, that it reads; empty if it reads no content. */
  labels: readonly { label: string; offset: number }[]
  /** Declared fields that it reads. */
  fields: readonly { path: Fact; offset: number }[]
  /** true, false, or why it could not be evaluated. A condition with problems always faults. */
  holds: (input: DecisionInput) => boolean | Fault
  /** The same with some facts unknown: Unknown if the result depends on them. Compiled at the first call. */
  holdsWithout: (input: DecisionInput, unknown: ReadonlySet<Fact>) => boolean | Fault
}

export function compileCondition(source: string): Condition {
  const syntax = parse(source)
  if (!('root' in syntax)) return brokenCondition([syntax])
  const problems: ConditionProblem[] = []
  const labels: { label: string; offset: number }[] = []
  const fields: { path: Fact; offset: number }[] = []
  const term = createWalk(syntax, { problems, labels, fields }, false).term(syntax.root)
  if (term && problems.length === 0 && !mayBe(term.type, 'bool')) {
    problems.push({
      offset: 0,
      message: `the condition is of type ${show(term.type)}, not bool`,
      fix: 'compare it with something: it must be true or false',
    })
  }
  if (!term || problems.length > 0) return brokenCondition(problems)
  const { run } = term
  let runPartly: Term['run'] | undefined
  return {
    problems,
    labels,
    fields,
    holds: (input) => booleanOrFault(run(input)),
    holdsWithout(input, unknown) {
      runPartly ??=
        createWalk(syntax, { problems: [], labels: [], fields: [] }, true).term(syntax.root)?.run ??
        (() => neither)
      return booleanOrFault(runPartly({ ...input, unknown }))
    },
  }
}

const booleanOrFault = (value: unknown): boolean | Fault =>
  typeof value === 'boolean' || value instanceof Fault ? value : neither
const neither = new Fault('the condition is neither true nor false')
const brokenCondition = (problems: readonly ConditionProblem[]): Condition => {
  const fault = new Fault(problems[0]?.message ?? 'the condition is not valid')
  return { problems, labels: [], fields: [], holds: () => fault, holdsWithout: () => fault }
}

/** Evaluation recurses as deep as the expression is nested. */
const maxNesting = 200

interface Notes {
  problems: ConditionProblem[]
  labels: { label: string; offset: number }[]
  fields: { path: Fact; offset: number }[]
}

function createWalk(syntax: Syntax, { problems, labels, fields }: Notes, isPartial: boolean): Walk {
  const scope: Scope[number][] = []
  let nesting = 0
  const walk: Walk = {
    term(expression) {
      if (nesting >= maxNesting)
        return walk.problem(
          expression,
          `the condition is nested deeper than ${maxNesting}`,
          'split it into several policies',
        )
      nesting += 1
      const term = compileTerm(walk, scope, expression)
      nesting -= 1
      return term
    },
    problem(expression, message, fix) {
      problems.push({ offset: syntax.offsetOf(expression), message, fix })
      return undefined
    },
    within(name, type, inside) {
      const variable: { value: unknown } = { value: undefined }
      scope.push({ name, type, variable })
      try {
        return inside(variable)
      } finally {
        scope.pop()
      }
    },
    readsLabel: (expression, label) => void labels.push({ label, offset: syntax.offsetOf(expression) }),
    readsField: (expression, path) => void fields.push({ path, offset: syntax.offsetOf(expression) }),
    isPartial,
    macroOf: syntax.macroOf,
    get depth() {
      return scope.length
    },
  }
  return walk
}

function compileTerm(walk: Walk, scope: Scope, expression: Expression): Term | undefined {
  const { exprKind } = expression
  if (exprKind.case === 'constExpr') return compileConstant(walk, expression)
  if (exprKind.case === 'identExpr') return compileIdentifier(walk, scope, expression, exprKind.value.name)
  if (exprKind.case === 'selectExpr') return compileSelect(walk, scope, expression)
  if (exprKind.case === 'callExpr') return compileCall(walk, expression, exprKind.value)
  if (exprKind.case === 'comprehensionExpr') return compileMacro(walk, expression, exprKind.value)
  if (exprKind.case === 'listExpr') return compileList(walk, expression, exprKind.value.elements)
  if (exprKind.case === 'structExpr') return compileMap(walk, expression)
  return walk.problem(expression, 'the condition cannot be read here', 'the syntax is that of CEL (cel.dev)')
}
