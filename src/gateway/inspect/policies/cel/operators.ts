// Operators that take values of several types: arithmetic, `in` and `[…]`. undefined if the types do not
// match.

import { createStrict } from './term.ts'
import type { Term } from './term.ts'
import { areComparable, bool, double, dyn, holdsInt, int, string, unify } from './types.ts'
import { contains, Fault, intArithmetic, isList, lookup, otherArithmetic } from './values.ts'

export function compileArithmetic(name: string, left: Term, right: Term): Term | undefined {
  const onInts = intArithmetic[name]
  if (onInts && left.type.kind === 'int' && right.type.kind === 'int')
    return createStrict(int, left, right, onInts, true)
  const other = otherArithmetic[name]
  // an int with a dyn is refused: the number of a claim is a double, and CEL does not mix them
  if (!other || left.type.kind === 'int' || right.type.kind === 'int') return undefined
  const isDyn = left.type.kind === 'dyn' || right.type.kind === 'dyn'
  if (isDyn)
    return holdsInt(left.type) || holdsInt(right.type)
      ? undefined
      : createStrict(dyn, left, right, other, true)
  if (left.type.kind === 'double' && right.type.kind === 'double')
    return createStrict(double, left, right, other, false)
  if (name !== '_+_') return undefined
  if (left.type.kind === 'string' && right.type.kind === 'string')
    return createStrict(string, left, right, other, false)
  const list = left.type.kind === 'list' ? unify(left.type, right.type) : undefined
  return list && createStrict(list, left, right, other, false)
}

export function compileMembership(left: Term, right: Term): Term | undefined {
  const { type } = right
  const inner =
    type.kind === 'list' ? type.of : type.kind === 'map' ? type.key : type.kind === 'dyn' ? dyn : undefined
  return inner && areComparable(left.type, inner)
    ? createStrict(bool, left, right, contains, type.kind === 'dyn')
    : undefined
}

const noSuchIndex = new Fault('the list has no such index')

export function compileIndex(left: Term, right: Term): Term | undefined {
  const { type } = left
  const at = (list: unknown, position: unknown): unknown => {
    const item = isList(list) && typeof position === 'number' ? list[position] : undefined
    return item === undefined ? noSuchIndex : item
  }
  if (type.kind === 'list' && right.type.kind === 'int') return createStrict(type.of, left, right, at, true)
  const missing = new Fault(
    'constant' in right ? `the map has no key ${JSON.stringify(right.constant)}` : 'the map has no such key',
  )
  const get = (map: unknown, key: unknown): unknown => {
    const found = lookup(map, key)
    return found === undefined ? missing : found
  }
  if (type.kind === 'map' && areComparable(type.key, right.type))
    return createStrict(type.of, left, right, get, true)
  if (type.kind !== 'dyn') return undefined
  return createStrict(
    dyn,
    left,
    right,
    (container, key) => (isList(container) ? at(container, key) : get(container, key)),
    true,
  )
}
