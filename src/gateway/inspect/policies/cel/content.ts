// `content.has("label")` and `content.count("label")`: the findings of guards.

import type { Finding } from '../../../../contract/content.ts'
import { findNearest } from '../../../../kit/nearest.ts'
import type { Expression } from './parse.ts'
import type { Term, Walk } from './term.ts'
import { bool, int } from './types.ts'
import { unknown } from './values.ts'

/** `content.has("pii")` is true for `pii` and every label below `pii/`. */
export function compileContentCall(
  walk: Walk,
  expression: Expression,
  name: string,
  args: readonly Expression[],
): Term | undefined {
  const constant = args[0]?.exprKind.case === 'constExpr' ? args[0].exprKind.value.constantKind : undefined
  if (name !== 'has' && name !== 'count') {
    const meant = findNearest(name, ['has', 'count'])
    return walk.problem(
      expression,
      `"content.${name}" is not a function`,
      meant ? `did you mean content.${meant}?` : 'use content.has("label") or content.count("label")',
    )
  }
  if (args.length !== 1 || constant?.case !== 'stringValue') {
    return walk.problem(
      expression,
      `content.${name}() takes one label in quotes`,
      `write content.${name}("pii")`,
    )
  }
  const label = constant.value
  walk.readsLabel(expression, label)
  const prefix = `${label}/`
  const isMeant = (finding: Finding) => finding.label === label || finding.label.startsWith(prefix)
  if (walk.isPartial) return createPartial(name, isMeant)
  if (name === 'has') return { type: bool, canFail: false, run: (input) => input.findings.some(isMeant) }
  return { type: int, canFail: false, run: ({ findings }) => countOf(findings, isMeant) }
}

const countOf = (findings: readonly Finding[], isMeant: (finding: Finding) => boolean) =>
  findings.reduce((count, finding) => count + (isMeant(finding) ? 1 : 0), 0)

function createPartial(name: 'has' | 'count', isMeant: (finding: Finding) => boolean): Term {
  return {
    type: name === 'has' ? bool : int,
    canFail: true,
    run(input) {
      if (input.unknown?.has('content')) return unknown
      return name === 'has' ? input.findings.some(isMeant) : countOf(input.findings, isMeant)
    },
  }
}
