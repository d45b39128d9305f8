// Names: the declared fields, variables of macros, and the fields below them.

import { findNearest } from '../../../../kit/nearest.ts'
import { type Field, fields, fieldsOf, roots } from './fields.ts'
import type { Expression } from './parse.ts'
import { createStrictUnary } from './term.ts'
import type { Term, Walk } from './term.ts'
import { bool, dyn, show } from './types.ts'
import type { Type } from './types.ts'
import { Fault, lookup, unknown } from './values.ts'

/** The variables of the macros around a place, innermost last. */
export type Scope = readonly { name: string; type: Type; variable: { value: unknown } }[]

export function compileIdentifier(
  walk: Walk,
  scope: Scope,
  expression: Expression,
  name: string,
): Term | undefined {
  const local = scope.findLast((entry) => entry.name === name)
  if (local) {
    const { variable } = local
    return { type: local.type, canFail: false, run: () => variable.value }
  }
  const field = fields.get(name)
  if (field) return compileField(walk, expression, field)
  const below = fieldsOf(name)
  if (below)
    return walk.problem(
      expression,
      `"${name}" is not a value by itself`,
      `name one of its fields: ${below.map((leaf) => `${name}.${leaf}`).join(', ')}`,
    )
  if (name === 'content')
    return walk.problem(
      expression,
      '"content" is not a value by itself',
      'use content.has("label") or content.count("label")',
    )
  const meant = findNearest(name, [...roots, 'content', ...scope.map((entry) => entry.name)])
  return walk.problem(
    expression,
    `"${name}" is not known`,
    meant ? `did you mean "${meant}"?` : `a condition reads ${roots.join(', ')} and content`,
  )
}

function compileField(walk: Walk, expression: Expression, { path, read, type, words }: Field): Term {
  walk.readsField(expression, path)
  const run: Term['run'] = walk.isPartial
    ? (input) => (input.unknown?.has(path) ? unknown : read(input))
    : read
  return { type, canFail: walk.isPartial, run, ...(words && { values: words }) }
}

const isTold = (value: unknown): boolean =>
  value !== '' &&
  value !== 0 &&
  value !== undefined &&
  !(typeof value === 'object' && value !== null && Object.keys(value).length === 0)

export function compileSelect(walk: Walk, scope: Scope, expression: Expression): Term | undefined {
  if (expression.exprKind.case !== 'selectExpr' || !expression.exprKind.value.operand) return undefined
  const { operand, field: name, testOnly } = expression.exprKind.value
  const root = operand.exprKind.case === 'identExpr' ? operand.exprKind.value.name : undefined
  const below = root !== undefined && !scope.some((entry) => entry.name === root) ? fieldsOf(root) : undefined
  if (root !== undefined && below) {
    const declared = fields.get(`${root}.${name}`)
    if (!declared) {
      const meant = findNearest(name, below)
      const fix = meant ? `did you mean "${root}.${meant}"?` : `fields of ${root}: ${below.join(', ')}`
      return walk.problem(expression, `"${root}.${name}" is not known`, fix)
    }
    const field = compileField(walk, expression, declared)
    return testOnly ? createStrictUnary(bool, field, isTold, false) : field
  }
  const map = walk.term(operand)
  if (!map) return undefined
  if (map.type.kind !== 'map' && map.type.kind !== 'dyn') {
    return walk.problem(
      expression,
      `a ${show(map.type)} has no field "${name}"`,
      'only maps such as subject.tags and subject.claims have further fields',
    )
  }
  // a value that is not a map has no members, as in @bufbuild/cel
  if (testOnly) return createStrictUnary(bool, map, (value) => lookup(value, name) !== undefined, false)
  const missing = new Fault(`no such key: ${name} (test for it with has())`)
  const get = (value: unknown): unknown => {
    const found = lookup(value, name)
    return found === undefined ? missing : found
  }
  return createStrictUnary(map.type.kind === 'map' ? map.type.of : dyn, map, get, true)
}
