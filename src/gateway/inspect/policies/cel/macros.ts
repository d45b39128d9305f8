// The macros over lists and keys of maps: all, exists, exists_one, filter, map. The parser expands them into
// folds. This module extracts the parts of the folds and runs them as loops that stop early, with the same
// errors (`all` and `exists` absorb errors, the others do not).

import type { Expression } from './parse.ts'
import type { Term, Walk } from './term.ts'
import { bool, dyn, listOf, mayBe, show } from './types.ts'
import type { Type } from './types.ts'
import { Fault, isList, keysOf, Unknown } from './values.ts'

type Comprehension = Extract<Expression['exprKind'], { case: 'comprehensionExpr' }>['value']

/** Each level multiplies the work, and a condition needs no more levels. */
const maxDepth = 3
const notIterable = new Fault('a macro runs over a list or the keys of a map')
const notBool = new Fault('the condition of a macro is neither true nor false')

export function compileMacro(walk: Walk, expression: Expression, fold: Comprehension): Term | undefined {
  const called = walk.macroOf(expression)
  const parts = called && fold.loopStep && partsOf(called, fold.loopStep)
  if (!called || !parts || !fold.iterRange)
    return walk.problem(
      expression,
      'this form of comprehension is not supported',
      'use all, exists, exists_one, filter or map',
    )
  if (walk.depth >= maxDepth)
    return walk.problem(
      expression,
      `macros are nested deeper than ${maxDepth}`,
      'split the condition into several policies',
    )
  const range = walk.term(fold.iterRange)
  if (!range) return undefined
  const element = elementOf(range.type)
  if (!element) {
    return walk.problem(
      expression,
      `"${called.name}" runs over a list or a map, not over ${show(range.type)}`,
      'call it on a list such as operation.tools',
    )
  }
  return walk.within(fold.iterVar, element, (variable) => {
    const test = parts.test && walk.term(parts.test)
    const output = parts.output && walk.term(parts.output)
    if ((parts.test && !test) || (parts.output && !output)) return undefined
    if (test && !mayBe(test.type, 'bool')) {
      return walk.problem(
        expression,
        `the condition of "${called.name}" is of type ${show(test.type)}, not bool`,
        'compare it with something',
      )
    }
    return compileLoop(called.name, range, element, variable, test, output)
  })
}

function elementOf(type: Type): Type | undefined {
  if (type.kind === 'list') return type.of
  if (type.kind === 'map') return type.key
  return type.kind === 'dyn' ? dyn : undefined
}

/** Where the parser's expansion (builder.js of @bufbuild/cel) puts the author's expressions. */
function partsOf(
  called: { name: string; arity: number },
  step: Expression,
): { test?: Expression; output?: Expression } | undefined {
  const args = step.exprKind.case === 'callExpr' ? step.exprKind.value.args : []
  const appended = (sum: Expression | undefined) => {
    const list = sum?.exprKind.case === 'callExpr' ? sum.exprKind.value.args[1] : undefined
    return list?.exprKind.case === 'listExpr' ? list.exprKind.value.elements[0] : undefined
  }
  const test = called.name === 'all' || called.name === 'exists' ? args[1] : args[0]
  if (called.name !== 'map') return test && { test }
  const output = appended(called.arity === 3 ? args[1] : step)
  if (!output) return undefined
  return called.arity === 3 && test ? { test, output } : { output }
}

/** What a loop does after each item's test: continue, or end with a result. */
function compileLoop(
  name: string,
  range: Term,
  element: Type,
  variable: { value: unknown },
  test: Term | undefined,
  output: Term | undefined,
): Term {
  const items = (value: unknown): readonly unknown[] | Fault =>
    isList(value) ? value : (keysOf(value) ?? notIterable)
  const canFail =
    range.canFail ||
    range.type.kind === 'dyn' ||
    test?.canFail === true ||
    test?.type.kind === 'dyn' ||
    output?.canFail === true
  const source = range.run
  const judge = test?.run
  const make = output?.run
  const over = (
    type: Type,
    body: (list: readonly unknown[], input: Parameters<Term['run']>[0]) => unknown,
  ): Term => ({
    type,
    canFail,
    run(input) {
      const value = source(input)
      if (value instanceof Fault) return value
      const list = items(value)
      return list instanceof Fault ? list : body(list, input)
    },
  })
  if (name === 'all' || name === 'exists') {
    const deciding = name === 'exists'
    return over(bool, (list, input) => {
      let fault: Fault | undefined
      for (const item of list) {
        variable.value = item
        const verdict = judge?.(input)
        if (verdict === deciding) return deciding
        if (verdict instanceof Unknown) fault = verdict
        else if (verdict !== !deciding) fault ??= verdict instanceof Fault ? verdict : notBool
      }
      return fault ?? !deciding
    })
  }
  const collect = (list: readonly unknown[], input: Parameters<Term['run']>[0]): unknown[] | Fault => {
    const kept: unknown[] = []
    for (const item of list) {
      variable.value = item
      const verdict = judge ? judge(input) : true
      if (verdict === false) continue
      if (verdict !== true) return verdict instanceof Fault ? verdict : notBool
      const made = make ? make(input) : item
      if (made instanceof Fault) return made
      kept.push(made)
    }
    return kept
  }
  if (name !== 'map' && name !== 'filter') {
    return over(bool, (list, input) => {
      const kept = collect(list, input)
      return kept instanceof Fault ? kept : kept.length === 1
    })
  }
  return over(listOf(output?.type ?? element), collect)
}
