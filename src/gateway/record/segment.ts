// A segment of the journal while it is written.

import { join } from 'node:path'
import type { Files, JournalFile } from './files.ts'
import { writeHead } from './head.ts'
import type { SegmentHeader } from './journal-format.ts'
import { crcOf, encodeLine, type SegmentEnd, segmentName } from './journal-format.ts'

export interface Segment {
  number: number
  path: string
  file: JournalFile
  epoch: number
  position: number
  /** Of what is written. */
  crc: number
  /** Up to here it survives a loss of power. */
  synced: number
  syncedCrc: number
}

/** What its successor names. */
export const syncedEnd = ({ number, epoch, synced, syncedCrc }: Segment): SegmentEnd => ({ number, epoch, bytes: synced, crc: syncedCrc })

/** Makes a segment that begins with its header and `carried` lines, synced, and names it in `head`. Rejects, and leaves nothing behind, when the disk does not take it. */
export async function createSegment(files: Files, folder: string, header: SegmentHeader, carried: readonly string[]): Promise<Segment> {
  const path = join(folder, segmentName(header.number))
  const { number, epoch } = header
  const segment: Segment = { number, epoch, path, file: await files.create(path), position: 0, crc: 0, synced: 0, syncedCrc: 0 }
  const bytes = Buffer.from(encodeLine(header) + carried.join(''))
  try {
    while (segment.position < bytes.length) segment.position += await segment.file.write(bytes.subarray(segment.position), segment.position)
    await segment.file.sync()
    segment.synced = segment.position
    segment.syncedCrc = segment.crc = crcOf(bytes)
    // last: a segment that head names has its header, whatever happens
    await writeHead(files, folder, number)
  } catch (error) {
    await discardSegment(files, segment)
    throw error
  }
  return segment
}

export async function discardSegment(files: Files, segment: Segment): Promise<void> {
  await closeSegment(segment)
  // if even that fails, the reader finds a torn segment, and money stays in doubt: the safe side
  await files.remove(segment.path).catch(() => {})
}

/** To be called when its content is synced or stands elsewhere: an error changes nothing then. */
export const closeSegment = (segment: Segment): Promise<void> => segment.file.close().catch(() => {})
