// Checks for each epoch whether the journal is complete. Pure: recovery reads the segments, and this code
// compares them with each other and with the ledger.
//
// The chain of segments begins at the segment that the ledger drains next, which must be at least as long as
// the ledger's offset. Each header has the number, length and CRC of its predecessor. So a skipped number (a
// segment could not be created) is not a gap, but a lost segment is. The chain ends at the segment named in
// `journal/head` and reaches the last position that was reported to the ledger.
//
// A fault invalidates only the epochs whose entries may be missing. An epoch is proven if its segments are in
// the chain and no fault invalidates it. Lines can also be missing where writing stopped before a sync: at
// the end of each series of segments under one kernel boot. Such an end is complete if it has the mark of a
// clean close, if each entry was synced before it was acknowledged, if the same kernel boot is still running,
// or if the next start under that boot has read, synced and named it.
//
// Known limit: if head names the last segment, a cut after the last position that was reported to the ledger
// (by the last acquire or renew) is not noticed.

import { type DrainOffset, type HolderStatus, isBefore } from '../../contract/stores.ts'
import type { SegmentEnd, SegmentHeader } from './journal-format.ts'

/** A segment as recovery found it. */
export interface ReadSegment {
  header: SegmentHeader
  /** The end of the valid part. */
  bytes: number
  crc: number
  isDrained: boolean
  isClean: boolean
  hasBadLine: boolean
}

export interface JournalFacts {
  /** The holder of the data folder; undefined if it has none yet. */
  holder: string | undefined
  /** Undefined if the ledger does not know the holder. */
  ledger: HolderStatus | undefined
  /** The segment named by `journal/head`. */
  head: number | undefined
  bootId: string
  /** Epochs of which a recovery or a drain quarantined a part. */
  quarantined: ReadonlySet<number>
  /** The folder's own history: the highest epoch, and the highest granted acquire in it. */
  seen: { epoch: number; seq: number }
}

export interface Judgment {
  proven: number[]
  /** Why money stays in doubt or records may be missing. */
  reasons: string[]
  /** The folder has a later state than the store. */
  wasSetBack: boolean
  /** Nothing is missing from the ledger's segment on, in any epoch. */
  isWhole: boolean
  /** The predecessor of the next segment. */
  last: ReadSegment | undefined
}

interface Fault {
  /** The epochs that it invalidates. */
  from: number
  to: number
  reason: string
}

/** @param segments the ledger's segment and all later ones, by number */
export function judge(segments: readonly ReadSegment[], facts: JournalFacts): Judgment {
  const start = facts.ledger?.drained ?? { segment: 0, offset: 0 }
  const epochOf = epochsOf(facts.holder)
  const faults: Fault[] = []
  const chain = walk(segments, start, epochOf, faults)
  checkStart(chain, start, epochOf, faults)
  checkEnd(chain, facts, epochOf, faults)
  for (const epoch of facts.quarantined)
    faults.push({
      from: epoch,
      to: epoch,
      reason: 'lines of it could not be read; they are in its folder "quarantine"',
    })
  checkBoots(chain, facts.bootId, epochOf, faults)

  const isSpoiled = (epoch: number) => faults.some(({ from, to }) => from <= epoch && epoch <= to)
  const epochs = new Set(chain.map(epochOf))
  const first = Math.min(...epochs)
  const open = facts.ledger?.open ?? []
  // segments outside the chain were drained to their end, and found complete, before the next epoch began
  const isProven = ({ epoch, isProven: wasProven }: (typeof open)[number]) =>
    !isSpoiled(epoch) && (epochs.has(epoch) || (wasProven && epoch < first))
  // the last epoch, too: a request that its process sent before it ended may still be granted, but nothing
  // was paid from that grant
  const last =
    open.some(({ epoch }) => epoch === facts.ledger?.epoch) || !facts.ledger
      ? []
      : [{ epoch: facts.ledger.epoch, isProven: false }]
  const proven = [...open, ...last].filter(isProven).map(({ epoch }) => epoch)
  const wasSetBack = isStoreBehind(segments, facts)
  const isWhole = faults.length === 0
  const inDoubt = open.filter(({ epoch }) => !proven.includes(epoch))
  return {
    proven,
    reasons: reasonsFor(faults, facts, inDoubt, wasSetBack),
    wasSetBack,
    isWhole,
    last: chain.at(-1),
  }
}

type EpochOf = (segment: ReadSegment) => number

/** Epochs of other holders come before our own. */
const epochsOf =
  (holder: string | undefined): EpochOf =>
  ({ header }) =>
    header.holder === holder ? header.epoch : 0

/**
 * Walks from the last segment back along the predecessors. A segment that no header names failed to be
 * created, and has no acknowledged entries.
 */
function walk(
  segments: readonly ReadSegment[],
  start: DrainOffset,
  epochOf: EpochOf,
  faults: Fault[],
): ReadSegment[] {
  const chain: ReadSegment[] = []
  for (let current = segments.at(-1); current; ) {
    chain.push(current)
    const { header } = current
    const below = segments.findLast((other) => other.header.number < header.number)
    const named = predecessorOf(header, below)
    if (named && named.number < start.segment) break
    const previous = named && segments.find((other) => other.header.number === named.number)
    const epoch = epochOf(current)
    if (named && previous) {
      const isSame =
        named.bytes === undefined || (named.bytes === previous.bytes && named.crc === previous.crc)
      if (!isSame)
        faults.push({
          from: epochOf(previous),
          to: epochOf(previous),
          reason: `segment ${named.number} is not as long as it was, or was changed`,
        })
    } else if (below || named) {
      const to = named ? Math.min(named.epoch ?? epoch, epoch) : epoch - 1
      const reason = named
        ? `segment ${named.number} is missing`
        : `the segments before ${header.number} are not complete`
      faults.push({ from: below ? epochOf(below) : -Infinity, to, reason })
    }
    current = previous ?? below
  }
  return chain.toReversed()
}

