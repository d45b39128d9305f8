// One pass of the drain over the journal's folder, as a machine: it yields each transaction, and continues
// with the ledger's result. It has no promise, clock or timer. drain.ts runs it in the store's thread, and
// the simulation of test/money runs it with a simulated disk.
//
// Exactly once: records, spending and the offset (segment, byte) move in one transaction of the ledger, which
// compares the offset first. If another drain was there meanwhile, the ledger reports its own offset, and
// this one goes on from there. Only synced bytes are read, so that nothing is booked that a loss of power
// could remove. When a segment is drained, the ledger's offset moves to the start of the next number first;
// only then is the segment renamed. A batch that is refused for its content is halved until only the faulty
// record is left. That record goes to `rejected/`, and its money is settled separately.

import type { DrainEvent } from '../../contract/drain.ts'
import type { ExchangeRecord } from '../../contract/record.ts'
import { type DrainOffset, isBefore, type SettleBatch, type SettleResult } from '../../contract/stores.ts'
import type { JournalDisk } from './journal-disk.ts'
import type { CloseEntry } from './journal-format.ts'
import { moneyOf } from './money-only.ts'
import type { SegmentFile } from './segments.ts'
import { upgradeRecord } from './upgrade.ts'

export interface DrainState {
  /** The ledger's offset, by holder. */
  offsets: Map<string, DrainOffset>
  /**
   * The end of the part that was read. It may be after the ledger's offset, because lines without records
   * need no transaction.
   */
  cursor: DrainOffset
  /** The journal is synced up to here. */
  synced: DrainOffset
  batchRecords: number
  isStopped: boolean
  /** Is another pass needed? */
  isWoken: boolean
  records: number
  rejected: number
}

export type SettleOutcome = SettleResult | { kind: 'refused'; error: unknown }

export type DrainSteps<Result> = Generator<SettleBatch, Result, SettleOutcome>

export interface DrainPorts {
  disk: JournalDisk
  report(event: DrainEvent): void
}

interface Item {
  record: ExchangeRecord
  /** The JSON of the record. Absent if the journal has it in an earlier format. */
  json?: string | undefined
  end: number
}

export function* drainPass(state: DrainState, ports: DrainPorts): DrainSteps<void> {
  state.isWoken = false
  // entries that are synced later are left to the next pass, because this pass does not list their segments
  const synced = state.synced
  for (const file of ports.disk.list(state.cursor.segment)) {
    if (state.isStopped || file.number > synced.segment) return
    const isComplete = file.number < synced.segment
    if (
      file.number >= state.cursor.segment &&
      !(yield* drainSegment(state, ports, file, isComplete ? Infinity : synced.offset, isComplete))
    ) {
      state.isWoken = true
      return
    }
    if (!isComplete || !file.header || state.isStopped) continue
    if (!(yield* leave(state, file.header.holder, file.number))) {
      state.isWoken = true
      return
    }
    ports.disk.markDrained(file)
  }
}

/**
 * Everything is drained, and the epoch ended cleanly, so the ledger may forget its holds. False if that
 * failed for now.
 */
export function* retireEpoch(state: DrainState, holder: string, epoch: number): DrainSteps<boolean> {
  const reply = yield {
    holder,
    from: offsetOf(state, holder),
    to: state.cursor,
    records: [],
    position: state.synced,
    retires: epoch,
  }
  return reply.kind === 'settled'
}

