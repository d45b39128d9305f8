// All runs of digits of a text. Most personal data begins with digits, so one search serves all entities that
// need them.

import { isDigit, nextDigit } from '../characters.ts'

/** Contains the runs of the last text. One object is reused for many texts, so a short text costs little. */
export class DigitRuns {
  count = 0
  starts = new Uint32Array(64)
  ends = new Uint32Array(64)

  /** Runs that begin at or after `from`. The rest of an earlier run does not count. */
  read(text: string, from: number): void {
    if (this.starts.length > mostKept) this.#resize(mostKept, 0)
    let { starts, ends } = this
    let count = 0
    let at = from
    if (from > 0 && isDigit(text.charCodeAt(from - 1))) while (isDigit(text.charCodeAt(at))) at += 1
    for (at = nextDigit(text, at); at !== -1; at = nextDigit(text, at)) {
      if (count === starts.length) {
        this.#resize(count * 4, count)
        starts = this.starts
        ends = this.ends
      }
      starts[count] = at
      while (isDigit(text.charCodeAt(at))) at += 1
      ends[count] = at
      count += 1
    }
    this.count = count
  }

  #resize(length: number, used: number): void {
    const [starts, ends] = [new Uint32Array(length), new Uint32Array(length)]
    starts.set(this.starts.subarray(0, used))
    ends.set(this.ends.subarray(0, used))
    this.starts = starts
    this.ends = ends
  }
}

/** After a text with many numbers, memory for more than a slice (../../slices.ts) is released. */
const mostKept = 16_384
