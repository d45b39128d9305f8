// Finds sequences of digit groups and shows them to the entities that are made of digits: one walk for all of
// them.
//
// Cost: one step per character, and at most six per group. Shapes are walked in a tree, so that a sequence
// which is the beginning of none is left at once; digits are only looked at where a shape ends.

import { isAlphanumeric, isDigit } from './characters.ts'
import type { DigitEntity, Shape } from './entity.ts'
import { type Gap, endsEscape, gapEnd, gapKind, isPlainGap, longestGap } from './gap.ts'

const longest = 19
/** A number that is written in groups has no longer one. */
export const longestGroup = 9

type Add = (entity: DigitEntity, start: number, end: number) => void
export type GroupFinder = (text: string, from: number, add: Add) => void

export function groupFinder(entities: readonly DigitEntity[]): GroupFinder {
  const tree = shapeTree(entities)
  const announced = entities.filter((entity) => entity.announced)
  const isGlue = entities.find((entity) => entity.isGlued)?.isGlued
  if (entities.length === 0) return () => {}
  return (text, from, add) => {
    const groups = groupsOf(text, from, isGlue)
    for (let first = 0; first < groups.count; first += 1) {
      findFrom(groups, first, tree, add)
      if (announced.length > 0 && isChainStart(groups, first))
        for (const entity of announced) findAnnounced(groups, first, entity, add)
    }
  }
}

interface Groups {
  text: string
  count: number
  starts: Uint32Array
  ends: Uint32Array
  /** The digits of all groups, and where each group's begin among them. */
  digits: string
  offsets: Uint32Array
  /** The code of the gap between this group and the next; 0: they are not joined. */
  gaps: Uint8Array
}

const gapCodes: Readonly<Record<Gap, number>> = { ' ': 1, '-': 2, '.': 3, '/': 4, '~': 5 }
/** Steps from one node: six gaps (none, at the start, is one of them) and twenty lengths. */
const width = 6 * 20

interface ShapeTree {
  /** By node, gap and length: the next node, 0 when no shape goes on so. */
  steps: Uint16Array
  /** By node: the entities whose shape ends there. */
  entities: readonly (readonly DigitEntity[])[]
}

function shapeTree(all: readonly DigitEntity[]): ShapeTree {
  let steps = new Uint16Array(64 * width)
  const entities: DigitEntity[][] = [[]]
  for (const entity of all) {
    for (const shape of entity.shapes) {
      let node = 0
      for (const group of shape.split(beforeGap)) {
        const gap = (gapCodes as Readonly<Record<string, number | undefined>>)[group.charAt(0)]
        const step = node * width + (gap === undefined ? Number(group) : gap * 20 + Number(group.slice(1)))
        if (steps[step] === 0) {
          steps[step] = entities.length
          entities.push([])
          if (entities.length * width > steps.length) steps = enlarged(steps)
        }
        node = steps[step]!
      }
      entities[node]?.push(entity)
    }
  }
  return { steps, entities }
}

const beforeGap = /(?=[^0-9])/

function findFrom(groups: Groups, first: number, { steps, entities }: ShapeTree, add: Add): void {
  const { text, starts, ends } = groups
  const begin = starts[first]!
  const firstDigit = text.charCodeAt(begin) - 48
  let node = 0
  for (let index = first, gap = 0; index < groups.count; index += 1) {
    node = steps[node * width + gap * 20 + ends[index]! - starts[index]!]!
    if (node === 0) return
    for (const entity of entities[node]!) {
      if (entity.begins !== undefined && !entity.begins.includes(firstDigit)) continue
      const shape = shapeOf(groups, first, index)
      if (entity.accepts(digitsOf(groups, first, index), shape, () => before(text, begin)))
        add(entity, begin, ends[index]!)
    }
    gap = groups.gaps[index]!
    if (gap === 0) return
  }
}

/** With the word for it in front, a number counts however it is cut. */
function findAnnounced(groups: Groups, first: number, entity: DigitEntity, add: Add): void {
  const { text, starts, ends, gaps } = groups
  let total = 0
  let isKnown: boolean | undefined
  for (let index = first; index < Math.min(groups.count, first + longest); index += 1) {
    if (ends[index]! - starts[index]! > longestGroup || (index > first && gaps[index - 1] === 0)) return
    total += ends[index]! - starts[index]!
    if (total > entity.lengths[1]) return
    if (total < entity.lengths[0] || index === first) continue
    isKnown ??= entity.announced?.test(before(text, starts[first]!)) ?? false
    if (!isKnown) return
    if (entity.accepts(digitsOf(groups, first, index), undefined, noContext))
      add(entity, starts[first]!, ends[index]!)
  }
}

