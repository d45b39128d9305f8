// The journal's writer: what makes "nothing recorded is lost" true. A machine without I/O: it says step by
// step what the disk has to do, and is told what came of it. journal.ts carries the steps out; test/journal
// plays them through faults by the thousand.
//
// The rule: one write is in flight; whatever arrives meanwhile is the next batch. A batch is answered when it
// is written, so that a killed process loses nothing that was promised; `sync: each` waits for the disk as
// well, so that a loss of power does not either.
//
// Invariants
// - A segment holds whole lines in order of arrival, its header first. Only the last line of the last segment
// may be incomplete.
// - Each segment begins with the `open` lines of all exchanges that are still open. So recovery needs no
// older segment than those
//   that are not drained, and a long stream does not keep old segments alive. An `open` is forgotten once its `close` is written.
// - What was written and not yet synced stays in memory. After a failed write or sync the file is never
// touched again (the kernel
//   may have dropped its pages and would answer the next sync with success): a new segment takes up what was not synced.
// - A sync counts for the whole lines that were written before it began, however many are under way, and not
// after one of the file has failed.
// - A full disk first frees the ballast, so that exchanges that are open can close; nothing new is admitted
// until it is laid again.
// - Everything queued or unsynced counts against one bound; at the bound nothing is admitted. Closes of open
// exchanges are always taken:
//   there are no more of them than exchanges in flight.
//
// Known limits: with `sync: batch` a loss of power loses the last 100 ms of records (never money: what is not
// proven stays in doubt).

import type { DrainOffset } from '../../contract/stores.ts'
import { crcOf, formatVersion, type SegmentEnd, type SegmentHeader } from './journal-format.ts'
import { type Segment, syncedEnd } from './segment.ts'

export interface WriterOptions {
  holder: string
  epoch: number
  bootId: string
  sync: 'batch' | 'each'
  segmentBytes: number
  /** Of entries that are queued or not synced yet. */
  queueBytes: number
  ballastBytes: number
  /** ms since the epoch */
  now(): number
  /** Called after each sync: there is something to drain, up to this position. */
  onSynced(position: DrainOffset): void
  report(event: JournalEvent): void
}

export type JournalEvent = {
  kind: 'disk-full' | 'disk-has-room' | 'segment-failed' | 'segment-replaced'
  message: string
}

/**
 * What is to be done, and what the answer is. A step that fails is answered by a throw of its error (`code`:
 * that of errno).
 */
export type JournalStep =
  /**
   * → the segment, with its header and content, synced. All of it is there, or, after a failure or a kill,
   * nothing.
   */
  | { kind: 'create'; header: SegmentHeader; content: readonly Uint8Array[] }
  /** At its position → how many bytes were taken, perhaps not all. */
  | { kind: 'write'; segment: Segment; bytes: Uint8Array }
  | { kind: 'sync'; segment: Segment }
  /** The file is not needed any more. Never fails. */
  | { kind: 'close'; segment: Segment }
  | { kind: 'wait'; ms: number }
  /** Entries of one turn share a write. */
  | { kind: 'turn' }
  /** Waits for the sync that a timer began, if one is under way. */
  | { kind: 'sync-ended' }
  | { kind: 'free-ballast' | 'lay-ballast' }
  /** At once: the entries of the batch are promised now. */
  | { kind: 'written'; batch: Batch }
  /** At once: begin `syncOnce` after a while, unless one is planned or under way. */
  | { kind: 'plan-sync' }
  /** At once: begin `layBallast` after a while, unless that is planned. */
  | { kind: 'plan-ballast' }

export type JournalSteps<Result> = Generator<JournalStep, Result, Segment | number | undefined>

/** Entries that share a write. */
export interface Batch {
  lines: string[]
  bytes: number
  /** Exchanges that it closes. */
  closed: string[]
}

const retryMs = 250

/** @param firstNumber of its first segment; higher than any in the folder */
export function* openWriter(
  options: WriterOptions,
  firstNumber: number,
  previous?: SegmentEnd,
): JournalSteps<JournalWriter> {
  const { holder, epoch } = options
  const segment = yield* create(
    headerOf(options, { holder, epoch, number: firstNumber, seq: 0, previous }),
    [],
  )
  return new JournalWriter(options, segment)
}

export class JournalWriter {
  readonly #options: WriterOptions
  readonly #openLines = new Map<string, string[]>()
  #holder: string
  #epoch: number
  #seq = 0
  #segment: Segment
  #abandoned: Segment | undefined
  #mustRoll = false
  #mustReplace = false
  #pending: Batch | undefined
  #isWriting = false
  #inFlightBytes = 0
  #unsynced: Uint8Array[] = []
  #unsyncedBytes = 0
  /** Chunks that were ever written, and of them synced. */
  #writtenChunks = 0
  #syncedChunks = 0
  #written = 0
  #failure: string | undefined
  #failuresInARow = 0
  #isFull = false
  #hasBallast = false

  constructor(options: WriterOptions, segment: Segment) {
    this.#options = options
    this.#holder = options.holder
    this.#epoch = options.epoch
    this.#segment = segment
  }

