// Finds numbers that are written in groups of digits, in one pass for all entities that consist of digits.
//
// Cost: at most six steps per group. Shapes form a tree, so a sequence that begins no shape is dropped at
// once. Gaps are read only if a shape could continue after them, and digits only if a shape ends.

import { isAlphanumeric, isDigit, isLetter } from '../characters.ts'
import type { DigitRuns } from './digit-runs.ts'
import type { GroupEntity, GroupedNumber } from './entity.ts'
import { type Gap, endsEscape, gapEnd, gapKind, isPlainGap, longestGap } from './gap.ts'

const longest = 19
/** The longest group of a number that is written in groups. */
export const longestGroup = 9

type Report = (entity: GroupEntity, start: number, end: number) => void

export class GroupFinder {
  readonly #tree: ShapeTree
  readonly #announced: readonly GroupEntity[]
  readonly #isGlued: GroupEntity['isGlued']
  readonly #groups: Groups
  readonly #number: NumberOfGroups

  constructor(entities: readonly GroupEntity[], runs: DigitRuns) {
    this.#tree = shapeTree(entities)
    this.#announced = entities.filter((entity) => entity.announced)
    this.#isGlued = entities.find((entity) => entity.isGlued)?.isGlued
    this.#groups = new Groups(runs)
    this.#number = new NumberOfGroups(this.#groups)
  }

  /** Call it when the runs of another text were read. */
  begin(text: string): void {
    this.#groups.begin(text, this.#isGlued)
  }

  /** Reports the numbers that begin with this run. */
  read(index: number, report: Report): void {
    if (!this.#groups.has(index)) return
    this.#readShapes(index, report)
    if (this.#announced.length > 0 && this.#groups.mayBeAnnounced(index))
      for (const entity of this.#announced) this.#readAnnounced(index, entity, report)
  }

  #readShapes(first: number, report: Report): void {
    const { steps, ends, goesOn } = this.#tree
    const groups = this.#groups
    const number = this.#number
    let node = 0
    for (let index = first, gap = 0; ; index += 1) {
      node = steps[node * width + gap * 20 + groups.lengthOf(index)]!
      if (node === 0) return
      for (const { entity, firstDigits } of ends[node]!) {
        if ((firstDigits & (1 << groups.firstDigitOf(first))) === 0) continue
        number.take(first, index, false)
        if (entity.accepts(number)) report(entity, groups.startOf(first), groups.endOf(index))
      }
      if (goesOn[node] === 0) return
      gap = groups.gapAfter(index)
      if (gap === 0) return
    }
  }

  /** After a context word, a number counts with any grouping. */
  #readAnnounced(first: number, entity: GroupEntity, report: Report): void {
    const groups = this.#groups
    const number = this.#number
    let total = 0
    let isKnown = false
    for (let index = first; index < first + longest; index += 1) {
      const length = groups.lengthOf(index)
      total += length
      if (length > longestGroup || total > entity.lengths[1]) return
      if (total >= entity.lengths[0] && index > first) {
        number.take(first, index, true)
        isKnown ||= entity.announced?.test(number.before()) ?? false
        if (!isKnown) return
        if (entity.accepts(number)) report(entity, groups.startOf(first), groups.endOf(index))
      }
      if (groups.gapAfter(index) === 0) return
    }
  }
}

const gapCodes: Readonly<Record<Gap, number>> = { ' ': 1, '-': 2, '.': 3, '/': 4, '~': 5 }
/** Steps from one node: six gaps (none, at the start, is one of them) and twenty lengths. */
const width = 6 * 20

interface ShapeTree {
  /** By node, gap and length: the next node; 0 if no shape continues this way. */
  steps: Uint16Array
  /** By node: 1 if a shape continues. */
  goesOn: Uint8Array
  /** By node: the entities whose shape ends there, and their possible first digits as bits. */
  ends: readonly (readonly { entity: GroupEntity; firstDigits: number }[])[]
}

function shapeTree(all: readonly GroupEntity[]): ShapeTree {
  const nodes: { next: Map<number, number>; ends: { entity: GroupEntity; firstDigits: number }[] }[] = [
    { next: new Map(), ends: [] },
  ]
  for (const entity of all) {
    const firstDigits = (entity.begins ?? everyDigit).reduce((bits, first) => bits | (1 << first), 0)
    for (const shape of entity.shapes) {
      let node = 0
      for (const group of shape.split(beforeGap)) {
        const gap = (gapCodes as Readonly<Record<string, number | undefined>>)[group.charAt(0)]
        const step = gap === undefined ? Number(group) : gap * 20 + Number(group.slice(1))
        const next = nodes[node]!.next.get(step) ?? nodes.push({ next: new Map(), ends: [] }) - 1
        nodes[node]!.next.set(step, next)
        node = next
      }
      nodes[node]!.ends.push({ entity, firstDigits })
    }
  }
  const steps = new Uint16Array(nodes.length * width)
  for (const [node, { next }] of nodes.entries())
    for (const [step, to] of next) steps[node * width + step] = to
  return {
    steps,
    goesOn: Uint8Array.from(nodes, ({ next }) => (next.size > 0 ? 1 : 0)),
    ends: nodes.map(({ ends }) => ends),
  }
}

const beforeGap = /(?=[^0-9])/
const everyDigit = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

const unread = 255

/** The runs of a text that are groups, and the gaps between them. */
class Groups {
  text = ''
  readonly #runs: DigitRuns
  #isGlued: GroupEntity['isGlued']
  /** By run: the code of the gap to the next run, 0 if the two are not joined, or `unread`. */
  #gaps = new Uint8Array(64)
  /** By run: 1 if it is a group, 0 if not, or `unread`. */
  #kinds = new Uint8Array(64)

