// The headers of the segments that this process writes: their holder, epoch and predecessor.

import { formatVersion, type SegmentEnd, type SegmentHeader } from './journal-format.ts'
import type { WriterOptions } from './journal-steps.ts'

export class SegmentHeaders {
  readonly #options
  #holder: string
  #epoch: number
  #seq = 0

  constructor(options: Pick<WriterOptions, 'holder' | 'epoch' | 'bootId' | 'sync' | 'now'>) {
    this.#options = options
    this.#holder = options.holder
    this.#epoch = options.epoch
  }

  changeEpoch(holder: string, epoch: number): void {
    this.#holder = holder
    this.#epoch = epoch
    this.#seq = 0
  }

  /** @param seq the `seq` of a granted acquire */
  noteGrant(seq: number): void {
    this.#seq = Math.max(this.#seq, seq)
  }

  make(
    number: number,
    previous: SegmentEnd | undefined,
    replaces?: SegmentHeader['replaces'],
  ): SegmentHeader {
    const { bootId, sync, now } = this.#options
    const header: SegmentHeader = {
      kind: 'segment',
      format: formatVersion,
      holder: this.#holder,
      epoch: this.#epoch,
      number,
      bootId,
      sync,
      at: now(),
    }
    if (this.#seq > 0) header.seq = this.#seq
    if (previous) header.previous = previous
    if (replaces) header.replaces = replaces
    return header
  }
}