const noContext = () => ''
const before = (text: string, start: number) => text.slice(Math.max(0, start - 40), start).toLowerCase()

const digitsOf = ({ digits, offsets, starts, ends }: Groups, first: number, last: number): string =>
  digits.slice(offsets[first], offsets[last]! + ends[last]! - starts[last]!)

function shapeOf(groups: Groups, first: number, last: number): Shape {
  const { text, starts, ends } = groups
  return {
    groups: last - first + 1,
    isPlain: () => {
      for (let index = first; index < last; index += 1)
        if (!isPlainGap(text, ends[index]!, starts[index + 1]!)) return false
      return true
    },
    isInTable: () => isInTable(groups, first, last),
  }
}

/** Does the row of numbers go on, before or after, with the same gap and as many digits? */
function isInTable({ text, starts, ends }: Groups, first: number, last: number): boolean {
  const start = starts[first]!
  const end = ends[last]!
  const firstGap = text.slice(ends[first], starts[first + 1])
  const width = ends[first]! - start
  const previous = start - firstGap.length
  if (
    previous >= width &&
    text.slice(previous, start) === firstGap &&
    hasDigits(text, previous - width, previous)
  )
    return true
  const lastGap = text.slice(ends[last - 1], starts[last])
  const next = end + lastGap.length
  return text.slice(end, next) === lastGap && hasDigits(text, next, next + width)
}

function hasDigits(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (!isDigit(text.charCodeAt(at))) return false
  return !isDigit(text.charCodeAt(start - 1)) && !isDigit(text.charCodeAt(end))
}

/** No other group is joined to it from before. What is asked lies in the text, not in where reading began. */
function isChainStart({ text, starts, gaps }: Groups, index: number): boolean {
  if (index > 0) return gaps[index - 1] === 0
  const start = starts[0]!
  for (let at = start - 1; at >= Math.max(0, start - longestGap - 1); at -= 1)
    if (isDigit(text.charCodeAt(at))) return gapEnd(text, at + 1) !== start
  return true
}

type IsGlue = (text: string, start: number, end: number) => boolean

// a group has no letter or digit around it: `abc123` and `123abc` are names of things, not numbers
function groupsOf(text: string, from: number, isGlue: IsGlue | undefined): Groups {
  const length = text.length
  let starts = new Uint32Array(64)
  let ends = new Uint32Array(64)
  let offsets = new Uint32Array(64)
  const digits = new Uint8Array(length - from)
  let count = 0
  let used = 0
  for (let at = from; at < length; at += 1) {
    if (!isDigit(text.charCodeAt(at))) continue
    const start = at
    const offset = used
    for (let code = text.charCodeAt(at); isDigit(code); code = text.charCodeAt(at)) {
      digits[used] = code
      used += 1
      at += 1
    }
    const isWord =
      (start === 0 || !isAlphanumeric(text.charCodeAt(start - 1)) || endsEscape(text, start)) &&
      !(at < length && isAlphanumeric(text.charCodeAt(at)))
    if (at - start > longest || !(isWord || isGlue?.(text, start, at))) {
      used = offset
      continue
    }
    if (count === starts.length) {
      starts = enlarged(starts)
      ends = enlarged(ends)
      offsets = enlarged(offsets)
    }
    starts[count] = start
    ends[count] = at
    offsets[count] = offset
    count += 1
  }
  const gaps = new Uint8Array(count)
  for (let index = 0; index + 1 < count; index += 1)
    gaps[index] = gapBetween(text, ends[index]!, starts[index + 1]!)
  return {
    text,
    count,
    starts,
    ends,
    offsets,
    gaps,
    digits: Buffer.from(digits.buffer, 0, used).toString('latin1'),
  }
}

function gapBetween(text: string, start: number, end: number): number {
  if (end - start > longestGap) return 0
  if (end - start === 1 && text.charCodeAt(start) === 32) return gapCodes[' ']
  return gapEnd(text, start) === end ? gapCodes[gapKind(text, start, end)] : 0
}

function enlarged<Numbers extends Uint16Array | Uint32Array>(old: Numbers): Numbers
function enlarged(old: Uint16Array | Uint32Array): Uint16Array | Uint32Array {
  const larger =
    old instanceof Uint16Array ? new Uint16Array(old.length * 4) : new Uint32Array(old.length * 4)
  larger.set(old)
  return larger
}