/** Segments of format 1 do not name their predecessor. It is the segment with the previous number. */
function predecessorOf(
  header: SegmentHeader,
  below: ReadSegment | undefined,
): (Partial<SegmentEnd> & { number: number }) | undefined {
  if (header.format > 1) return header.previous
  return below ? { number: header.number - 1 } : undefined
}

function checkStart(
  chain: readonly ReadSegment[],
  start: DrainOffset,
  epochOf: EpochOf,
  faults: Fault[],
): void {
  const [first] = chain
  if (!first || start.segment === 0) return
  const { number, previous } = first.header
  if (number === start.segment) {
    if (first.bytes < start.offset)
      faults.push({
        from: -Infinity,
        to: epochOf(first),
        reason: `segment ${number} ends at byte ${first.bytes}, and was drained up to byte ${start.offset}`,
      })
  } else if (!(start.offset === 0 && previous && previous.number < start.segment)) {
    const to = previous ? Math.min(previous.epoch, epochOf(first)) : epochOf(first) - 1
    faults.push({ from: -Infinity, to, reason: `segment ${start.segment} is missing` })
  }
}

function checkEnd(
  chain: readonly ReadSegment[],
  { ledger, head }: JournalFacts,
  epochOf: EpochOf,
  faults: Fault[],
): void {
  const last = chain.at(-1)
  const heard = ledger?.heard ?? { segment: 0, offset: 0 }
  if (!last) {
    // a folder may be empty if everything was drained and retired
    const isMissing = ledger !== undefined && (ledger.open.length > 0 || isBefore(ledger.drained, heard))
    if (isMissing)
      faults.push({
        from: -Infinity,
        to: Infinity,
        reason: `segment ${Math.max(ledger.drained.segment, heard.segment, head ?? 0)} is missing`,
      })
    return
  }
  const rest = { from: epochOf(last), to: Infinity }
  if (head === undefined) {
    if (chain.some(({ header }) => header.format > 1 && !header.isRecovered))
      faults.push({ ...rest, reason: 'its file "head" is missing or cannot be read' })
  } else if (!chain.some(({ header }) => header.number === head))
    faults.push({ ...rest, reason: `segment ${head} is missing` })
  const reached = chain.find(({ header }) => header.number === heard.segment) ?? last
  if (
    isBefore({ segment: reached.header.number, offset: reached.bytes }, heard) &&
    reached.header.number <= heard.segment
  ) {
    const reason = `it ends at byte ${reached.bytes} of segment ${reached.header.number}, and was synced up to byte ${heard.offset} of segment ${heard.segment}`
    faults.push({ from: epochOf(reached), to: reached === last ? Infinity : epochOf(reached), reason })
  }
}

function checkBoots(chain: readonly ReadSegment[], bootId: string, epochOf: EpochOf, faults: Fault[]): void {
  for (const [index, segment] of chain.entries()) {
    const { header } = segment
    const epoch = epochOf(segment)
    if (segment.hasBadLine)
      faults.push({
        from: epoch,
        to: epoch,
        reason: 'lines of it could not be read; they are in its folder "quarantine"',
      })
    const next = chain[index + 1]
    if (
      next &&
      next.header.bootId === header.bootId &&
      (epochOf(next) === epoch || isSyncedBefore(next, segment))
    )
      continue
    if (!segment.isClean && header.sync !== 'each' && (header.bootId !== bootId || bootId === ''))
      faults.push({
        from: epoch,
        to: epoch,
        reason: 'the machine was restarted without a clean shutdown; up to 100 ms of records may be missing',
      })
  }
}

/**
 * Within one boot, the writer syncs a segment before it begins the next one. Recovery read and synced the
 * segments of an earlier run that the next segment names by length and CRC, so a later loss of power cannot
 * change them.
 */
function isSyncedBefore({ header: { previous, bootId } }: ReadSegment, { header }: ReadSegment): boolean {
  return bootId !== '' && previous?.number === header.number && previous.bytes !== undefined
}

/**
 * The store commits before the folder notes anything. So if the folder has a later state, the store was
 * restored from a backup.
 */
function isStoreBehind(segments: readonly ReadSegment[], { holder, ledger, seen }: JournalFacts): boolean {
  if (holder === undefined) return false
  if (!ledger) return true
  if (seen.epoch > ledger.epoch || (seen.epoch === ledger.epoch && seen.seq > ledger.seq)) return true
  return segments.some(
    ({ isDrained, header }) =>
      isDrained && header.format > 1 && header.holder === holder && header.number >= ledger.drained.segment,
  )
}

function reasonsFor(
  faults: readonly Fault[],
  { ledger }: JournalFacts,
  inDoubt: readonly { epoch: number }[],
  wasSetBack: boolean,
): string[] {
  const latest = ledger?.epoch ?? 0
  const counts = ({ from, to }: Fault) =>
    wasSetBack || to >= latest || inDoubt.some(({ epoch }) => from <= epoch && epoch <= to)
  const reasons = new Set(faults.filter(counts).map(({ reason }) => reason))
  if (inDoubt.length > 0 && reasons.size === 0)
    reasons.add(`it has no segment of epoch ${inDoubt.map(({ epoch }) => epoch).join(', ')}`)
  return [...reasons]
}