  /** The batch that the line goes with. `write` is to be begun unless it runs. */
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

  /** Is there something to write, and nobody does? */
  isIdle(): boolean {
    return !this.#isWriting && (this.#pending !== undefined || this.#mustReplace)
  }

  /** Writes batch after batch; the only one that writes, one at a time. */
  *write(): JournalSteps<void> {
    this.#isWriting = true
    while (this.#pending || this.#mustReplace) {
      // a write costs more than all that is in it (it wakes another thread)
      yield { kind: 'turn' }
      if (this.#mustReplace) yield* this.#replaceSegment()
      const batch = this.#pending
      if (!batch) continue
      this.#pending = undefined
      this.#inFlightBytes = batch.bytes
      yield* this.#writeChunk(Buffer.from(batch.lines.join('')))
      for (const exchange of batch.closed) this.#openLines.delete(exchange)
      this.#written += batch.lines.length
      if (this.#options.sync === 'each') yield* this.syncAll()
      else if (this.#unsynced.length > 0) yield { kind: 'plan-sync' }
      this.#inFlightBytes = 0
      yield { kind: 'written', batch }
    }
    this.#isWriting = false
  }

  /** A failure is dealt with by the one that writes. */
  *syncOnce(): JournalSteps<void> {
    const of = this.#segment
    if (of === this.#abandoned) return
    const { whole, crc } = of
    const chunks = this.#writtenChunks
    try {
      yield { kind: 'sync', segment: of }
    } catch (error) {
      // another one has failed before
      if (of !== this.#segment || of === this.#abandoned) return
      this.#fail(error)
      this.#mustReplace = true
      return
    }
    if (of !== this.#segment || of === this.#abandoned) return
    this.#dropSynced(chunks)
    if (whole > of.synced) {
      of.synced = whole
      of.syncedCrc = crc
    }
    this.#failure = undefined
    this.#failuresInARow = 0
    this.#options.onSynced(this.synced())
  }

  *syncAll(): JournalSteps<void> {
    yield { kind: 'sync-ended' }
    while (this.#unsynced.length > 0) {
      if (this.#mustReplace) yield* this.#replaceSegment()
      yield* this.syncOnce()
    }
  }

  /** That the ballast can be laid is the proof that there is room again. */
  *layBallast(): JournalSteps<void> {
    const { report, ballastBytes } = this.#options
    try {
      yield { kind: 'lay-ballast' }
      this.#hasBallast = true
      if (this.#isFull)
        report({ kind: 'disk-has-room', message: 'the journal has room again; calls are admitted' })
      this.#isFull = false
    } catch (error) {
      if (!this.#isFull)
        report({
          kind: 'disk-full',
          message: `${ballastBytes} bytes to spare for the journal cannot be had (${codeOf(error)})`,
        })
      this.#isFull = true
      yield { kind: 'plan-ballast' }
    }
  }

  /** After the last write: what was written is on the disk, and the file is closed. */
  *end(): JournalSteps<void> {
    yield* this.syncAll()
    yield { kind: 'close', segment: this.#segment }
  }

  changeEpoch(holder: string, epoch: number): void {
    this.#holder = holder
    this.#epoch = epoch
    this.#seq = 0
    this.#mustRoll = true
  }

  /** @param seq of an acquire that was granted */
  noteGrant(seq: number): void {
    this.#seq = Math.max(this.#seq, seq)
  }

  isOpen(exchange: string): boolean {
    return this.#openLines.has(exchange)
  }

  admits(): boolean {
    return !this.#isFull && this.#queuedBytes() < this.#options.queueBytes
  }

  hasUnsynced(): boolean {
    return this.#unsynced.length > 0
  }

  synced(): DrainOffset {
    return { segment: this.#segment.number, offset: this.#segment.synced }
  }

  trouble(): string | undefined {
    return this.#failure ?? (this.#isFull ? 'the disk has no room for the journal' : undefined)
  }

  stats() {
    return {
      segment: this.#segment.number,
      position: this.#segment.position,
      queuedBytes: this.#queuedBytes(),
      unsyncedBytes: this.#unsyncedBytes,
      openExchanges: this.#openLines.size,
      written: this.#written,
      hasBallast: this.#hasBallast,
    }
  }

  #queuedBytes(): number {
    return (this.#pending?.bytes ?? 0) + this.#inFlightBytes + this.#unsyncedBytes
  }

  *#writeChunk(bytes: Uint8Array): JournalSteps<void> {
    if (this.#mustRoll || this.#segment.position + bytes.length > this.#options.segmentBytes)
      yield* this.#nextSegment()
    for (;;) {
      const to = this.#segment
      try {
        yield* this.#writeWhole(to, bytes)
      } catch (error) {
        this.#fail(error)
        yield* this.#replaceSegment()
        continue
      }
      endChunk(to, bytes)
      this.#unsynced.push(bytes)
      this.#unsyncedBytes += bytes.length
      this.#writtenChunks += 1
      return
    }
  }

  /** Throws only what room on the disk does not fix. */
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
        if (!isNoRoom(error)) throw error
        yield* this.#makeRoom()
      }
    }
  }

  *#nextSegment(): JournalSteps<void> {
    yield* this.syncAll()
    this.#mustRoll = false
    const old = this.#segment
    for (let number = old.number + 1; this.#segment === old; number += 1) {
      try {
        this.#segment = yield* this.#begin(number, syncedEnd(old))
      } catch (error) {
        yield* this.#recoverFrom(error)
      }
    }
    // whatever happened to the old one meanwhile: all of it is synced
    this.#mustReplace = false
    this.#options.onSynced(this.synced())
    yield { kind: 'sync-ended' }
    yield { kind: 'close', segment: old }
  }

  /** Gives up on the segment's file; what it did not sync is written to a new one. */
  *#replaceSegment(): JournalSteps<void> {
    this.#mustReplace = false
    this.#failuresInARow += 1
    // the first time at once; a disk that goes on failing is not to be flooded with files
    if (this.#failuresInARow > 1) yield { kind: 'wait', ms: Math.min(this.#failuresInARow * retryMs, 5_000) }
    const old = this.#segment
    // a sync of it that still succeeds comes too late: from here on its successor counts
    this.#abandoned = old
    const end = syncedEnd(old)
    for (let number = old.number + 1; this.#segment === old; number += 1) {
      try {
        this.#segment = yield* this.#begin(number, end, { number: old.number, offset: end.bytes })
      } catch (error) {
        yield* this.#recoverFrom(error)
      }
    }
    // a segment is begun synced
    this.#dropSynced(this.#writtenChunks)
    yield { kind: 'sync-ended' }
    yield { kind: 'close', segment: old }
    const message = `journal segment ${this.#segment.number} takes up what segment ${old.number} did not sync`
    this.#options.report({ kind: 'segment-replaced', message })
    this.#options.onSynced(this.synced())
    // all is well again when one succeeds
    yield { kind: 'plan-sync' }
  }

  #begin(number: number, previous: SegmentEnd, replaces?: SegmentHeader['replaces']): JournalSteps<Segment> {
    const header = headerOf(this.#options, {
      holder: this.#holder,
      epoch: this.#epoch,
      number,
      seq: this.#seq,
      previous,
      replaces,
    })
    const carried = Buffer.from([...this.#openLines.values()].flat().join(''))
    return create(header, replaces ? [carried, ...this.#unsynced] : [carried])
  }

  #dropSynced(chunks: number): void {
    for (const bytes of this.#unsynced.splice(0, chunks - this.#syncedChunks))
      this.#unsyncedBytes -= bytes.length
    this.#syncedChunks = Math.max(this.#syncedChunks, chunks)
  }

  #fail(error: unknown): void {
    // another sync of it that still succeeds proves nothing: the kernel tells a failure once
    this.#abandoned = this.#segment
    this.#failure = `the disk failed under journal segment ${this.#segment.number} (${codeOf(error)})`
    this.#options.report({ kind: 'segment-failed', message: this.#failure })
  }

  *#recoverFrom(error: unknown): JournalSteps<void> {
    if (isNoRoom(error)) yield* this.#makeRoom()
    else {
      this.#failure = `no new journal segment can be made (${codeOf(error)})`
      this.#options.report({ kind: 'segment-failed', message: this.#failure })
      yield { kind: 'wait', ms: retryMs }
    }
  }

  *#makeRoom(): JournalSteps<void> {
    if (!this.#isFull)
      this.#options.report({
        kind: 'disk-full',
        message: 'no room is left for the journal; new calls are refused until there is',
      })
    this.#isFull = true
    yield { kind: 'plan-ballast' }
    const hadBallast = this.#hasBallast
    this.#hasBallast = false
    yield hadBallast ? { kind: 'free-ballast' } : { kind: 'wait', ms: retryMs }
  }
}

function* create(header: SegmentHeader, content: readonly Uint8Array[]): JournalSteps<Segment> {
  const segment = yield { kind: 'create', header, content }
  if (typeof segment !== 'object') throw new Error('a step of the journal made no segment')
  return segment
}

/** Its last write took the rest of these bytes. */
function endChunk(segment: Segment, bytes: Uint8Array): void {
  segment.whole = segment.position
  segment.crc = crcOf(bytes, segment.crc)
}

interface HeaderFacts {
  holder: string
  epoch: number
  number: number
  seq: number
  previous: SegmentEnd | undefined
  replaces?: SegmentHeader['replaces']
}

function headerOf(
  { bootId, sync, now }: WriterOptions,
  { holder, epoch, number, seq, previous, replaces }: HeaderFacts,
): SegmentHeader {
  const header: SegmentHeader = {
    kind: 'segment',
    format: formatVersion,
    holder,
    epoch,
    number,
    bootId,
    sync,
    at: now(),
  }
  if (seq > 0) header.seq = seq
  if (previous) header.previous = previous
  if (replaces) header.replaces = replaces
  return header
}

export const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error)

const isNoRoom = (error: unknown) => ['ENOSPC', 'EDQUOT'].includes(codeOf(error))
