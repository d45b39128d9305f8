// A policy's condition: CEL, checked against the declared fields and compiled to closures in one walk.
// Known limits: ints are exact within ±(2^53 − 1) and an error beyond; no uint, bytes, timestamps, durations, types; lists and branches are of one type;
// the pattern of matches() is a literal; macros nest three deep.

import type { DecisionInput } from '../../../../contract/decide.ts'
import { nearest } from '../../../../kit/nearest.ts'
import { call } from './calls.ts'
import { fields, fieldsOf, roots } from './fields.ts'
import { macro } from './macros.ts'
import { parse } from './parse.ts'
import type { ConditionProblem, Expression, Syntax } from './parse.ts'
import { strictUnary } from './term.ts'
import type { Term, Walk } from './term.ts'
import { bool, double, dyn, int, listOf, mapOf, mayBe, nothing, show, string, unify } from './types.ts'
import type { Type } from './types.ts'
import { Fault, lookup } from './values.ts'

export type { ConditionProblem } from './parse.ts'
export { Fault } from './values.ts'

export interface Condition {
  problems: readonly ConditionProblem[]
  /** Labels, or prefixes of labels, that it asks for; empty: it reads no content. */
  labels: readonly { label: string; offset: number }[]
  /** true, false, or why it could not be evaluated. A condition with problems always faults. */
  holds(input: DecisionInput): boolean | Fault
}

export function condition(source: string): Condition {
  const syntax = parse(source)
  if (!('root' in syntax)) return broken([syntax])
  const problems: ConditionProblem[] = []
  const labels: { label: string; offset: number }[] = []
  const term = walker(syntax, problems, labels).term(syntax.root)
  if (term && problems.length === 0 && !mayBe(term.type, 'bool')) {
    problems.push({
      offset: 0,
      message: `the condition is of type ${show(term.type)}, not bool`,
      cure: 'compare it with something: it must be true or false',
    })
  }
  if (!term || problems.length > 0) return broken(problems)
  const { run } = term
  return {
    problems,
    labels,
    holds(input) {
      const value = run(input)
      return typeof value === 'boolean' ? value : value instanceof Fault ? value : neither
    },
  }
}

const neither = new Fault('the condition is neither true nor false')
const broken = (problems: readonly ConditionProblem[]): Condition => {
  const fault = new Fault(problems[0]?.message ?? 'the condition is not valid')
  return { problems, labels: [], holds: () => fault }
}

/** Evaluation recurses as deep as the expression is nested. */
const maxNesting = 200

