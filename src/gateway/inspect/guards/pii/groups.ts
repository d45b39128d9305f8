// Finds sequences of digit groups and shows them to the entities that can be written so: one walk for all of them.
//
// Most numbers of a text are no id. A sequence is first looked up by the lengths of its groups, which costs some nanoseconds; only where an entity is
// written so are its check digits computed, and only where they are right is the way it is written spelled out.

import type { DigitEntity } from './entity.ts'

const longest = 19
/** No id is written in more groups. */
const mostGroups = 6

/** What may be between two groups, all of it together at most so long. */
export const separators = ' \t\r\n.,;:|/_-\u2010\u2011\u2012\u2013\u2014\u2015'
export const longestSeparator = 8

const separatorTable = new Uint8Array(0x2100)
for (const separator of separators) separatorTable[separator.charCodeAt(0)] = 1

export const isSeparator = (code: number): boolean => separatorTable[code] === 1

/** Cost: each group starts at most 6 sequences, so linear in the text. */
export function findInGroups(
  entities: readonly DigitEntity[],
  text: string,
  from: number,
  add: (entity: DigitEntity, start: number, end: number) => void,
): void {
  const { whole, beginnings } = writingsOf(entities)
  const { starts, ends, count } = groupsOf(text, from)
  const digits = new Uint8Array(longest)
  for (let first = 0; first < count; first += 1) {
    let total = 0
    let key = 0
    for (let index = first; index < count && index < first + mostGroups; index += 1) {
      const start = starts[index] ?? 0
      const end = ends[index] ?? 0
      if (index > first && !isGap(text, ends[index - 1] ?? 0, start)) break
      if (total + end - start > longest) break
      for (let at = start; at < end; at += 1) digits[total++] = text.charCodeAt(at) - 48
      key = key * 20 + end - start
      const able = whole.get(key)
      if (!able) {
        if (beginnings.has(key)) continue
        break
      }
      let shape: string | undefined
      for (const entity of able) {
        if (!entity.passes(digits, total)) continue
        shape ??= shapeOf(text, starts, ends, first, index)
        const begin = starts[first] ?? 0
        if (isWritten(entity, shape, text, begin)) add(entity, begin, end)
      }
    }
  }
}

function isWritten({ shapes, context }: DigitEntity, shape: string, text: string, start: number): boolean {
  if (!shapes.includes(shape)) return false
  return !context?.shapes.includes(shape) || context.word.test(text.slice(Math.max(0, start - 40), start).toLowerCase())
}

function isGap(text: string, from: number, to: number): boolean {
  if (to - from > longestSeparator) return false
  for (let at = from; at < to; at += 1) if (!isSeparator(text.charCodeAt(at))) return false
  return true
}

/** `4 4 4 4`, `3.3.3-2`; `4~4~4~4` where the separators are unusual or differ, but for ids that are written so. */
function shapeOf(text: string, starts: Int32Array, ends: Int32Array, first: number, last: number): string {
  let shape = String((ends[first] ?? 0) - (starts[first] ?? 0))
  for (let index = first + 1; index <= last; index += 1) {
    const from = ends[index - 1] ?? 0
    const start = starts[index] ?? 0
    const code = text.charCodeAt(from)
    const isUsual = start - from === 1 && (code >= 0x2010 || usual.includes(text.charAt(from)))
    shape += `${isUsual ? (code >= 0x2010 ? '-' : text.charAt(from)) : '~'}${(ends[index] ?? 0) - start}`
  }
  return shape
}

const usual = ' .-/'

/** The lengths of groups, each list of them as one number. */
interface Writings {
  /** Entities by the groups that they are written in. */
  whole: ReadonlyMap<number, readonly DigitEntity[]>
  /** Groups that others may follow. */
  beginnings: ReadonlySet<number>
}

function writingsOf(entities: readonly DigitEntity[]): Writings {
  const known = writings.get(entities)
  if (known) return known
  const whole = new Map<number, DigitEntity[]>()
  const beginnings = new Set<number>()
  for (const entity of entities) {
    const keys = new Set<number>()
    for (const shape of entity.shapes) {
      let key = 0
      for (const length of shape.split(/[^0-9]/)) {
        if (key > 0) beginnings.add(key)
        key = key * 20 + Number(length)
      }
      keys.add(key)
    }
    for (const key of keys) whole.set(key, [...(whole.get(key) ?? []), entity])
  }
  const made = { whole, beginnings }
  writings.set(entities, made)
  return made
}

const writings = new WeakMap<readonly DigitEntity[], Writings>()

/** A group has no letter or digit around it: `abc123` and `123abc` are names of things, not numbers. */
function groupsOf(text: string, from: number): { starts: Int32Array; ends: Int32Array; count: number } {
  let starts = new Int32Array(64)
  let ends = new Int32Array(64)
  let count = 0
  for (let at = from; at < text.length; at += 1) {
    if (!isDigit(text.charCodeAt(at))) continue
    const start = at
    while (at < text.length && isDigit(text.charCodeAt(at))) at += 1
    if (at - start > longest || isAlphanumeric(text.charCodeAt(start - 1)) || isAlphanumeric(text.charCodeAt(at))) continue
    if (count === starts.length) {
      starts = grown(starts)
      ends = grown(ends)
    }
    starts[count] = start
    ends[count] = at
    count += 1
  }
  return { starts, ends, count }
}

function grown(list: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(list.length * 2)
  larger.set(list)
  return larger
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57
const isAlphanumeric = (code: number): boolean => isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
