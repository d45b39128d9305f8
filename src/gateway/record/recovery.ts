// Recovery runs before the first call is admitted. It reads the journal of the last run, closes open
// exchanges at their bound, and checks for each epoch whether the journal is complete (chain.ts). Only a
// complete journal frees money that an epoch held and did not spend. Segments are synced before they are
// read, so that they stay proven after a later loss of power.

import type { HolderStatus } from '../../contract/stores.ts'
import type { JournalFacts, ReadSegment } from './chain.ts'
import { judge } from './chain.ts'
import type { JournalDisk } from './journal-disk.ts'
import type { SegmentEnd } from './journal-format.ts'
import { formatVersion } from './journal-format.ts'
import type { OpenExchanges } from './orphans.ts'
import { openExchanges } from './orphans.ts'
import type { SegmentFile } from './segments.ts'

export interface Recovered {
  /**
   * The number of this run's first segment, higher than every number in folder, quarantine, head and ledger.
   */
  nextNumber: number
  /** The predecessor of that segment. */
  previous?: SegmentEnd
  /** Earlier epochs whose journal proves their spending. */
  proven: readonly number[]
  /** The highest epoch that the folder has seen. */
  seenEpoch: number
  /** The store has an earlier state than the folder, and the journal does not fill the gap. */
  isSetBack: boolean
  /** Why money stays in doubt or records may be missing, for the log and `/readyz`. */
  reason?: string
  /** The number of open exchanges that were closed. */
  closed: number
  /** The number of unreadable parts, which are in `quarantine/`. */
  quarantined: number
}

export interface RecoveryFacts {
  /** The stored identity of the data folder; undefined if it is new. */
  identity: { holder: string; epoch?: number | undefined } | undefined
  ledger: HolderStatus | undefined
  bootId: string
  /** ms since the epoch */
  now: number
}

/** @throws Error if a newer Gatehouse wrote the journal, or a write fails */
export function recover(disk: JournalDisk, { identity, ledger, bootId, now }: RecoveryFacts): Recovered {
  const head = disk.head()
  const seen = { epoch: identity?.epoch ?? 0, seq: 0 }
  const reading: Reading = { open: openExchanges(), segments: [], quarantined: 0 }
  const files = disk.list(ledger?.drained.segment ?? 0)
  for (const [index, file] of files.entries()) {
    const { header } = file
    if (!header) putAside(disk, files, index, head, reading)
    else if (header.format > formatVersion)
      throw new Error(
        `${file.path} has format ${header.format}, this Gatehouse reads up to ${formatVersion}; start the version that wrote it`,
      )
    else
      reading.segments.push(
        readWhole(disk, file, reading, header.holder === identity?.holder ? seen : undefined),
      )
  }
  const facts: JournalFacts = {
    holder: identity?.holder,
    ledger,
    head,
    bootId,
    seen,
    quarantined: disk.quarantinedEpochs(),
  }
  const { proven, reasons, wasSetBack, isWhole, last } = judge(reading.segments, facts)
  let nextNumber =
    Math.max(disk.highestNumber(), head ?? 0, ledger?.drained.segment ?? 0, ledger?.heard.segment ?? 0) + 1
  let previous = last && endOf(last)
  const orphans = reading.open.records()
  if (orphans.length > 0 && last) {
    const { replaces: _replaces, previous: _previous, ...header } = last.header
    const own = {
      ...header,
      format: formatVersion,
      number: nextNumber++,
      bootId,
      at: now,
      sync: 'each' as const,
      isRecovered: true as const,
    }
    previous = disk.write({ ...own, ...(previous ? { previous } : {}) }, orphans)
  }
  // a drain without a gap, before a call is served, restores the store's spending
  const isSetBack = wasSetBack && !isWhole
  const reason = wordsFor(reasons, isSetBack, seen.epoch, ledger)
  const { quarantined } = reading
  const found = { nextNumber, proven, seenEpoch: seen.epoch, isSetBack, closed: orphans.length, quarantined }
  return { ...found, ...(previous ? { previous } : {}), ...(reason === undefined ? {} : { reason }) }
}

interface Reading {
  open: OpenExchanges
  segments: ReadSegment[]
  quarantined: number
}

/**
 * A file that does not begin with a header. If the last file comes after `head` and is incomplete, it has no
 * acknowledged entries.
 */
function putAside(
  disk: JournalDisk,
  files: readonly SegmentFile[],
  index: number,
  head: number | undefined,
  reading: Reading,
): void {
  const file = files[index]!
  if (index === files.length - 1 && file.number > (head ?? 0) && isTorn(disk, file)) return disk.remove(file)
  reading.quarantined += 1
  const near =
    files.slice(index).find(({ header }) => header) ?? files.slice(0, index).findLast(({ header }) => header)
  disk.quarantineFile(near?.header?.epoch ?? 0, file)
}

function readWhole(
  disk: JournalDisk,
  file: SegmentFile,
  reading: Reading,
  seen: { epoch: number; seq: number } | undefined,
): ReadSegment {
  const header = file.header!
  const found: ReadSegment = {
    header,
    bytes: 0,
    crc: 0,
    isDrained: file.isDrained,
    isClean: false,
    hasBadLine: false,
  }
  if (seen && header.epoch > seen.epoch) Object.assign(seen, { epoch: header.epoch, seq: 0 })
  if (seen && header.epoch === seen.epoch) seen.seq = Math.max(seen.seq, header.seq ?? 0)
  for (const stretch of disk.stretches(file, 0)) {
    const entry = stretch.kind === 'entry' ? stretch.entry : undefined
    found.isClean = entry?.kind === 'clean-close'
    if (entry) {
      reading.open.see(entry)
      if (seen && entry.kind === 'grant' && header.epoch === seen.epoch)
        seen.seq = Math.max(seen.seq, entry.seq ?? 0)
    } else if (stretch.kind === 'rest' && stretch.end >= disk.size(file)) {
      disk.truncate(file, stretch.start)
      break
    } else if (stretch.kind !== 'entry') {
      reading.quarantined += 1
      found.hasBadLine = true
      disk.quarantine(header.epoch, file.number, stretch)
    }
    found.bytes = stretch.end
  }
  disk.sync(file)
  found.crc = disk.crc(file, found.bytes)
  return found
}

function isTorn(disk: JournalDisk, file: SegmentFile): boolean {
  for (const stretch of disk.stretches(file, 0)) return stretch.kind === 'rest'
  return true
}

const endOf = ({ header, bytes, crc }: ReadSegment): SegmentEnd => ({
  number: header.number,
  epoch: header.epoch,
  bytes,
  crc,
})

function wordsFor(
  reasons: readonly string[],
  isSetBack: boolean,
  seenEpoch: number,
  ledger: HolderStatus | undefined,
): string | undefined {
  const parts: string[] = []
  if (isSetBack || ledger?.isSetBack) {
    const what = isSetBack
      ? `; the data folder has seen epoch ${seenEpoch}, the store ${ledger?.epoch ?? 'none'}, and the journal since then is not complete`
      : ''
    parts.push(
      `the store was set back${what}: budgets count every window that was open as spent; ` +
        'bring back a newer database, or stop Gatehouse and run "gatehouse store adopt" to accept that what was spent is not known',
    )
  }
  if (reasons.length > 0)
    parts.push(
      `the journal is not complete: ${reasons.join('; ')}; put back the missing files and restart, or have an administrator release what is in doubt`,
    )
  return parts.length > 0 ? parts.join('; ') : undefined
}
