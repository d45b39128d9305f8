// CEL's operators on values at run time. Ints are numbers that are exact within ±(2^53 − 1). Outside this
// range they are an error, not a wrong result. Lists are arrays; maps are plain objects (tags, claims: JSON)
// or Maps (literals). Nothing here throws: an error is a value, since `&&` and `||` absorb it.

/** An evaluation error. Its message contains parts of the expression, never a value that was read. */
export class Fault {
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
}

/**
 * A result that depends on an unknown fact. It propagates like an error, and wins over an error if either
 * could be absorbed.
 */
export class Unknown extends Fault {}
export const unknown = new Unknown('it depends on something that is not known')

export type Binary = (left: unknown, right: unknown) => unknown

const mismatch = new Fault('no such overload: the values have types that the operator does not take')
const overflow = new Fault('the result lies outside of ±(2^53 − 1), the range of ints')
const division = new Fault('division by zero')

export const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Map) &&
  !(value instanceof Fault)

export function equals(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (isList(left))
    return (
      isList(right) && left.length === right.length && left.every((item, index) => equals(item, right[index]))
    )
  const keys = keysOf(left)
  const others = keysOf(right)
  if (!keys || !others || keys.length !== others.length) return false
  return keys.every((key) => {
    const other = lookup(right, key)
    return other !== undefined && equals(lookup(left, key), other)
  })
}

/** The keys of a map; undefined for anything else. */
export function keysOf(value: unknown): readonly unknown[] | undefined {
  if (value instanceof Map) return [...value.keys()]
  return isRecord(value) ? Object.keys(value) : undefined
}

/** The value of a key; undefined if the map does not have it, or the value is not a map. */
export function lookup(map: unknown, key: unknown): unknown {
  if (map instanceof Map) return map.get(key)
  return typeof key === 'string' && isRecord(map) && Object.hasOwn(map, key) ? map[key] : undefined
}

export const contains: Binary = (item, container) => {
  if (isList(container)) {
    if (typeof item !== 'object') return container.includes(item) && !Number.isNaN(item)
    return container.some((other) => equals(item, other))
  }
  if (container instanceof Map || isRecord(container)) return lookup(container, item) !== undefined
  return mismatch
}

export function size(value: unknown): unknown {
  if (typeof value === 'string') {
    let count = 0
    for (const _ of value) count += 1
    return count
  }
  if (isList(value)) return value.length
  return keysOf(value)?.length ?? mismatch
}

const compare =
  (numbers: (left: number, right: number) => boolean, order: (sign: number) => boolean): Binary =>
  (left, right) => {
    if (typeof left === 'number' && typeof right === 'number') return numbers(left, right)
    if (typeof left === 'string' && typeof right === 'string') return order(byCodePoint(left, right))
    if (typeof left === 'boolean' && typeof right === 'boolean') return order(Number(left) - Number(right))
    return mismatch
  }

/**
 * JavaScript orders by UTF-16 units, CEL by code points: they differ where surrogates meet U+E000 and above.
 */
function byCodePoint(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index += 1) {
    const a = left.charCodeAt(index)
    const b = right.charCodeAt(index)
    if (a !== b)
      return (a >= 0xd800 && a < 0xe000 ? a + 0x10000 : a) - (b >= 0xd800 && b < 0xe000 ? b + 0x10000 : b)
  }
  return left.length - right.length
}

export const comparisons: Readonly<Record<string, Binary>> = {
  '_<_': compare(
    (left, right) => left < right,
    (sign) => sign < 0,
  ),
  '_<=_': compare(
    (left, right) => left <= right,
    (sign) => sign <= 0,
  ),
  '_>_': compare(
    (left, right) => left > right,
    (sign) => sign > 0,
  ),
  '_>=_': compare(
    (left, right) => left >= right,
    (sign) => sign >= 0,
  ),
}

const onInts =
  (compute: (left: number, right: number) => number | Fault): Binary =>
  (left, right) => {
    if (typeof left !== 'number' || typeof right !== 'number') return mismatch
    const result = compute(left, right)
    if (result instanceof Fault) return result
    // + 0 turns −0 into 0, because ints have no −0
    return Number.isSafeInteger(result) ? result + 0 : overflow
  }
const onDoubles =
  (compute: (left: number, right: number) => number): Binary =>
  (left, right) =>
    typeof left === 'number' && typeof right === 'number' ? compute(left, right) : mismatch

export const intArithmetic: Readonly<Record<string, Binary>> = {
  '_+_': onInts((left, right) => left + right),
  '_-_': onInts((left, right) => left - right),
  '_*_': onInts((left, right) => left * right),
  '_/_': onInts((left, right) => (right === 0 ? division : Math.trunc(left / right))),
  '_%_': onInts((left, right) => (right === 0 ? division : left % right)),
}

const addDoubles = onDoubles((left, right) => left + right)
export const otherArithmetic: Readonly<Record<string, Binary>> = {
  '_+_': (left, right) => {
    if (typeof left === 'string' && typeof right === 'string') return left + right
    if (isList(left) && isList(right)) return [...left, ...right]
    return addDoubles(left, right)
  },
  '_-_': onDoubles((left, right) => left - right),
  '_*_': onDoubles((left, right) => left * right),
  '_/_': onDoubles((left, right) => left / right),
}

const onStrings =
  (test: (text: string, other: string) => boolean): Binary =>
  (text, other) =>
    typeof text === 'string' && typeof other === 'string' ? test(text, other) : mismatch

export const stringTests: Readonly<Record<string, Binary>> = {
  contains: onStrings((text, other) => text.includes(other)),
  startsWith: onStrings((text, other) => text.startsWith(other)),
  endsWith: onStrings((text, other) => text.endsWith(other)),
}

const conversion = new Fault('the value cannot be converted')

/** `int(…)`, `double(…)`, `string(…)`. */
export const conversions: Readonly<Record<string, (value: unknown) => unknown>> = {
  int: (value) => {
    if (typeof value === 'string') return /^-?\d+$/.test(value) ? inRange(Number(value)) : conversion
    return typeof value === 'number' && Number.isFinite(value) ? inRange(Math.trunc(value)) : conversion
  },
  double: (value) => {
    if (typeof value === 'number') return value
    return typeof value === 'string' && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)
      ? Number(value)
      : conversion
  },
  string: (value) =>
    typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number'
      ? String(value)
      : conversion,
}
const inRange = (value: number): unknown => (Number.isSafeInteger(value) ? value + 0 : overflow)
