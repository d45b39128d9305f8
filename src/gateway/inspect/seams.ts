// Seams of a response: places where a text continues although it had ended. A provider continues after a
// finish, restarts a block, or splits a text over two blocks, items or calls, and clients show the parts
// joined. Each part has its own channel and is judged when that ends, so no word waits for text that may
// never arrive. Across a seam, the end of one part and the beginning of the next are read once more, joined.
//
// Channels whose names differ in numbers only (`content/0/text`, `content/1/text`) are a family: texts of one
// kind, in the order in which they came. Choices are shown separately; only the start of a choice is read
// joined with the end of the previous choice.

import type { Piece } from '../../contract/content.ts'
import { type Watcher, WindowChannel } from './window-channel.ts'

interface Family {
  /** With every number left out. */
  kin: string
  /** The channel of the last text, and whether it had ended. */
  last: string
  isClosed: boolean
  /** The end of all its texts so far; shortened when it grows too long. */
  tail: string
  /** Channels that have had text, with the text before it: a whole piece on one of them repeats that text. */
  known: Map<string, string>
  reader: WindowChannel | undefined
  /** The position of the seam in the reader's text. */
  seamAt: number
}

export interface Joined {
  /**
   * The reader that also reads the text after the seam; the event waits until it has judged [start, end).
   * Absent without a seam.
   */
  part?: { channel: WindowChannel; start: number; end: number }
  reading?: Promise<unknown>
}

/** Longer than any match of the built-in guards. */
const reach = 512

export class Seams {
  readonly #families = new Map<string, Family>()
  readonly #watchers: readonly Watcher[]

  constructor(watchers: readonly Watcher[]) {
    this.#watchers = watchers.filter(({ isOfOneChannel }) => !isOfOneChannel)
  }

  /** Call it with each piece, in order. Returns a promise only if a guard is remote. */
  append({ channel, kind, text, form, isLast, fieldAt }: Piece): Joined {
    if (this.#watchers.length === 0 || fieldAt) return none
    const family = this.#familyOf(channel)
    if (text === '') return isLast ? this.#close(family) : none
    const repeated = form === 'whole' ? family.known.get(channel) : undefined
    if (repeated !== undefined) family.tail = repeated
    // the next reader reads again what an earlier one has not judged yet
    const isSeam =
      family.tail !== '' && (family.isClosed || family.last !== channel || repeated !== undefined)
    const before = isSeam || repeated !== undefined ? this.#close(family).reading : undefined
    if (isSeam) this.#begin(family, kind)
    const isOver = isLast === true || form === 'whole'
    family.last = channel
    family.isClosed = isOver
    if (repeated === undefined && !family.known.has(channel))
      remember(family.known, channel, family.tail.slice(-reach))
    family.tail += text
    if (family.tail.length > 8 * reach) family.tail = family.tail.slice(-reach)
    return this.#read(family, text, isOver, before)
  }

  /** The response is complete. */
  async complete(): Promise<void> {
    for (const family of this.#families.values()) await this.#close(family).reading
  }

  #familyOf(channel: string): Family {
    const name = channel.replaceAll(/(?<!^choice\/)\b\d+\b/g, '#')
    let family = this.#families.get(name)
    if (!family) {
      const kin = channel.replaceAll(/\b\d+\b/g, '#')
      const before = [...this.#families.values()].findLast((known) => known.kin === kin)
      family = {
        kin,
        last: '',
        isClosed: true,
        tail: before?.tail ?? '',
        known: new Map(),
        reader: undefined,
        seamAt: 0,
      }
      // with more names than this, the provider invents them, and each is read separately
      if (this.#families.size < most) this.#families.set(name, family)
    }
    return family
  }

  #begin(family: Family, kind: Piece['kind']): void {
    const before = family.tail.slice(-reach)
    const seamAt = before.length
    const watchers = this.#watchers.map(
      (watcher): Watcher => ({
        ...watcher,
        judge: (match, channel, text, of) =>
          match.start < seamAt && match.end > seamAt ? watcher.judge(match, channel, text, of) : undefined,
      }),
    )
    family.reader = new WindowChannel(family.last, kind, 'none', watchers, seamAt)
    family.reader.append(before)
    family.seamAt = seamAt
  }

  #read(family: Family, text: string, isOver: boolean, before: Promise<unknown> | undefined): Joined {
    const { reader, seamAt } = family
    if (!reader) return before ? { reading: before } : none
    const start = reader.length
    reader.append(text)
    let isLast = isOver || reader.length > seamAt + reach
    let reading = reader.read(isLast)
    if (!isLast && !reading && reader.judged > seamAt) {
      // after the seam, the channel's own reading is sufficient
      isLast = true
      reading = reader.read(true)
    }
    if (isLast) family.reader = undefined
    const part = { channel: reader, start, end: reader.length }
    return (before ?? reading) ? { part, reading: Promise.all([before, reading]) } : { part }
  }

  #close(family: Family): Joined {
    family.isClosed = true
    const reading = family.reader?.read(true)
    family.reader = undefined
    return reading ? { reading } : none
  }
}

/** Of channels without an end, the oldest are dropped. */
function remember<Value>(map: Map<string, Value>, name: string, value: Value): void {
  const [oldest] = map.size < most ? [] : map.keys()
  if (oldest !== undefined) map.delete(oldest)
  map.set(name, value)
}

const most = 256
const none: Joined = {}