function walker(syntax: Syntax, problems: ConditionProblem[], labels: { label: string; offset: number }[]): Walk {
  const scope: { name: string; type: Type; variable: { value: unknown } }[] = []
  let nesting = 0
  const walk: Walk = {
    term(expression) {
      if (nesting >= maxNesting)
        return walk.problem(expression, `the condition is nested deeper than ${maxNesting}`, 'split it into several policies')
      nesting += 1
      const term = termOf(walk, scope, expression)
      nesting -= 1
      return term
    },
    problem(expression, message, cure) {
      problems.push({ offset: syntax.offsetOf(expression), message, cure })
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
    macroOf: syntax.macroOf,
    get depth() {
      return scope.length
    },
  }
  return walk
}

type Scope = readonly { name: string; type: Type; variable: { value: unknown } }[]

function termOf(walk: Walk, scope: Scope, expression: Expression): Term | undefined {
  const { exprKind } = expression
  if (exprKind.case === 'constExpr') return constant(walk, expression)
  if (exprKind.case === 'identExpr') return identifier(walk, scope, expression, exprKind.value.name)
  if (exprKind.case === 'selectExpr') return select(walk, scope, expression)
  if (exprKind.case === 'callExpr') return call(walk, expression, exprKind.value)
  if (exprKind.case === 'comprehensionExpr') return macro(walk, expression, exprKind.value)
  if (exprKind.case === 'listExpr') return list(walk, expression, exprKind.value.elements)
  if (exprKind.case === 'structExpr') return map(walk, expression)
  return walk.problem(expression, 'the condition cannot be read here', 'the syntax is that of CEL (cel.dev)')
}

const fixed = (type: Type, value: unknown): Term => ({ type, canFail: false, constant: value, run: () => value })

function constant(walk: Walk, expression: Expression): Term | undefined {
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
  return walk.problem(expression, 'literals of type uint and bytes are not supported', 'write 1 for 1u, and text without the b before it')
}

function identifier(walk: Walk, scope: Scope, expression: Expression, name: string): Term | undefined {
  const local = scope.findLast((entry) => entry.name === name)
  if (local) {
    const { variable } = local
    return { type: local.type, canFail: false, run: () => variable.value }
  }
  const field = fields.get(name)
  if (field) return { type: field.type, canFail: false, run: field.read }
  const below = fieldsOf(name)
  if (below)
    return walk.problem(
      expression,
      `"${name}" is not a value by itself`,
      `name one of its fields: ${below.map((leaf) => `${name}.${leaf}`).join(', ')}`,
    )
  if (name === 'content') return walk.problem(expression, '"content" is not a value by itself', 'use content.has("label") or content.count("label")')
  const meant = nearest(name, [...roots, 'content', ...scope.map((entry) => entry.name)])
  return walk.problem(expression, `"${name}" is not known`, meant ? `did you mean "${meant}"?` : `a condition reads ${roots.join(', ')} and content`)
}

const isTold = (value: unknown): boolean =>
  value !== '' && value !== 0 && value !== undefined && !(typeof value === 'object' && value !== null && Object.keys(value).length === 0)

function select(walk: Walk, scope: Scope, expression: Expression): Term | undefined {
  if (expression.exprKind.case !== 'selectExpr' || !expression.exprKind.value.operand) return undefined
  const { operand, field: name, testOnly } = expression.exprKind.value
  const root = operand.exprKind.case === 'identExpr' ? operand.exprKind.value.name : undefined
  const below = root !== undefined && !scope.some((entry) => entry.name === root) ? fieldsOf(root) : undefined
  if (root !== undefined && below) {
    const declared = fields.get(`${root}.${name}`)
    if (!declared) {
      const meant = nearest(name, below)
      const cure = meant ? `did you mean "${root}.${meant}"?` : `fields of ${root}: ${below.join(', ')}`
      return walk.problem(expression, `"${root}.${name}" is not known`, cure)
    }
    const { read } = declared
    return testOnly ? { type: bool, canFail: false, run: (input) => isTold(read(input)) } : { type: declared.type, canFail: false, run: read }
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
  // of something that is no map, nothing is there: as @bufbuild/cel has it
  if (testOnly) return strictUnary(bool, map, (value) => lookup(value, name) !== undefined, false)
  const missing = new Fault(`no such key: ${name} (test for it with has())`)
  const get = (value: unknown): unknown => {
    const found = lookup(value, name)
    return found === undefined ? missing : found
  }
  return strictUnary(map.type.kind === 'map' ? map.type.of : dyn, map, get, true)
}

function list(walk: Walk, expression: Expression, elements: readonly Expression[]): Term | undefined {
  const terms = elements.map((element) => walk.term(element))
  const type = common(walk, expression, terms, 'list')
  if (!type) return undefined
  const items = terms.filter((term) => term !== undefined)
  if (items.every((term) => 'constant' in term)) return fixed(listOf(type), Object.freeze(items.map((term) => term.constant)))
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

function map(walk: Walk, expression: Expression): Term | undefined {
  const struct = expression.exprKind.case === 'structExpr' ? expression.exprKind.value : undefined
  if (!struct || struct.messageName !== '') return walk.problem(expression, 'messages are not supported', 'write a map: {"key": value}')
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
    return walk.problem(expression, `${show(key)} cannot be the key of a map`, 'keys are texts, ints or bools')
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

/** The one type of all elements; dyn when there are none. Reports when they differ, unless one of them already did. */
function common(walk: Walk, expression: Expression, terms: readonly (Term | undefined)[], what: string): Type | undefined {
  let type: Type | undefined
  for (const term of terms) {
    if (!term) return undefined
    const unified: Type | undefined = type ? unify(type, term.type) : term.type
    if (!unified) return walk.problem(expression, `the ${what} mixes ${show(type ?? dyn)} and ${show(term.type)}`, 'use values of one type')
    type = unified
  }
  return type ?? dyn
}
