// A node's data folder: its identity, and its journal on a simulated disk. Recovery and drain are the real
// ones; they use the disk through their production port. An offset counts entries, starting with the header.
// Entries up to the last sync survive anything but a lost disk. Later entries survive only a process restart.

import type { HolderStatus } from '../../src/contract/stores.ts'
import type { JournalDisk } from '../../src/gateway/record/journal-disk.ts'
import type { Entry, SegmentEnd, SegmentHeader } from '../../src/gateway/record/journal-format.ts'
import { type Recovered, recover as recoverJournal } from '../../src/gateway/record/recovery.ts'
import type { Stretch } from '../../src/gateway/record/segment-reader.ts'
import type { SegmentFile } from '../../src/gateway/record/segments.ts'

export interface Segment {
  header: SegmentHeader
  isHeaderDamaged: boolean
  isDrained: boolean
  entries: { entry: Entry; serial: number; writtenAt: number; isSynced: boolean }[]
}

export interface Folder {
  identity: { holder: string; nonce: string; timeline: string; epoch: number } | undefined
  segments: Segment[]
  head: number | undefined
  quarantine: { epoch: number; number: number }[]
  bootId: string
  /** A copy is another folder, whatever its content: device and inode of the identity file differ. */
  isCopy: boolean
  /** The disk has no space for another byte. */
  isFull: boolean
  /** A fault happened that a journal cannot compensate: its money may stay in doubt. */
  isHarmed: boolean
  /** The lost segment also had grants: if the store was set back too, this may stay unnoticed. */
  hasLostEvidence: boolean
}

/** The fault of a mutant. */
export interface DiskRules {
  syncs: boolean
  head(folder: Folder): number | undefined
  previous(end: SegmentEnd): SegmentEnd
}

export const emptyFolder = (bootId: string): Folder => ({
  identity: undefined,
  segments: [],
  head: undefined,
  quarantine: [],
  bootId,
  isCopy: false,
  isFull: false,
  isHarmed: false,
  hasLostEvidence: false,
})

export const copyOf = (folder: Folder): Folder => ({
  ...folder,
  identity: folder.identity && { ...folder.identity },
  segments: folder.segments.map((segment) => ({
    ...segment,
    entries: segment.entries.map((entry) => ({ ...entry })),
  })),
  quarantine: [...folder.quarantine],
  isCopy: true,
})

let serials = 0

/** As the journal does it: synced with its header, then named in `head`. */
export function begin(folder: Folder, header: SegmentHeader, carried: readonly Entry[], now: number): void {
  folder.segments.push({
    header,
    isHeaderDamaged: false,
    isDrained: false,
    entries: carried.map((entry) => stored(entry, now, true)),
  })
  folder.head = header.number
}

const stored = (entry: Entry, writtenAt: number, isSynced: boolean) => ({
  entry,
  serial: ++serials,
  writtenAt,
  isSynced,
})

export function write(folder: Folder, entry: Entry, now: number): void {
  folder.segments.at(-1)!.entries.push(stored(entry, now, false))
}

export function endOf({ header, entries }: Segment, count = entries.length): SegmentEnd {
  let crc = 0
  for (const { serial } of entries.slice(0, count)) crc = (Math.imul(crc, 31) + serial) | 0
  return { number: header.number, epoch: header.epoch, bytes: count + 1, crc }
}

const syncEveryMs = 100

/** The writer's syncs, up to a moment at which it is alive. */
export function syncUpTo(folder: Folder, now: number): void {
  const { entries } = folder.segments.at(-1) ?? { entries: [] }
  for (let index = entries.length - 1; index >= 0 && !entries[index]!.isSynced; index -= 1)
    if (entries[index]!.writtenAt <= now - syncEveryMs) entries[index]!.isSynced = true
}

export function syncAll(folder: Folder): void {
  for (const { entries } of folder.segments) for (const entry of entries) entry.isSynced = true
}

