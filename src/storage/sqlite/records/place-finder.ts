// Finds the places of a batch. Most records of a batch opened at nearly the same time, so a few ranges of
// `fact` show which places are taken and which records already exist.

import type { Database } from 'bun:sqlite'
import { bytesOfId, placeOfId, placesPerMs } from './place.ts'

/** The most milliseconds without a record in one range. */
const gapMs = 8

/** The number of places in one millisecond. */
interface Taken {
  places: Set<number>
  ids: Uint8Array[]
}

export class PlaceFinder {
  readonly #stretch

  constructor(database: Database) {
    this.#stretch = database
      .query<{ place: number; id: Uint8Array }, [number, number]>(
        'SELECT place, id FROM fact WHERE place >= ? AND place < ?',
      )
      .safeIntegers(false)
  }

  /**
   * The place of each id; undefined if the id already exists, or is repeated in the batch.
   * @throws if a millisecond is full
   */
  find(ids: readonly string[]): (number | undefined)[] {
    const own = ids.map(placeOfId)
    const taken = this.#read(own.map(beginOf))
    return ids.map((id, index) => {
      const bytes = bytesOfId(id)
      const wanted = own[index] ?? 0
      const { places, ids } = taken.get(beginOf(wanted)) ?? noneTaken()
      if (ids.some((other) => Buffer.compare(other, bytes) === 0)) return undefined
      const place = freePlace(wanted, places)
      places.add(place)
      ids.push(bytes)
      return place
    })
  }

  /** By the first place of each millisecond. */
  #read(begins: readonly number[]): Map<number, Taken> {
    const taken = new Map<number, Taken>()
    for (const begin of begins) if (!taken.has(begin)) taken.set(begin, noneTaken())
    const sorted = [...taken.keys()].sort((a, b) => a - b)
    for (let index = 0; index < sorted.length; ) {
      const from = sorted[index] ?? 0
      let to = from
      for (; (sorted[index] ?? Infinity) - to <= gapMs * placesPerMs; index += 1) to = sorted[index] ?? to
      for (const { place, id } of this.#stretch.all(from, to + placesPerMs)) {
        const millisecond = taken.get(beginOf(place))
        millisecond?.places.add(place)
        millisecond?.ids.push(id)
      }
    }
    return taken
  }
}

const noneTaken = (): Taken => ({ places: new Set(), ids: [] })

const beginOf = (place: number) => place - (place % placesPerMs)

/** The record's own place, or the next free one within the millisecond. */
function freePlace(own: number, taken: ReadonlySet<number>): number {
  const begin = beginOf(own)
  for (let step = 0; step < placesPerMs; step += 1) {
    const place = begin + ((own - begin + step) % placesPerMs)
    if (!taken.has(place)) return place
  }
  throw new Error(`more than ${placesPerMs} records are of one millisecond`)
}
