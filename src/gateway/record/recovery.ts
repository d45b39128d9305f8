// What happens before the first call is admitted: the journal of the last run is read, exchanges that it left open are closed at their
// bound, and it is judged whether the journal is whole. Only a whole journal may free money that the last run held and did not spend.
//
// A journal proves what it says when every line of the last epoch could be read and none can be missing. Lines can be missing where
// writing stopped before a sync: at the end of each run of segments under one kernel boot. Such an end is sound if it carries the mark
// of a clean close, if each entry was synced before it was promised, or if this kernel is still the one that took the writes (a killed
// process loses nothing that it wrote). What is read here is synced first, so that it stays proven when power is lost later.

import { closeSync, fdatasyncSync, fsyncSync, mkdirSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { ExchangeRecord } from '../../contract/record.ts'
import { closeLine } from './fit.ts'
import type { SegmentHeader } from './journal-format.ts'
import { encodeLine, segmentName } from './journal-format.ts'
import { openExchanges } from './orphans.ts'
import type { SegmentFile } from './segments.ts'
import { hasQuarantined, highestNumber, listSegments, quarantine, quarantineFile, stretchesOf } from './segments.ts'

export interface Recovered {
  /** For the segment that this run writes first. */
  nextNumber: number
  isProven: boolean
  /** Why not, for the log and `/readyz`. */
  reason?: string
  /** Exchanges that were open and are closed now. */
  closed: number
  /** Stretches that could not be read; they lie in `quarantine/`. */
  quarantined: number
}

/** @param folder made when it is missing @param now ms since the epoch */
export function recover(folder: string, bootId: string, now: number): Recovered {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const files = listSegments(folder)
  const last = lastHeader(files)
  const open = openExchanges()
  const endings: Ending[] = []
  let quarantined = 0
  for (const [index, file] of files.entries()) {
    const isLast = index === files.length - 1
    syncFile(file.path)
    const { header } = file
    if (!header) {
      // a last segment without a whole header holds nothing that was promised
      if (isLast && isTorn(file)) rmSync(file.path, { force: true })
      else if (++quarantined) quarantineFile(folder, last?.epoch ?? 0, file)
      continue
    }
    const ending: Ending = { header, isClean: false }
    for (const stretch of stretchesOf(file)) {
      ending.isClean = stretch.kind === 'entry' && stretch.entry.kind === 'clean-close'
      if (stretch.kind === 'entry') open.see(stretch.entry)
      else if (isLast && isAtEnd(file, stretch.end)) truncateSync(file.path, stretch.start)
      else if (++quarantined) quarantine(folder, header.epoch, file.number, stretch)
    }
    endings.push(ending)
  }
  const orphans = open.records()
  let nextNumber = highestNumber(folder) + 1
  if (orphans.length > 0 && last) writeOrphans(folder, { ...last, number: nextNumber++, bootId, at: now }, orphans)
  const reason = whyUnproven(endings, last, bootId, folder)
  return { nextNumber, isProven: reason === undefined, ...(reason === undefined ? {} : { reason }), closed: orphans.length, quarantined }
}

interface Ending {
  header: SegmentHeader
  isClean: boolean
}

function whyUnproven(endings: readonly Ending[], last: SegmentHeader | undefined, bootId: string, folder: string): string | undefined {
  if (!last) return undefined
  if (hasQuarantined(folder, last.epoch)) return 'lines of the journal could not be read; they lie in its folder "quarantine"'
  const ofEpoch = endings.filter(({ header }) => header.epoch === last.epoch && header.holder === last.holder)
  const isUnsound = ofEpoch.some(({ header, isClean }, index) => {
    const next = ofEpoch[index + 1]
    // within one boot the writer syncs a segment before it begins the next
    if (next && next.header.bootId === header.bootId) return false
    return !isClean && header.sync !== 'each' && (header.bootId !== bootId || bootId === '')
  })
  return isUnsound ? 'the machine was restarted without a clean shutdown; up to 100 ms of records may be missing' : undefined
}

/** A segment of its own, whole and synced before anybody counts on it. */
function writeOrphans(folder: string, header: SegmentHeader, records: readonly ExchangeRecord[]) {
  const { replaces: _replaces, ...fresh } = header
  const bytes = Buffer.from([encodeLine({ ...fresh, sync: 'each' }), ...records.map(closeLine)].join(''))
  const file = openSync(join(folder, segmentName(header.number)), 'wx', 0o600)
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function lastHeader(files: readonly SegmentFile[]): SegmentHeader | undefined {
  return files.findLast((file) => file.header)?.header
}

function isTorn(file: SegmentFile): boolean {
  for (const stretch of stretchesOf(file)) return stretch.kind === 'rest'
  return true
}

const isAtEnd = (file: SegmentFile, end: number) => end >= Bun.file(file.path).size

function syncFile(path: string) {
  const file = openSync(path, 'r+')
  try {
    fdatasyncSync(file)
  } finally {
    closeSync(file)
  }
}
