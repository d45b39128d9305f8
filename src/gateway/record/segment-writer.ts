// Writes chunks of whole lines to the current segment, syncs it, and begins the next one when it is full or
// its disk fails. The rules are in journal-writer.ts.

import type { DrainOffset } from '../../contract/stores.ts'
import { DiskSpace, isNoSpace } from './disk-space.ts'
import { crcOf, type SegmentEnd, type SegmentHeader } from './journal-format.ts'
import { codeOf, create, type JournalSteps, retryMs, type WriterOptions } from './journal-steps.ts'
import { type Segment, syncedEnd } from './segment.ts'
import { SegmentHeaders } from './segment-headers.ts'
import { Unsynced } from './unsynced.ts'

const longestPauseMs = 5_000

export class SegmentWriter {
  readonly headers: SegmentHeaders
  readonly space: DiskSpace
  readonly unsynced = new Unsynced()
  readonly #options
  readonly #carried
  #segment: Segment
  /** Its file failed: it is never touched again. */
  #abandoned: Segment | undefined
  #mustRoll = false
  #mustReplace = false
  #failure: string | undefined
  #failuresInARow = 0

  /** @param carried the lines that each segment begins with */
  constructor(options: WriterOptions, segment: Segment, headers: SegmentHeaders, carried: () => string) {
    this.#options = options
    this.#segment = segment
    this.headers = headers
    this.space = new DiskSpace(options)
    this.#carried = carried
  }

  get segment(): Readonly<Pick<Segment, 'number' | 'position'>> {
    return this.#segment
  }

  get mustReplace(): boolean {
    return this.#mustReplace
  }

  get failure(): string | undefined {
    return this.#failure
  }

  synced(): DrainOffset {
    return { segment: this.#segment.number, offset: this.#segment.synced }
  }

  /** The next chunk goes to a new segment. */
  roll(): void {
    this.#mustRoll = true
  }

  *write(chunk: Uint8Array): JournalSteps<void> {
    if (this.#mustRoll || this.#segment.position + chunk.length > this.#options.segmentBytes)
      yield* this.#nextSegment()
    for (;;) {
      const to = this.#segment
      try {
        yield* this.#writeWhole(to, chunk)
      } catch (error) {
        this.#fail(error)
        yield* this.replaceSegment()
        continue
      }
      to.whole = to.position
      to.crc = crcOf(chunk, to.crc)
      this.unsynced.add(chunk)
      return
    }
  }

  /** A failure is dealt with by the process that writes. */
  *syncOnce(): JournalSteps<void> {
    const segment = this.#segment
    if (segment === this.#abandoned) return
    const { whole, crc } = segment
    const { added } = this.unsynced
    try {
      yield { kind: 'sync', segment }
    } catch (error) {
      // another sync has failed before
      if (segment !== this.#segment || segment === this.#abandoned) return
      this.#fail(error)
      this.#mustReplace = true
      return
    }
    if (segment !== this.#segment || segment === this.#abandoned) return
    this.unsynced.drop(added)
    if (whole > segment.synced) {
      segment.synced = whole
      segment.syncedCrc = crc
    }
    this.#failure = undefined
    this.#failuresInARow = 0
    this.#options.onSynced(this.synced())
  }

  *syncAll(): JournalSteps<void> {
    yield { kind: 'sync-ended' }
    while (!this.unsynced.isEmpty()) {
      if (this.#mustReplace) yield* this.replaceSegment()
      yield* this.syncOnce()
    }
  }

  /** Gives up on the segment's file; what it did not sync is written to a new one. */
  *replaceSegment(): JournalSteps<void> {
    this.#mustReplace = false
    this.#failuresInARow += 1
    // the first time at once; a disk that keeps failing must not be flooded with files
    if (this.#failuresInARow > 1)
      yield { kind: 'wait', ms: Math.min(this.#failuresInARow * retryMs, longestPauseMs) }
    const old = this.#segment
    // a sync of it that still succeeds comes too late: from here on its successor counts
    this.#abandoned = old
    const end = syncedEnd(old)
    yield* this.#beginAfter(old, end, { number: old.number, offset: end.bytes })
    // a segment is synced when it begins
    this.unsynced.drop(this.unsynced.added)
    yield { kind: 'sync-ended' }
    yield { kind: 'close', segment: old }
    const message = `journal segment ${this.#segment.number} takes up what segment ${old.number} did not sync`
    this.#options.report({ kind: 'segment-replaced', message })
    this.#options.onSynced(this.synced())
    // all is well again when one sync succeeds
    yield { kind: 'plan-sync' }
  }

  /** After the last write: what was written is on the disk, and the file is closed. */
  *end(): JournalSteps<void> {
    yield* this.syncAll()
    yield { kind: 'close', segment: this.#segment }
  }

  *#nextSegment(): JournalSteps<void> {
    yield* this.syncAll()
    this.#mustRoll = false
    const old = this.#segment
    yield* this.#beginAfter(old, syncedEnd(old))
    // whatever happened to the old one meanwhile: all of it is synced
    this.#mustReplace = false
    this.#options.onSynced(this.synced())
    yield { kind: 'sync-ended' }
    yield { kind: 'close', segment: old }
  }

  /** Tries until the disk takes a new segment. */
  *#beginAfter(old: Segment, previous: SegmentEnd, replaces?: SegmentHeader['replaces']): JournalSteps<void> {
    for (let number = old.number + 1; this.#segment === old; number += 1) {
      const header = this.headers.make(number, previous, replaces)
      const carried = Buffer.from(this.#carried())
      try {
        this.#segment = yield* create(header, replaces ? [carried, ...this.unsynced.chunks] : [carried])
      } catch (error) {
        yield* this.#recoverFrom(error)
      }
    }
  }

  /** Throws only errors that free space does not fix. */
  *#writeWhole(to: Segment, bytes: Uint8Array): JournalSteps<void> {
    for (let done = 0; done < bytes.length; ) {
      try {
        const count = yield { kind: 'write', segment: to, bytes: done === 0 ? bytes : bytes.subarray(done) }
        if (typeof count !== 'number' || count === 0) yield { kind: 'wait', ms: retryMs }
        else {
          to.position += count
          done += count
        }
      } catch (error) {
        if (!isNoSpace(error)) throw error
        yield* this.space.makeSpace()
      }
    }
  }

  #fail(error: unknown): void {
    // the kernel reports a failure once: a later sync of this file that succeeds proves nothing
    this.#abandoned = this.#segment
    this.#failure = `the disk failed under journal segment ${this.#segment.number} (${codeOf(error)})`
    this.#options.report({ kind: 'segment-failed', message: this.#failure })
  }

  *#recoverFrom(error: unknown): JournalSteps<void> {
    if (isNoSpace(error)) {
      yield* this.space.makeSpace()
      return
    }
    this.#failure = `no new journal segment can be made (${codeOf(error)})`
    this.#options.report({ kind: 'segment-failed', message: this.#failure })
    yield { kind: 'wait', ms: retryMs }
  }
}
