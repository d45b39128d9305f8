// The journal's writer: what makes "nothing recorded is lost" true.
//
// The rule: one asynchronous write is in flight; whatever arrives meanwhile is the next batch. A synchronous write would be faster,
// but would freeze every stream of the process when the disk does. The promise of an entry resolves when its batch is written, so
// that a killed process loses nothing that was promised; `sync: each` waits for the disk as well, so that a loss of power does not either.
//
// Invariants
// - A segment holds whole lines in order of arrival, its header first. Only the last line of the last segment may be incomplete.
// - Each segment begins with the `open` lines of all exchanges that are still open. So recovery needs no older segment than those
//   that are not drained, and a long stream does not keep old segments alive. An `open` is forgotten once its `close` is written.
// - What was written and not yet synced stays in memory. After a failed write or sync the file is never touched again (the kernel
//   may have dropped its pages and would answer the next sync with success): a new segment takes up what was not synced.
// - A full disk first frees the ballast, so that exchanges that are open can close; nothing new is admitted until it is laid again.
// - Everything queued or unsynced counts against one bound; at the bound nothing is admitted. Closes of open exchanges are always taken:
//   there are no more of them than exchanges in flight.
//
// Known limits: with `sync: batch` a loss of power loses the last 100 ms of records (never money: what is not proven stays in doubt).

import type { ExchangeRecord } from '../../contract/record.ts'
import { GatewayError } from '../../contract/errors.ts'
import type { DrainOffset } from '../../contract/stores.ts'
import type { Clock, Timer } from '../../kit/clock.ts'
import { delay } from '../../kit/clock.ts'
import { turnEnd } from '../../kit/turn.ts'
import { ballast } from './ballast.ts'
import { closeLine, grantLines, openLine } from './fit.ts'
import type { Files } from './files.ts'
import type { GrantEntry, OpenEntry, SegmentEnd, SegmentHeader } from './journal-format.ts'
import { crcOf, encodeLine, formatVersion } from './journal-format.ts'
import type { Segment } from './segment.ts'
import { closeSegment, createSegment, discardSegment, syncedEnd } from './segment.ts'

export interface JournalOptions {
  /** Exists, and is this process's alone (storage/sqlite/lock.ts). */
  folder: string
  holder: string
  epoch: number
  bootId: string
  /** Number of the first segment; higher than any in the folder. */
  firstNumber: number
  /** The segment before it, if there is one. */
  previous?: SegmentEnd | undefined
  sync: 'batch' | 'each'
  syncEveryMs: number
  segmentBytes: number
  /** Of entries that are queued or not synced yet. */
  queueBytes: number
  ballastBytes: number
  files: Files
  clock: Clock
  /** Called after each sync: there is something to drain, up to this position. */
  onSynced(position: DrainOffset): void
  report(event: JournalEvent): void
}

export type JournalEvent = { kind: 'disk-full' | 'disk-has-room' | 'segment-failed' | 'segment-replaced'; message: string }

export interface Journal {
  /** Resolves when it is written: not before may a byte go upstream. @throws GatewayError `overloaded`, `internal` (too many buckets for a line) */
  open(entry: OpenEntry): Promise<void>
  /** Resolves when it is written: not before may the terminal event go out. */
  close(record: ExchangeRecord): Promise<void>
  grant(entry: GrantEntry): Promise<void>
  isOpen(exchange: string): boolean
  /** Up to where it survives a loss of power. */
  synced(): DrainOffset
  /** What is journaled from now on is of another epoch, in a segment of its own. */
  changeEpoch(holder: string, epoch: number): void
  /** false: refuse new calls with `overloaded`. */
  admits(): boolean
  /** Why `/readyz` must say no; undefined: all is well. */
  trouble(): string | undefined
  stats(): {
    segment: number
    position: number
    queuedBytes: number
    unsyncedBytes: number
    openExchanges: number
    written: number
    hasBallast: boolean
  }
  /** Writes what is queued and the mark that nothing is missing. Entries that come later are refused. */
  end(): Promise<void>
}

interface Batch {
  lines: string[]
  bytes: number
  closed: string[]
  written: PromiseWithResolvers<void>
}

const retryMs = 250
const ballastRetryMs = 5_000

