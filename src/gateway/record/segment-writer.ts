// Writes chunks of complete lines to the current segment and syncs it. It begins the next segment if the
// current one is full or fails. The rules are in journal-writer.ts.

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
  /** Its file failed and must not be used again. */
  #abandoned: Segment | undefined
  #mustRoll = false
  #mustReplace = false
  #failure: string | undefined
  #failuresInARow = 0

  /** @param carried the lines at the beginning of each segment */
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

  /** `write` handles a failure. */
  *syncOnce(): JournalSteps<void> {
    const segment = this.#segment
    if (segment === this.#abandoned) return
    const { whole, crc } = segment
    const { added } = this.unsynced
    try {
      yield { kind: 'sync', segment }
    } catch (error) {
      // another sync failed before
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

  /** Abandons the segment's file. Its unsynced data is written to a new one. */
  *replaceSegment(): JournalSteps<void> {
    this.#mustReplace = false
    this.#failuresInARow += 1
    // the first time at once, then with pauses, so that a failing disk does not get many files
    if (this.#failuresInARow > 1)
      yield { kind: 'wait', ms: Math.min(this.#failuresInARow * retryMs, longestPauseMs) }
    const old = this.#segment
    // a later successful sync of it does not count, because its successor is now authoritative
    this.#abandoned = old
    const end = syncedEnd(old)
    yield* this.#beginAfter(old, end, { number: old.number, offset: end.bytes })
    // a new segment is already synced
    this.unsynced.drop(this.unsynced.added)
    yield { kind: 'sync-ended' }
    yield { kind: 'close', segment: old }
    const message = `journal segment ${this.#segment.number} takes up what segment ${old.number} did not sync`
    this.#options.report({ kind: 'segment-replaced', message })
    this.#options.onSynced(this.synced())
    // one successful sync ends the failure
    yield { kind: 'plan-sync' }
  }

  /** Called after the last write. Syncs the file and closes it. */
  *end(): JournalSteps<void> {
    yield* this.syncAll()
    yield { kind: 'close', segment: this.#segment }
  }

  *#nextSegment(): JournalSteps<void> {
    yield* this.syncAll()
    this.#mustRoll = false
    const old = this.#segment
    yield* this.#beginAfter(old, syncedEnd(old))
    // the new segment repeats what the old one did not sync, so everything is synced
    this.#mustReplace = false
    this.#options.onSynced(this.synced())
    yield { kind: 'sync-ended' }
    yield { kind: 'close', segment: old }
  }

  /** Retries until the disk accepts a new segment. */
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
    // the kernel reports a failure only once, so a later successful sync of this file proves nothing
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
