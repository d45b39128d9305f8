// The types that the checker distinguishes. CEL has more (uint, bytes, timestamps), but conditions on our
// fields do not need them.

export type Type =
  | { kind: 'string' | 'int' | 'double' | 'bool' | 'null' | 'dyn' }
  | { kind: 'list'; of: Type }
  | { kind: 'map'; key: Type; of: Type }

export const string: Type = { kind: 'string' }
export const int: Type = { kind: 'int' }
export const double: Type = { kind: 'double' }
export const bool: Type = { kind: 'bool' }
export const nothing: Type = { kind: 'null' }
/**
 * Known only at run time: values of claims. They are JSON, so a number of this type is a double, never an
 * int.
 */
export const dyn: Type = { kind: 'dyn' }
export const listOf = (of: Type): Type => ({ kind: 'list', of })
export const mapOf = (key: Type, of: Type): Type => ({ kind: 'map', key, of })

export const show = (type: Type): string => {
  if (type.kind === 'list') return `list<${show(type.of)}>`
  if (type.kind === 'map') return `map<${show(type.key)}, ${show(type.of)}>`
  return type.kind
}

export const isNumeric = (type: Type): boolean =>
  type.kind === 'int' || type.kind === 'double' || type.kind === 'dyn'
export const mayBe = (type: Type, kind: Type['kind']): boolean => type.kind === kind || type.kind === 'dyn'

/** May values of these two types be equal? Ints and doubles are comparable. */
export function areComparable(left: Type, right: Type): boolean {
  if (left.kind === 'dyn' || right.kind === 'dyn') return true
  if (isNumeric(left) && isNumeric(right)) return true
  if (left.kind === 'list' && right.kind === 'list') return areComparable(left.of, right.of)
  if (left.kind === 'map' && right.kind === 'map')
    return areComparable(left.key, right.key) && areComparable(left.of, right.of)
  return left.kind === right.kind
}

/**
 * The common type of several branches or elements; undefined if there is none. An int never becomes dyn,
 * because at run time it would look like a double.
 */
export function unify(left: Type, right: Type): Type | undefined {
  if (left.kind === 'list' && right.kind === 'list') {
    const of = unify(left.of, right.of)
    return of && listOf(of)
  }
  if (left.kind === 'map' && right.kind === 'map') {
    const key = unify(left.key, right.key)
    const of = unify(left.of, right.of)
    return key && of && mapOf(key, of)
  }
  if (left.kind === right.kind) return left
  if (left.kind === 'dyn') return holdsInt(right) ? undefined : dyn
  if (right.kind === 'dyn') return holdsInt(left) ? undefined : dyn
  return undefined
}

export const holdsInt = (type: Type): boolean =>
  type.kind === 'int' ||
  (type.kind === 'list' && holdsInt(type.of)) ||
  (type.kind === 'map' && (holdsInt(type.key) || holdsInt(type.of)))