export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { files, clock, report } = options
  const openLines = new Map<string, string[]>()
  const room = ballast(files, options.folder, options.ballastBytes)
  let { holder, epoch } = options
  let seq = 0
  let mustRoll = false
  let segment = await begin(options.firstNumber, options.previous)
  let pending: Batch | undefined
  let isPumping = false
  let inFlightBytes = 0
  let unsynced: Uint8Array[] = []
  let unsyncedBytes = 0
  let syncTimer: Timer | undefined
  let syncing: Promise<void> | undefined
  let ballastTimer: Timer | undefined
  let failure: string | undefined
  let mustReplace = false
  let abandoned: Segment | undefined
  let failuresInARow = 0
  let isFull = false
  let isEnded = false
  let written = 0
  void provideBallast()

  function enqueue(line: string, closed?: string): Promise<void> {
    if (isEnded) return Promise.reject(new GatewayError('draining', 'The gateway is shutting down; its journal is closed.'))
    pending ??= { lines: [], bytes: 0, closed: [], written: Promise.withResolvers() }
    pending.lines.push(line)
    pending.bytes += line.length
    if (closed !== undefined) pending.closed.push(closed)
    if (!isPumping) {
      isPumping = true
      void pump()
    }
    return pending.written.promise
  }

  /**
   * Writes batch after batch; the only one that writes. Never rejects.
   * A write costs more than all that is in it (it wakes another thread), so entries of one turn share it.
   */
  async function pump() {
    while (pending || mustReplace) {
      await turnEnd()
      if (mustReplace) await replaceSegment()
      if (!pending) continue
      const batch = pending
      pending = undefined
      inFlightBytes = batch.bytes
      await write(Buffer.from(batch.lines.join('')))
      for (const exchange of batch.closed) openLines.delete(exchange)
      written += batch.lines.length
      if (options.sync === 'each') await syncUntilDone()
      else scheduleSync()
      inFlightBytes = 0
      batch.written.resolve()
    }
    isPumping = false
  }

  async function write(bytes: Uint8Array) {
    if (mustRoll || segment.position + bytes.length > options.segmentBytes) await nextSegment()
    for (;;) {
      try {
        await writeWhole(segment, bytes)
        segment.crc = crcOf(bytes, segment.crc)
        unsynced.push(bytes)
        unsyncedBytes += bytes.length
        return
      } catch (error) {
        fail(error)
        await replaceSegment()
      }
    }
  }

  /** Rejects only with what room on the disk does not cure. */
  async function writeWhole(to: Segment, bytes: Uint8Array) {
    for (let done = 0; done < bytes.length; ) {
      try {
        const count = await to.file.write(done === 0 ? bytes : bytes.subarray(done), to.position)
        if (count === 0) await delay(clock, retryMs)
        to.position += count
        done += count
      } catch (error) {
        if (!isNoRoom(error)) throw error
        await makeRoom()
      }
    }
  }

  async function nextSegment() {
    await syncUntilDone()
    mustRoll = false
    const old = segment
    for (let number = old.number + 1; segment === old; number += 1) {
      try {
        segment = await begin(number, syncedEnd(old))
      } catch (error) {
        await recoverFrom(error)
      }
    }
    options.onSynced(synced())
    await syncing
    await closeSegment(old)
  }

  /** Gives up on the segment's file; what it did not sync is written to a new one. */
  async function replaceSegment() {
    mustReplace = false
    failuresInARow += 1
    // the first time at once; a disk that goes on failing is not to be flooded with files
    if (failuresInARow > 1) await delay(clock, Math.min(failuresInARow * retryMs, 5_000))
    const old = segment
    // a sync of it that still succeeds comes too late: from here on its successor counts
    abandoned = old
    for (let number = old.number + 1; segment === old; number += 1) segment = (await replacement(old, number)) ?? old
    await syncing
    await closeSegment(old)
    report({ kind: 'segment-replaced', message: `journal segment ${segment.number} takes up what segment ${old.number} did not sync` })
    scheduleSync()
  }

  async function replacement(old: Segment, number: number): Promise<Segment | undefined> {
    let fresh: Segment | undefined
    try {
      const previous = syncedEnd(old)
      const rest = unsynced.slice()
      fresh = await begin(number, previous, { number: old.number, offset: previous.bytes })
      for (const bytes of rest) {
        await writeWhole(fresh, bytes)
        fresh.crc = crcOf(bytes, fresh.crc)
      }
      return fresh
    } catch (error) {
      if (fresh) await discardSegment(files, fresh)
      await recoverFrom(error)
      return undefined
    }
  }

  function begin(number: number, previous: SegmentEnd | undefined, replaces?: SegmentHeader['replaces']): Promise<Segment> {
    const { bootId, sync } = options
    const header: SegmentHeader = { kind: 'segment', format: formatVersion, holder, epoch, number, bootId, sync, at: clock.now() }
    if (seq > 0) header.seq = seq
    if (previous) header.previous = previous
    if (replaces) header.replaces = replaces
    return createSegment(files, options.folder, header, [...openLines.values()].flat())
  }

  function scheduleSync() {
    if (syncTimer || syncing || unsynced.length === 0) return
    syncTimer = clock.after(options.syncEveryMs, () => {
      syncTimer = undefined
      syncing = sync().finally(() => {
        syncing = undefined
        // a failure that struck while nobody was writing
        if (mustReplace && !isPumping) {
          isPumping = true
          void pump()
        } else scheduleSync()
      })
    })
  }

  /** Never rejects: a failure is dealt with by the one that writes. */
  async function sync() {
    const [of, count, position, crc] = [segment, unsynced.length, segment.position, segment.crc]
    try {
      await of.file.sync()
    } catch (error) {
      if (of !== segment) return
      fail(error)
      mustReplace = true
      return
    }
    if (of !== segment || of === abandoned) return
    for (const bytes of unsynced.splice(0, count)) unsyncedBytes -= bytes.length
    of.synced = position
    of.syncedCrc = crc
    failure = undefined
    failuresInARow = 0
    options.onSynced(synced())
  }

  async function syncUntilDone() {
    await syncing
    while (unsynced.length > 0) {
      if (mustReplace) await replaceSegment()
      await sync()
    }
  }

  function fail(error: unknown) {
    failure = `the disk failed under journal segment ${segment.number} (${codeOf(error)})`
    report({ kind: 'segment-failed', message: failure })
  }

  async function recoverFrom(error: unknown) {
    if (isNoRoom(error)) return makeRoom()
    failure = `no new journal segment can be made (${codeOf(error)})`
    report({ kind: 'segment-failed', message: failure })
    await delay(clock, retryMs)
  }

  async function makeRoom() {
    if (!isFull) report({ kind: 'disk-full', message: 'no room is left for the journal; new calls are refused until there is' })
    isFull = true
    ballastTimer ??= clock.after(ballastRetryMs, () => void provideBallast())
    if (room.isThere()) await room.free()
    else await delay(clock, retryMs)
  }

  /** That the ballast can be laid is the proof that there is room again. */
  async function provideBallast() {
    ballastTimer = undefined
    try {
      await room.provide()
      if (isFull) report({ kind: 'disk-has-room', message: 'the journal has room again; calls are admitted' })
      isFull = false
    } catch (error) {
      if (!isFull) report({ kind: 'disk-full', message: `${options.ballastBytes} bytes to spare for the journal cannot be had (${codeOf(error)})` })
      isFull = true
      if (!isEnded) ballastTimer ??= clock.after(ballastRetryMs, () => void provideBallast())
    }
  }

  const synced = (): DrainOffset => ({ segment: segment.number, offset: segment.synced })

  const queuedBytes = () => (pending?.bytes ?? 0) + inFlightBytes + unsyncedBytes
  const admits = () => !isFull && !isEnded && queuedBytes() < options.queueBytes

  return {
    open(entry) {
      if (!admits()) return Promise.reject(new GatewayError('overloaded', 'The journal cannot take another call at the moment; try again later.'))
      const line = openLine(entry)
      if (line === undefined) {
        return Promise.reject(new GatewayError('internal', `Exchange ${entry.exchange} has more budgets than a line of the journal can hold.`))
      }
      const lines = openLines.get(entry.exchange)
      if (lines) lines.push(line)
      else openLines.set(entry.exchange, [line])
      return enqueue(line)
    },
    close(record) {
      try {
        return enqueue(closeLine(record), record.id)
      } catch (error) {
        return Promise.reject(error)
      }
    },
    synced,
    changeEpoch(ofHolder, to) {
      holder = ofHolder
      epoch = to
      seq = 0
      mustRoll = true
    },
    isOpen: (exchange) => openLines.has(exchange),
    async grant(entry) {
      seq = Math.max(seq, entry.seq ?? 0)
      await Promise.all(grantLines(entry).map((line) => enqueue(line)))
    },
    admits,
    trouble: () => failure ?? (isFull ? 'the disk has no room for the journal' : undefined),
    stats: () => ({
      segment: segment.number,
      position: segment.position,
      queuedBytes: queuedBytes(),
      unsyncedBytes,
      openExchanges: openLines.size,
      written,
      hasBallast: room.isThere(),
    }),
    async end() {
      if (isEnded) return
      const last = enqueue(encodeLine({ kind: 'clean-close', at: clock.now() }))
      isEnded = true
      await last
      syncTimer?.cancel()
      ballastTimer?.cancel()
      await syncUntilDone()
      syncTimer?.cancel()
      await closeSegment(segment)
    },
  }
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error))

const isNoRoom = (error: unknown) => ['ENOSPC', 'EDQUOT'].includes(codeOf(error))