export function syncedOf(folder: Folder): { segment: number; offset: number } {
  const last = folder.segments.at(-1)
  if (!last) return { segment: 0, offset: 0 }
  const unsynced = last.entries.findIndex((entry) => !entry.isSynced)
  return { segment: last.header.number, offset: 1 + (unsynced < 0 ? last.entries.length : unsynced) }
}

/** Unsynced entries are lost except for a torn tail. Returns the lost entries. */
export function losePower(folder: Folder, survivors: number, bootId: string): Entry[] {
  const lost: Entry[] = []
  for (const { entries } of folder.segments) {
    const synced = entries.findIndex((entry) => !entry.isSynced)
    if (synced < 0) continue
    const kept = synced + Math.floor((entries.length - synced) * survivors)
    lost.push(...entries.splice(kept).map(({ entry }) => entry))
    for (const entry of entries) entry.isSynced = true
  }
  if (bootId !== folder.bootId) folder.isHarmed = true
  folder.bootId = bootId
  return lost
}

/** @throws Error when the disk is full and a write is required */
export function recover(
  folder: Folder,
  ledger: HolderStatus | undefined,
  now: number,
  rules: DiskRules,
): Recovered {
  return recoverJournal(diskOf(folder, rules), {
    identity: folder.identity,
    ledger,
    bootId: folder.bootId,
    now,
  })
}

export function diskOf(folder: Folder, rules: DiskRules): JournalDisk {
  const segmentOf = (file: SegmentFile) => folder.segments.find(({ header }) => header.number === file.number)
  function* stretches(file: SegmentFile, from: number): Generator<Stretch> {
    const segment = segmentOf(file)
    if (!segment) return
    if (from < 1) yield { kind: 'entry', start: 0, end: 1, entry: segment.header }
    for (let index = Math.max(from - 1, 0); index < segment.entries.length; index += 1)
      yield { kind: 'entry', start: index + 1, end: index + 2, entry: segment.entries[index]!.entry }
  }
  const drop = (file: SegmentFile) =>
    (folder.segments = folder.segments.filter(({ header }) => header.number !== file.number))
  return {
    list: (fromNumber) =>
      folder.segments
        .filter(({ header, isDrained }) => !isDrained || header.number >= fromNumber)
        .map(({ header, isDrained, isHeaderDamaged }) => ({
          number: header.number,
          path: '',
          isDrained,
          header: isHeaderDamaged ? undefined : header,
          limit: Infinity,
        })),
    stretches,
    closes: stretches,
    size: (file) => (segmentOf(file)?.entries.length ?? -1) + 1,
    crc(file, bytes) {
      const segment = segmentOf(file)
      return segment ? endOf(segment, bytes - 1).crc : 0
    },
    head: () => rules.head(folder),
    highestNumber: () =>
      Math.max(
        0,
        ...folder.segments.map(({ header }) => header.number),
        ...folder.quarantine.map(({ number }) => number),
      ),
    quarantinedEpochs: () => new Set(folder.quarantine.map(({ epoch }) => epoch)),
    sync(file) {
      if (rules.syncs) for (const entry of segmentOf(file)?.entries ?? []) entry.isSynced = true
    },
    truncate() {},
    remove: drop,
    quarantine: (epoch, number) => void folder.quarantine.push({ epoch, number }),
    quarantineFile(epoch, file) {
      drop(file)
      folder.quarantine.push({ epoch, number: file.number })
    },
    write(header, records) {
      if (folder.isFull) throw new Error('the disk is full')
      const entries = records.map((record) => stored({ kind: 'close', record }, 0, true))
      const segment: Segment = { header, isHeaderDamaged: false, isDrained: false, entries }
      folder.segments.push(segment)
      return endOf(segment)
    },
    markDrained(file) {
      const segment = segmentOf(file)
      if (segment) segment.isDrained = true
    },
    reject() {
      throw new Error('the simulated ledger refuses no record')
    },
    deleteOld(below) {
      folder.segments = folder.segments.filter(
        ({ header, isDrained }) => !isDrained || header.number >= below,
      )
    },
  }
}
