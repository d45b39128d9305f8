// A node's data folder: who it is and its journal, with what a power loss leaves of it. The same rules as the files have: entries in segments,
// a synced prefix that survives anything but a lost disk, a written tail that survives the process only.

import type { ExchangeRecord } from '../../src/contract/record.ts'
import type { Entry, SegmentHeader } from '../../src/gateway/record/journal-format.ts'
import { openExchanges } from '../../src/gateway/record/orphans.ts'

export interface Segment {
  header: SegmentHeader
  entries: { entry: Entry; writtenAt: number }[]
}

export interface Folder {
  identity: { holder: string; nonce: string; timeline: string } | undefined
  segments: Segment[]
  bootId: string
  /** A copy is another folder (device and inode of the identity file differ), whatever it says. */
  isCopy: boolean
  nextNumber: number
}

export const emptyFolder = (bootId: string): Folder => ({ identity: undefined, segments: [], bootId, isCopy: false, nextNumber: 1 })

export const copyOf = (folder: Folder): Folder => ({
  ...folder,
  identity: folder.identity && { ...folder.identity },
  segments: folder.segments.map(({ header, entries }) => ({ header, entries: [...entries] })),
  isCopy: true,
})

export function begin(folder: Folder, holder: string, epoch: number, at: number, sync: 'batch' | 'each' = 'batch'): Segment {
  const header: SegmentHeader = { kind: 'segment', format: 1, holder, epoch, number: folder.nextNumber++, bootId: folder.bootId, sync, at }
  const segment = { header, entries: [] }
  folder.segments.push(segment)
  return segment
}

export function write(folder: Folder, entry: Entry, now: number): void {
  folder.segments.at(-1)!.entries.push({ entry, writtenAt: now })
}

export const syncEveryMs = 100

/** What was written lately is gone, but for a part of it. Answers the entries that are lost. */
export function losePower(folder: Folder, now: number, survivors: number, bootId: string): Entry[] {
  const lost: Entry[] = []
  const last = folder.segments.at(-1)
  if (last && last.header.sync === 'batch' && last.header.bootId === folder.bootId) {
    const synced = last.entries.filter(({ writtenAt }) => writtenAt <= now - syncEveryMs).length
    const kept = synced + Math.floor((last.entries.length - synced) * survivors)
    lost.push(...last.entries.splice(kept).map(({ entry }) => entry))
  }
  folder.bootId = bootId
  return lost
}

/** Closes what is open at its bound, and judges whether the last epoch's journal is whole. */
export function recover(folder: Folder, now: number, isBootIdKnown = true): { isProven: boolean } {
  const open = openExchanges()
  for (const { entries } of folder.segments) for (const { entry } of entries) open.see(entry)
  const last = folder.segments.at(-1)
  const isWhole = folder.segments
    .filter(({ header }) => header.holder === last?.header.holder && header.epoch === last.header.epoch)
    .every(({ header, entries }, index, all) => {
      const next = all[index + 1]
      if (next && next.header.bootId === header.bootId) return true
      return entries.at(-1)?.entry.kind === 'clean-close' || header.sync === 'each' || header.bootId === folder.bootId || !isBootIdKnown
    })
  const orphans = open.records()
  if (orphans.length > 0 && last) {
    begin(folder, last.header.holder, last.header.epoch, now, 'each')
    for (const record of orphans) write(folder, { kind: 'close', record }, now)
  }
  return { isProven: isWhole }
}

/** Up to `most` records of one holder from where the store stands; undefined at the end. */
export function nextBatch(folder: Folder, stands: ReadonlyMap<string, { segment: number; offset: number }>, most: number) {
  for (const { header, entries } of folder.segments) {
    const stand = stands.get(header.holder) ?? { segment: 0, offset: 0 }
    if (stand.segment > header.number) continue
    const from = stand.segment === header.number ? stand.offset : 0
    const records: ExchangeRecord[] = []
    let end = from
    for (; end < entries.length && records.length < most; end += 1) {
      const { entry } = entries[end]!
      if (entry.kind === 'close') records.push(entry.record)
    }
    if (records.length > 0) return { holder: header.holder, from: stand, to: { segment: header.number, offset: end }, records }
  }
  return undefined
}
