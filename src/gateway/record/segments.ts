// The journal's folder for readers: lists segments with their holders and ends, and quarantines invalid
// lines.

import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExchangeRecord } from '../../contract/record.ts'
import type { Entry, SegmentHeader, UnreadEntry } from './journal-format.ts'
import { lineLimitBytes, segmentNumber } from './journal-format.ts'
import type { Stretch } from './segment-reader.ts'
import { readSegment } from './segment-reader.ts'

export interface SegmentFile {
  number: number
  path: string
  isDrained: boolean
  /** Undefined if the file does not begin with a header. */
  header: SegmentHeader | undefined
  /** Bytes from here on must not be read, because a later segment repeats them. */
  limit: number
}

/** Oldest first. Drained ones only from `fromNumber` on, for a restored store. */
export function listSegments(folder: string, fromNumber = Infinity): SegmentFile[] {
  const found: SegmentFile[] = []
  for (const name of readdirSync(folder)) {
    const number = segmentNumber(name)
    if (number === undefined) continue
    const isDrained = name.endsWith('.drained')
    if (isDrained && number < fromNumber) continue
    const path = join(folder, name)
    found.push({ number, path, isDrained, header: headerOf(path), limit: Infinity })
  }
  const byNumber = new Map(found.map((file) => [file.number, file]))
  for (const { header } of found) {
    const replaced = header?.replaces && byNumber.get(header.replaces.number)
    if (replaced && header?.replaces) replaced.limit = Math.min(replaced.limit, header.replaces.offset)
  }
  return found.sort((a, b) => a.number - b.number)
}

/** Every segment that was ever in the folder counts, because numbers are not reused. */
export function highestNumber(folder: string): number {
  let highest = 0
  for (const name of readdirSync(folder)) highest = Math.max(highest, segmentNumber(name) ?? 0)
  for (const name of quarantinedNames(folder))
    highest = Math.max(highest, Number(/^epoch-\d+-segment-(\d+)-/.exec(name)?.[1] ?? 0))
  return highest
}

/**
 * The parts of a segment up to its limit. A missing file counts as empty.
 * @param only lines of other kinds are returned as `unread`
 */
export function stretchesOf(file: SegmentFile, from?: number): Generator<Stretch, void, undefined>
export function stretchesOf(
  file: SegmentFile,
  from: number,
  only: 'close',
): Generator<Stretch<Entry | UnreadEntry>, void, undefined>
export function* stretchesOf(
  file: SegmentFile,
  from = 0,
  only?: 'close',
): Generator<Stretch<Entry | UnreadEntry>, void, undefined> {
  try {
    for (const stretch of readSegment(file.path, from, undefined, only)) {
      if (stretch.end > file.limit) return
      yield stretch
    }
  } catch (error) {
    if (!isGone(error)) throw error
  }
}

/** Quarantines an unreadable part for inspection. Idempotent. */
export function quarantine(
  folder: string,
  epoch: number,
  number: number,
  stretch: { start: number; bytes: Uint8Array },
): void {
  const aside = join(folder, 'quarantine')
  mkdirSync(aside, { recursive: true, mode: 0o700 })
  writeFileSync(join(aside, `${quarantinePrefix(epoch)}${number}-${stretch.start}`), stretch.bytes, {
    mode: 0o600,
  })
}

/** Quarantines a whole segment without a header. */
export function quarantineFile(folder: string, epoch: number, file: SegmentFile): void {
  quarantine(folder, epoch, file.number, { start: 0, bytes: new Uint8Array() })
  renameSync(file.path, join(folder, 'quarantine', `${quarantinePrefix(epoch)}${file.number}-0`))
}

/** A recovery or a drain quarantined a part of these epochs, so their journal proves nothing. */
export const quarantinedEpochs = (folder: string): ReadonlySet<number> =>
  new Set(quarantinedNames(folder).map((name) => Number(/^epoch-(\d+)-/.exec(name)?.[1] ?? 0)))

function quarantinedNames(folder: string): string[] {
  try {
    return readdirSync(join(folder, 'quarantine'))
  } catch (error) {
    if (isGone(error)) return []
    throw error
  }
}

/** Keeps a record that the store refuses, for inspection. */
export function setAsideRecord(folder: string, segment: number, end: number, record: ExchangeRecord): void {
  const aside = join(folder, 'rejected')
  mkdirSync(aside, { recursive: true, mode: 0o700 })
  writeFileSync(join(aside, `segment-${segment}-${end}.json`), JSON.stringify(record), { mode: 0o600 })
}

export function markDrained(file: SegmentFile): void {
  if (file.isDrained) return
  try {
    renameSync(file.path, file.path.replace(/journal$/, 'drained'))
  } catch (error) {
    // another drain was there first
    if (!isGone(error)) throw error
  }
}

export const isGone = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT'

const quarantinePrefix = (epoch: number) => `epoch-${epoch}-segment-`

function headerOf(path: string): SegmentHeader | undefined {
  try {
    // the drain calls this at every wake, and one line is enough
    for (const stretch of readSegment(path, 0, lineLimitBytes))
      return stretch.kind === 'entry' && stretch.entry.kind === 'segment' ? stretch.entry : undefined
  } catch (error) {
    if (!isGone(error)) throw error
  }
  return undefined
}
