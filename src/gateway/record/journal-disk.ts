// The journal's folder for recovery and drain. All their file access uses this port, so that the simulation
// of test/money runs the same code with a simulated disk.

import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { ExchangeRecord } from '../../contract/record.ts'
import { closeLine } from './fit.ts'
import { readHead } from './head.ts'
import type { Entry, SegmentEnd, SegmentHeader, UnreadEntry } from './journal-format.ts'
import { crcOf, encodeLine, segmentName } from './journal-format.ts'
import { deleteOld, type Retention } from './retention.ts'
import type { Stretch } from './segment-reader.ts'
import type { SegmentFile } from './segments.ts'
import {
  highestNumber,
  listSegments,
  markDrained,
  quarantine,
  quarantinedEpochs,
  quarantineFile,
  setAsideRecord,
  stretchesOf,
} from './segments.ts'

export interface JournalDisk {
  /** Sorted by number. Drained ones only from `fromNumber` on. */
  list(fromNumber: number): SegmentFile[]
  stretches(file: SegmentFile, from: number): Iterable<Stretch>
  /** Lines of other kinds are returned as `unread`. */
  closes(file: SegmentFile, from: number): Iterable<Stretch<Entry | UnreadEntry>>
  size(file: SegmentFile): number
  /** The CRC-32 of the first `bytes`. */
  crc(file: SegmentFile, bytes: number): number
  head(): number | undefined
  /** The highest number of all existing and quarantined files. */
  highestNumber(): number
  quarantinedEpochs(): ReadonlySet<number>
  /** Afterwards its content survives a loss of power. */
  sync(file: SegmentFile): void
  truncate(file: SegmentFile, bytes: number): void
  remove(file: SegmentFile): void
  quarantine(epoch: number, number: number, stretch: { start: number; bytes: Uint8Array }): void
  quarantineFile(epoch: number, file: SegmentFile): void
  /** Writes a complete segment with closes, and syncs it before it returns. */
  write(header: SegmentHeader, records: readonly ExchangeRecord[]): SegmentEnd
  markDrained(file: SegmentFile): void
  reject(segment: number, end: number, record: ExchangeRecord): void
  /** Only for segments below `below`. */
  deleteOld(below: number, now: number, retention: Retention): void
}

/** @param folder created if it is missing */
export function journalDisk(folder: string): JournalDisk {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return {
    list: (fromNumber) => listSegments(folder, fromNumber),
    stretches: (file, from) => stretchesOf(file, from),
    closes: (file, from) => stretchesOf(file, from, 'close'),
    size: (file) => Bun.file(file.path).size,
    crc: (file, bytes) => crcOfFile(file.path, bytes),
    head: () => readHead(folder),
    highestNumber: () => highestNumber(folder),
    quarantinedEpochs: () => quarantinedEpochs(folder),
    sync: (file) => withFile(file.path, 'r+', fdatasyncSync),
    truncate: (file, bytes) => truncateSync(file.path, bytes),
    remove: (file) => rmSync(file.path, { force: true }),
    quarantine: (epoch, number, stretch) => quarantine(folder, epoch, number, stretch),
    quarantineFile: (epoch, file) => quarantineFile(folder, epoch, file),
    write: (header, records) => writeSegment(folder, header, records),
    markDrained,
    reject: (segment, end, record) => setAsideRecord(folder, segment, end, record),
    deleteOld: (below, now, retention) => deleteOld(folder, below, now, retention),
  }
}

function writeSegment(folder: string, header: SegmentHeader, records: readonly ExchangeRecord[]): SegmentEnd {
  const bytes = Buffer.from([encodeLine(header), ...records.map(closeLine)].join(''))
  const path = join(folder, segmentName(header.number))
  try {
    withFile(path, 'wx', (file) => {
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
      fsyncSync(file)
    })
  } catch (error) {
    rmSync(path, { force: true })
    throw diskError(path, error)
  }
  withFile(folder, 'r', fsyncSync)
  return { number: header.number, epoch: header.epoch, bytes: bytes.length, crc: crcOf(bytes) }
}

/** If the disk is full, the error names the file and the fix. */
export function diskError(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error
  return new Error(
    `${path} cannot be written: the disk is full (${code}); free some space on it, then start Gatehouse again`,
    { cause: error },
  )
}

function crcOfFile(path: string, bytes: number): number {
  return withFile(path, 'r', (file) => {
    const buffer = new Uint8Array(Math.min(Math.max(bytes, 1), 1024 * 1024))
    let crc = 0
    for (let done = 0; done < bytes; ) {
      const count = readSync(file, buffer, 0, Math.min(buffer.length, bytes - done), done)
      if (count === 0) break
      crc = crcOf(buffer.subarray(0, count), crc)
      done += count
    }
    return crc
  })
}

function withFile<Value>(path: string, flags: string, use: (file: number) => Value): Value {
  const file = openSync(path, flags, 0o600)
  try {
    return use(file)
  } finally {
    closeSync(file)
  }
}
