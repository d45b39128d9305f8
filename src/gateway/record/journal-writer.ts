// The journal's writer makes "nothing recorded is lost" true. It is a machine without I/O: it yields each
// step for the disk, and receives the result. journal.ts executes the steps. test/journal runs them with
// thousands of faults.
//
// The rule: one write is in flight, and entries that arrive meanwhile form the next batch. A batch is
// acknowledged when it is written, so that a killed process loses nothing that was acknowledged. `sync: each`
// also waits for the disk, so that a loss of power loses nothing either.
//
// Invariants
// - A segment holds whole lines in order of arrival, its header first. Only the last line of the last segment
//   may be incomplete.
// - Each segment begins with the `open` lines of all exchanges that are still open. So recovery needs only the
//   segments that are not drained, and a long stream does not keep old segments. An `open` is forgotten once its
//   `close` is written.
// - Data that was written but not yet synced stays in memory. After a failed write or sync the file is never
//   used again, because the kernel may have dropped its pages and would report the next sync as a success. The
//   unsynced data is written to a new segment.
// - A sync covers the complete lines that were written before it began, even if several syncs are running. It
//   does not count after a sync of the same file has failed.
// - If the disk is full, the ballast is deleted first, so that open exchanges can close. No new call is
//   admitted until the ballast is written again.
// - Queued and unsynced entries share one limit. At the limit no call is admitted. Closes of open exchanges are
//   always accepted, because the exchanges in flight limit their number.
//
// Known limit: with `sync: batch` a loss of power loses the last 100 ms of records (never money, because
// unproven money stays in doubt).

import type { DrainOffset } from '../../contract/stores.ts'
import type { SegmentEnd } from './journal-format.ts'
import { type Batch, create, type JournalSteps, type WriterOptions } from './journal-steps.ts'
import type { Segment } from './segment.ts'
import { SegmentHeaders } from './segment-headers.ts'
import { SegmentWriter } from './segment-writer.ts'

/** @param firstNumber the number of its first segment, higher than any in the folder */
export function* openWriter(
  options: WriterOptions,
  firstNumber: number,
  previous?: SegmentEnd,
): JournalSteps<JournalWriter> {
  const headers = new SegmentHeaders(options)
  const segment = yield* create(headers.make(firstNumber, previous), [])
  return new JournalWriter(options, segment, headers)
}

export class JournalWriter {
  readonly #options
  readonly #segments
  /** By exchange. */
  readonly #openLines = new Map<string, string[]>()
  #pending: Batch | undefined
  #isWriting = false
  #inFlightBytes = 0
  #written = 0

  constructor(options: WriterOptions, segment: Segment, headers: SegmentHeaders) {
    this.#options = options
    this.#segments = new SegmentWriter(options, segment, headers, () =>
      [...this.#openLines.values()].flat().join(''),
    )
  }

  /** Returns the batch of the line. The caller starts `write` if it is not running. */
  add(line: string, { opens, closes }: { opens?: string; closes?: string } = {}): Batch {
    if (opens !== undefined) {
      const lines = this.#openLines.get(opens)
      if (lines) lines.push(line)
      else this.#openLines.set(opens, [line])
    }
    this.#pending ??= { lines: [], bytes: 0, closed: [] }
    this.#pending.lines.push(line)
    this.#pending.bytes += line.length
    if (closes !== undefined) this.#pending.closed.push(closes)
    return this.#pending
  }

  /** Is there something to write while `write` is not running? */
  isIdle(): boolean {
    return !this.#isWriting && (this.#pending !== undefined || this.#segments.mustReplace)
  }

  /** Writes one batch after the other. Only one `write` runs at a time. */
  *write(): JournalSteps<void> {
    this.#isWriting = true
    while (this.#pending || this.#segments.mustReplace) {
      // a write costs more than its content, because it wakes another thread
      yield { kind: 'turn' }
      if (this.#segments.mustReplace) yield* this.#segments.replaceSegment()
      const batch = this.#pending
      if (!batch) continue
      this.#pending = undefined
      this.#inFlightBytes = batch.bytes
      yield* this.#segments.write(Buffer.from(batch.lines.join('')))
      for (const exchange of batch.closed) this.#openLines.delete(exchange)
      this.#written += batch.lines.length
      if (this.#options.sync === 'each') yield* this.#segments.syncAll()
      else if (this.hasUnsynced()) yield { kind: 'plan-sync' }
      this.#inFlightBytes = 0
      yield { kind: 'written', batch }
    }
    this.#isWriting = false
  }

  syncOnce(): JournalSteps<void> {
    return this.#segments.syncOnce()
  }

  layBallast(): JournalSteps<void> {
    return this.#segments.space.layBallast()
  }

  /** Called after the last write. Syncs the file and closes it. */
  end(): JournalSteps<void> {
    return this.#segments.end()
  }

  changeEpoch(holder: string, epoch: number): void {
    this.#segments.headers.changeEpoch(holder, epoch)
    this.#segments.roll()
  }

  /** @param seq the `seq` of a granted acquire */
  noteGrant(seq: number): void {
    this.#segments.headers.noteGrant(seq)
  }

  isOpen(exchange: string): boolean {
    return this.#openLines.has(exchange)
  }

  admits(): boolean {
    return !this.#segments.space.isFull && this.#queuedBytes() < this.#options.queueBytes
  }

  hasUnsynced(): boolean {
    return !this.#segments.unsynced.isEmpty()
  }

  synced(): DrainOffset {
    return this.#segments.synced()
  }

  trouble(): string | undefined {
    const { failure, space } = this.#segments
    return failure ?? (space.isFull ? 'the disk has no space for the journal' : undefined)
  }

  stats() {
    const { segment, unsynced, space } = this.#segments
    return {
      segment: segment.number,
      position: segment.position,
      queuedBytes: this.#queuedBytes(),
      unsyncedBytes: unsynced.bytes,
      openExchanges: this.#openLines.size,
      written: this.#written,
      hasBallast: space.hasBallast,
    }
  }

  #queuedBytes(): number {
    return (this.#pending?.bytes ?? 0) + this.#inFlightBytes + this.#segments.unsynced.bytes
  }
}
