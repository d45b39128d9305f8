// Seams of a response: places where a text goes on although it had ended. A provider writes on after a
// finish, starts a block again, or splits a text over two blocks, items or calls, and clients show the parts
// joined. Each part has a channel of its own and is judged when that ends, so that no word waits for a text
// that may never come. Across a seam the end of the one part and the beginning of the next are read once
// more, joined.
//
// Channels whose names differ in numbers only (`content/0/text`, `content/1/text`) are a family: texts of one
// kind, in the order in which they came. Choices are shown apart; only where a choice begins it is read
// joined with the end of the choice before it.

import type { Piece } from '../../contract/content.ts'
import { type Watcher, WindowChannel } from './window-channel.ts'

interface Family {
  /** With every number left out. */
  kin: string
  /** The channel of the last text, and whether that had ended. */
  last: string
  isClosed: boolean
  /** The end of all its texts so far; cut when it has grown long. */
  tail: string
  /** Channels that have had text, with what came before it: a whole on one of them repeats it. */
  known: Map<string, string>
  reader: WindowChannel | undefined
  /** Where the seam is in the text of the reader. */
  seamAt: number
}

export interface Joined {
  /**
   * Reads the text after the seam as well; the event waits until it has judged [start, end). Absent: there is
   * no seam.
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

  /** To be called with each piece, in order. A promise only when a guard is remote. */
  append({ channel, kind, text, form, isLast, fieldAt }: Piece): Joined {
    if (this.#watchers.length === 0 || fieldAt) return none
    const family = this.#familyOf(channel)
    if (text === '') return isLast ? this.#close(family) : none
    const repeated = form === 'whole' ? family.known.get(channel) : undefined
    if (repeated !== undefined) family.tail = repeated
    // what an earlier reader has not judged yet is read again by the next
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

  /** No more comes. */
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
      // beyond that a provider invents names, and each of them is read by itself
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
      // after the seam the channel's own reading is enough
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

/** Of channels without end the oldest are forgotten. */
function remember<Value>(map: Map<string, Value>, name: string, value: Value): void {
  const [oldest] = map.size < most ? [] : map.keys()
  if (oldest !== undefined) map.delete(oldest)
  map.set(name, value)
}

const most = 256
const none: Joined = {}
