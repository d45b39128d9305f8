// Literals: constants, lists, maps. Their elements are of one type, so that types stay known.

import type { Expression } from './parse.ts'
import type { Term, Walk } from './term.ts'
import { bool, double, dyn, int, listOf, mapOf, nothing, show, string, unify } from './types.ts'
import type { Type } from './types.ts'
import { Fault } from './values.ts'

const fixed = (type: Type, value: unknown): Term => ({
  type,
  canFail: false,
  constant: value,
  run: () => value,
})

export function compileConstant(walk: Walk, expression: Expression): Term | undefined {
  const kind = expression.exprKind.case === 'constExpr' ? expression.exprKind.value.constantKind : undefined
  if (kind?.case === 'stringValue') return fixed(string, kind.value)
  if (kind?.case === 'boolValue') return fixed(bool, kind.value)
  if (kind?.case === 'doubleValue') return fixed(double, kind.value)
  if (kind?.case === 'nullValue') return fixed(nothing, null)
  if (kind?.case === 'int64Value') {
    const value = Number(kind.value)
    if (Number.isSafeInteger(value)) return fixed(int, value)
    return walk.problem(expression, `the number ${kind.value} is out of range`, 'ints lie within ±(2^53 − 1)')
  }
  return walk.problem(
    expression,
    'literals of type uint and bytes are not supported',
    'write 1 for 1u, and text without the b before it',
  )
}

export function compileList(
  walk: Walk,
  expression: Expression,
  elements: readonly Expression[],
): Term | undefined {
  const terms = elements.map((element) => walk.term(element))
  const type = common(walk, expression, terms, 'list')
  if (!type) return undefined
  const items = terms.filter((term) => term !== undefined)
  if (items.every((term) => 'constant' in term))
    return fixed(listOf(type), Object.freeze(items.map((term) => term.constant)))
  const canFail = items.some((term) => term.canFail)
  return {
    type: listOf(type),
    canFail,
    run(input) {
      const values = items.map((term) => term.run(input))
      return (canFail && values.find((value) => value instanceof Fault)) || values
    },
  }
}

export function compileMap(walk: Walk, expression: Expression): Term | undefined {
  const struct = expression.exprKind.case === 'structExpr' ? expression.exprKind.value : undefined
  if (!struct || struct.messageName !== '')
    return walk.problem(expression, 'messages are not supported', 'write a map: {"key": value}')
  const keys: (Term | undefined)[] = []
  const values: (Term | undefined)[] = []
  for (const { keyKind, value } of struct.entries) {
    keys.push(keyKind.case === 'mapKey' ? walk.term(keyKind.value) : undefined)
    values.push(value && walk.term(value))
  }
  const key = common(walk, expression, keys, 'map')
  const of = common(walk, expression, values, 'map')
  if (!key || !of) return undefined
  if (!['string', 'int', 'bool', 'dyn'].includes(key.kind))
    return walk.problem(
      expression,
      `${show(key)} cannot be the key of a map`,
      'keys are texts, ints or bools',
    )
  const names = keys.filter((term) => term !== undefined)
  const contents = values.filter((term) => term !== undefined)
  const repeated = new Fault('the map has a key twice')
  return {
    type: mapOf(key, of),
    canFail: true,
    run(input) {
      const built = new Map<unknown, unknown>()
      for (const [position, name] of names.entries()) {
        const at = name.run(input)
        const value = contents[position]?.run(input)
        if (at instanceof Fault) return at
        if (value instanceof Fault) return value
        if (built.has(at)) return repeated
        built.set(at, value)
      }
      return built
    },
  }
}

/**
 * The common type of all elements; dyn if there are none. Reports a problem if they differ, unless an element
 * already has one.
 */
function common(
  walk: Walk,
  expression: Expression,
  terms: readonly (Term | undefined)[],
  what: string,
): Type | undefined {
  let type: Type | undefined
  for (const term of terms) {
    if (!term) return undefined
    const unified: Type | undefined = type ? unify(type, term.type) : term.type
    if (!unified)
      return walk.problem(
        expression,
        `the ${what} mixes ${show(type ?? dyn)} and ${show(term.type)}`,
        'use values of one type',
      )
    type = unified
  }
  return type ?? dyn
}
