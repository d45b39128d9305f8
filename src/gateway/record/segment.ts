// A segment of the journal that is being written.

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
  /** The end of the complete lines. After a partial write, the rest is written from there. */
  whole: number
  /** Of what is whole. */
  crc: number
  /** The end of the part that survives a loss of power. */
  synced: number
  syncedCrc: number
}

/** The length and CRC that its successor names. */
export const syncedEnd = ({ number, epoch, synced, syncedCrc }: Segment): SegmentEnd => ({
  number,
  epoch,
  bytes: synced,
  crc: syncedCrc,
})

/**
 * Creates a synced segment with its header and first content, and names it in `head`. It gets its file name
 * when it is complete, so a reader finds all of it or nothing. Rejects, and removes its files, if a write
 * fails.
 */
export async function createSegment(
  files: Files,
  folder: string,
  header: SegmentHeader,
  content: readonly Uint8Array[],
): Promise<Segment> {
  const path = join(folder, segmentName(header.number))
  const { number, epoch } = header
  const bytes = Buffer.concat([Buffer.from(encodeLine(header)), ...content])
  const temporary = `${path}.new`
  // left by a start that was killed
  await files.remove(temporary)
  const file = await files.create(temporary)
  try {
    for (let position = 0; position < bytes.length; )
      position += await file.write(bytes.subarray(position), position)
    await file.sync()
    await files.rename(temporary, path)
    await writeHead(files, folder, number)
  } catch (error) {
    await file.close().catch(() => {})
    // if this fails, too, money stays in doubt, which is safe
    for (const name of [temporary, path]) await files.remove(name).catch(() => {})
    throw error
  }
  const [end, crc] = [bytes.length, crcOf(bytes)]
  return { number, epoch, path, file, position: end, whole: end, crc, synced: end, syncedCrc: crc }
}

/** Call it when the content is synced or is in another segment, so that an error does not matter. */
export const closeSegment = (segment: Segment): Promise<void> => segment.file.close().catch(() => {})