  constructor(runs: DigitRuns) {
    this.#runs = runs
  }

  begin(text: string, isGlued: GroupEntity['isGlued']): void {
    this.text = text
    this.#isGlued = isGlued
    const { count, starts } = this.#runs
    if (this.#gaps.length !== starts.length) {
      this.#gaps = new Uint8Array(starts.length)
      this.#kinds = new Uint8Array(starts.length)
    }
    this.#gaps.fill(unread, 0, count)
    this.#kinds.fill(unread, 0, count)
  }

  startOf(index: number): number {
    return this.#runs.starts[index]!
  }

  endOf(index: number): number {
    return this.#runs.ends[index]!
  }

  lengthOf(index: number): number {
    return this.#runs.ends[index]! - this.#runs.starts[index]!
  }

  firstDigitOf(index: number): number {
    return this.text.charCodeAt(this.#runs.starts[index]!) - 48
  }

  has(index: number): boolean {
    if (index >= this.#runs.count) return false
    let kind = this.#kinds[index]!
    if (kind === unread) {
      kind = this.#isGroup(this.#runs.starts[index]!, this.#runs.ends[index]!) ? 1 : 0
      this.#kinds[index] = kind
    }
    return kind === 1
  }

  // `abc123` and `123abc` are names of things, not numbers
  #isGroup(start: number, end: number): boolean {
    if (end - start > longest) return false
    const { text } = this
    const isWord =
      (start === 0 || !isAlphanumeric(text.charCodeAt(start - 1)) || endsEscape(text, start)) &&
      !(end < text.length && isAlphanumeric(text.charCodeAt(end)))
    return isWord || (this.#isGlued?.(text, start, end) ?? false)
  }

  /** The code of the gap between this group and the next; 0 if they are not joined. */
  gapAfter(index: number): number {
    let gap = this.#gaps[index]!
    if (gap === unread) {
      gap = this.has(index + 1) ? gapBetween(this.text, this.endOf(index), this.startOf(index + 1)) : 0
      this.#gaps[index] = gap
    }
    return gap
  }

  /** Is there a letter shortly before it, without a digit in between? */
  mayBeAnnounced(index: number): boolean {
    const start = this.startOf(index)
    const least = Math.max(index > 0 ? this.endOf(index - 1) : 0, start - contextLength)
    for (let at = start - 1; at >= least; at -= 1) {
      const code = this.text.charCodeAt(at)
      if (isLetter(code) || code > 127) return true
      if (isDigit(code)) return false
    }
    return false
  }
}

const contextLength = 40

function gapBetween(text: string, start: number, end: number): number {
  if (end - start > longestGap) return 0
  if (end - start === 1 && text.charCodeAt(start) === 32) return gapCodes[' ']
  return gapEnd(text, start) === end ? gapCodes[gapKind(text, start, end)] : 0
}

class NumberOfGroups implements GroupedNumber {
  readonly digits = new Uint8Array(longest + 1)
  length = 0
  groups = 0
  isAnnounced = false
  readonly #groups: Groups
  #first = 0
  #last = 0

  constructor(groups: Groups) {
    this.#groups = groups
  }

  /** Makes this object the number of these groups. */
  take(first: number, last: number, isAnnounced: boolean): void {
    this.#first = first
    this.#last = last
    this.groups = last - first + 1
    this.isAnnounced = isAnnounced
    const { text } = this.#groups
    let length = 0
    for (let index = first; index <= last; index += 1)
      for (let at = this.#groups.startOf(index); at < this.#groups.endOf(index); at += 1) {
        this.digits[length] = text.charCodeAt(at) - 48
        length += 1
      }
    this.length = length
  }

  isPlain(): boolean {
    for (let index = this.#first; index < this.#last; index += 1)
      if (!isPlainGap(this.#groups.text, this.#groups.endOf(index), this.#groups.startOf(index + 1)))
        return false
    return true
  }

  /** Does the row of numbers continue before or after it, with the same gap and the same number of digits? */
  isInTable(): boolean {
    const groups = this.#groups
    const { text } = groups
    const start = groups.startOf(this.#first)
    const end = groups.endOf(this.#last)
    const digits = groups.lengthOf(this.#first)
    const firstGap = text.slice(groups.endOf(this.#first), groups.startOf(this.#first + 1))
    const previous = start - firstGap.length
    if (
      previous >= digits &&
      text.startsWith(firstGap, previous) &&
      hasDigits(text, previous - digits, previous)
    )
      return true
    const lastGap = text.slice(groups.endOf(this.#last - 1), groups.startOf(this.#last))
    const next = end + lastGap.length
    return text.startsWith(lastGap, end) && hasDigits(text, next, next + digits)
  }

  before(): string {
    const start = this.#groups.startOf(this.#first)
    return this.#groups.text.slice(Math.max(0, start - contextLength), start).toLowerCase()
  }
}

function hasDigits(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (!isDigit(text.charCodeAt(at))) return false
  return !isDigit(text.charCodeAt(start - 1)) && !isDigit(text.charCodeAt(end))
}