/** False if the ledger has another offset than expected. Then the drain must read again. */
function* drainSegment(
  state: DrainState,
  { disk, report }: DrainPorts,
  file: SegmentFile,
  limit: number,
  isComplete: boolean,
): DrainSteps<boolean> {
  const { header, number } = file
  if (!header) {
    if (isComplete)
      report({
        kind: 'segment-unreadable',
        message: `journal segment ${number} has no header; it is left where it is`,
      })
    return true
  }
  const offset = state.offsets.get(header.holder)
  const from = Math.max(
    offset?.segment === number ? offset.offset : 0,
    state.cursor.segment === number ? state.cursor.offset : 0,
  )
  let items: Item[] = []
  let readTo = from
  for (const stretch of offset && offset.segment > number ? [] : disk.closes(file, from)) {
    if (stretch.end > limit) break
    if (stretch.kind === 'entry') {
      if (stretch.entry.kind === 'close') items.push(itemOf(stretch.entry, header.format, stretch.end))
    } else if (stretch.kind === 'bad' || isComplete) {
      report({
        kind: 'line-unreadable',
        message: `journal segment ${number} cannot be read at byte ${stretch.start}`,
      })
      disk.quarantine(header.epoch, number, stretch)
    } else break
    if (items.length >= state.batchRecords) {
      if (!(yield* settle(state, { disk, report }, header.holder, number, items))) return false
      items = []
      if (state.isStopped) return true
    }
    readTo = stretch.end
    if (items.length === 0) state.cursor = { segment: number, offset: readTo }
  }
  if (items.length > 0 && !(yield* settle(state, { disk, report }, header.holder, number, items)))
    return false
  if (items.length > 0) state.cursor = { segment: number, offset: readTo }
  return true
}

function itemOf({ record: written, json }: CloseEntry, format: number, end: number): Item {
  const record = upgradeRecord(written, format)
  return { record, json: record === written ? json : undefined, end }
}

/** Moves the ledger's offset past the segment. False if another drain moved it. */
function* leave(state: DrainState, holder: string, number: number): DrainSteps<boolean> {
  const next = { segment: number + 1, offset: 0 }
  if (isBefore(offsetOf(state, holder), next)) {
    if (!(yield* transact(state, holder, next, []))) return false
  }
  if (isBefore(state.cursor, next)) state.cursor = next
  return true
}

/** False if another drain moved the offset. */
function* settle(
  state: DrainState,
  ports: DrainPorts,
  holder: string,
  segment: number,
  items: readonly Item[],
): DrainSteps<boolean> {
  const [first] = items
  const last = items.at(-1)
  if (!first || !last) return true
  const to = { segment, offset: last.end }
  const outcome = yield batchOf(state, holder, to, items)
  if (outcome.kind !== 'refused') return take(state, holder, to, items.length, outcome)
  if (items.length > 1) {
    const half = items.length >> 1
    return (
      (yield* settle(state, ports, holder, segment, items.slice(0, half))) &&
      (yield* settle(state, ports, holder, segment, items.slice(half)))
    )
  }
  setAside(state, ports, segment, first, outcome.error)
  const money = yield batchOf(state, holder, to, [{ record: moneyOf(first.record), end: first.end }])
  if (money.kind !== 'refused') return take(state, holder, to, 1, money)
  ports.report({
    kind: 'money-rejected',
    message: `the charges of exchange ${first.record.id} could not be booked; see "rejected"`,
  })
  return yield* transact(state, holder, to, [])
}

function* transact(
  state: DrainState,
  holder: string,
  to: DrainOffset,
  items: readonly Item[],
): DrainSteps<boolean> {
  const outcome = yield batchOf(state, holder, to, items)
  if (outcome.kind === 'refused') throw outcome.error
  return take(state, holder, to, items.length, outcome)
}

const offsetOf = (state: DrainState, holder: string): DrainOffset =>
  state.offsets.get(holder) ?? { segment: 0, offset: 0 }

const batchOf = (
  state: DrainState,
  holder: string,
  to: DrainOffset,
  items: readonly Item[],
): SettleBatch => ({
  holder,
  from: offsetOf(state, holder),
  to,
  records: items.map(({ record }) => record),
  bodies: items.map(({ json }) => json),
})

function take(
  state: DrainState,
  holder: string,
  to: DrainOffset,
  count: number,
  reply: SettleResult,
): boolean {
  if (reply.kind === 'settled') {
    state.offsets.set(holder, to)
    state.records += count
    return true
  }
  state.offsets.set(holder, reply.at)
  // a restored store is filled again
  if (isBefore(reply.at, state.cursor)) state.cursor = reply.at
  return false
}

function setAside(
  state: DrainState,
  { disk, report }: DrainPorts,
  segment: number,
  item: Item,
  error: unknown,
): void {
  state.rejected += 1
  disk.reject(segment, item.end, item.record)
  const cause = error instanceof Error ? error.message : String(error)
  report({
    kind: 'record-rejected',
    message: `the store does not take the record of exchange ${item.record.id} (${cause}); it is in "rejected"`,
  })
}
