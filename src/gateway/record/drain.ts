// The drain: carries closed records from the journal into the store, each exactly once. Runs in the store's own thread.
//
// Exactly once: records, spending and the offset (segment, byte) move in one transaction of the ledger, which compares the offset first.
// If another drain was there meanwhile, the ledger says where it stands and this one goes on from there.
// A batch that fails for what is in it is halved until the poisonous record stands alone: that one goes to `rejected/`, its money settles
// by itself, an alert tells people. A store that is down is another matter: then everything waits.
// Segments are renamed to `.drained` when they are through, kept for a day (a store that was set back is filled again from them), then deleted.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExchangeRecord } from '../../contract/record.ts'
import type { Drain, StartDrain } from '../../contract/drain.ts'
import type { DrainOffset } from '../../contract/stores.ts'
import { StoreDown } from '../../contract/stores.ts'
import type { Timer } from '../../kit/clock.ts'
import { deleteOld } from './retention.ts'
import type { SegmentFile } from './segments.ts'
import { listSegments, markDrained, quarantine, stretchesOf } from './segments.ts'

const retryMs = 1_000
const sweepEveryMs = 60_000

interface Item {
  record: ExchangeRecord
  end: number
}

/** Others' segments (in a copied folder) are drained under the name of their own holder. */
export function startDrain(options: Parameters<StartDrain>[0]): Drain {
  const { folder, ledger, clock, report } = options
  /** Where the store stands, by holder, and up to where was read (which may be further: lines without records need no transaction). */
  const stands = new Map<string, DrainOffset>([[options.holder, options.from]])
  let cursor = options.from
  let running: Promise<boolean> | undefined
  let isWoken = false
  let isStopped = false
  let isStoreDown = false
  let retry: Timer | undefined
  let nextSweep = 0
  let records = 0
  let rejected = 0

  function catchUp(): Promise<boolean> {
    isWoken = true
    running ??= passes().finally(() => {
      running = undefined
    })
    return running
  }

  async function passes(): Promise<boolean> {
    try {
      while (isWoken && !isStopped) {
        isWoken = false
        await pass()
      }
      if (isStoreDown) report({ kind: 'store-back', message: 'the store answers again; the journal is drained' })
      isStoreDown = false
      return !isStopped
    } catch (error) {
      if (error instanceof StoreDown) {
        if (!isStoreDown) report({ kind: 'store-down', message: `records wait in the journal: ${error.message}` })
        isStoreDown = true
      } else report({ kind: 'drain-failed', message: `the journal could not be drained: ${error instanceof Error ? error.message : String(error)}` })
      if (!isStopped) retry ??= clock.after(retryMs, wakeAgain)
      return false
    }
  }

  function wakeAgain() {
    retry = undefined
    void catchUp()
  }

  async function pass() {
    const files = listSegments(folder, cursor.segment)
    for (const [index, file] of files.entries()) {
      if (isStopped) return
      const isComplete = index < files.length - 1
      if (file.number < cursor.segment) {
        // read to its end before, when no later one was there to say that it was the end
        if (isComplete && file.header) markDrained(file)
        continue
      }
      if (!(await drainSegment(file, isComplete))) {
        isWoken = true
        return
      }
      if (isComplete && file.header && !isStopped) markDrained(file)
    }
    if (clock.monotonic() < nextSweep) return
    nextSweep = clock.monotonic() + sweepEveryMs
    deleteOld(folder, clock.now(), options)
  }

  /** false: the store stands elsewhere than thought, read again. */
  async function drainSegment(file: SegmentFile, isComplete: boolean): Promise<boolean> {
    const { header, number } = file
    if (!header) {
      if (isComplete) report({ kind: 'segment-unreadable', message: `journal segment ${number} has no header; it is left where it is` })
      return true
    }
    const stand = stands.get(header.holder)
    const isPast = stand !== undefined && stand.segment > number
    const settled = stand?.segment === number ? stand.offset : 0
    const read = cursor.segment === number ? cursor.offset : 0
    let items: Item[] = []
    let readTo = 0
    for (const stretch of isPast ? [] : stretchesOf(file, Math.max(settled, read), 'close')) {
      if (stretch.kind === 'entry') {
        if (stretch.entry.kind === 'close') items.push({ record: stretch.entry.record, end: stretch.end })
      } else if (stretch.kind === 'bad' || isComplete) {
        report({ kind: 'line-unreadable', message: `journal segment ${number} cannot be read at byte ${stretch.start}` })
        quarantine(folder, header.epoch, number, stretch)
      } else break
      if (items.length >= options.batchRecords) {
        if (!(await settle(header.holder, number, items))) return false
        items = []
        if (isStopped) return true
      }
      readTo = stretch.end
      if (items.length === 0) cursor = { segment: number, offset: readTo }
    }
    if (items.length > 0 && !(await settle(header.holder, number, items))) return false
    if (items.length > 0) cursor = { segment: number, offset: readTo }
    if (isComplete) cursor = { segment: number + 1, offset: 0 }
    return true
  }

  /** false: moved. */
  async function settle(holder: string, segment: number, items: readonly Item[]): Promise<boolean> {
    const [first] = items
    const last = items.at(-1)
    if (!first || !last) return true
    const to = { segment, offset: last.end }
    try {
      return await transact(holder, to, items)
    } catch (error) {
      if (error instanceof StoreDown) throw error
      if (items.length > 1) {
        const half = items.length >> 1
        return (await settle(holder, segment, items.slice(0, half))) && (await settle(holder, segment, items.slice(half)))
      }
      setAside(segment, first, error)
      return settleMoneyOnly(holder, to, first)
    }
  }

  async function transact(holder: string, to: DrainOffset, items: readonly Item[]): Promise<boolean> {
    const from = stands.get(holder) ?? { segment: 0, offset: 0 }
    const reply = await ledger.settle({ holder, from, to, records: items.map((item) => item.record) })
    if (reply.kind === 'settled') {
      stands.set(holder, to)
      records += items.length
      return true
    }
    stands.set(holder, reply.at)
    // a store that was set back is filled again
    if (isBefore(reply.at, cursor)) cursor = reply.at
    return false
  }

  function setAside(segment: number, item: Item, error: unknown) {
    rejected += 1
    const aside = join(folder, 'rejected')
    mkdirSync(aside, { recursive: true, mode: 0o700 })
    writeFileSync(join(aside, `segment-${segment}-${item.end}.json`), JSON.stringify(item.record), { mode: 0o600 })
    const cause = error instanceof Error ? error.message : String(error)
    report({ kind: 'record-rejected', message: `the store does not take the record of exchange ${item.record.id} (${cause}); it lies in "rejected"` })
  }

  async function settleMoneyOnly(holder: string, to: DrainOffset, item: Item): Promise<boolean> {
    try {
      return await transact(holder, to, [{ ...item, record: moneyOf(item.record) }])
    } catch (error) {
      if (error instanceof StoreDown) throw error
      report({ kind: 'money-rejected', message: `the charges of exchange ${item.record.id} could not be booked; see "rejected"` })
      return transact(holder, to, [])
    }
  }

  return {
    wake: () => void catchUp(),
    catchUp,
    progress() {
      let behindBytes = 0
      for (const file of listSegments(folder, cursor.segment)) {
        const size = Math.min(file.limit, Bun.file(file.path).size)
        if (file.number >= cursor.segment) behindBytes += Math.max(0, size - (file.number === cursor.segment ? cursor.offset : 0))
      }
      return { ...cursor, records, rejected, isStoreDown, behindBytes }
    },
    async stop() {
      isStopped = true
      retry?.cancel()
      await running
    },
  }
}

const isBefore = (a: DrainOffset, b: DrainOffset) => a.segment < b.segment || (a.segment === b.segment && a.offset < b.offset)

/** What no store can choke on: who paid how much. */
function moneyOf(record: ExchangeRecord): ExchangeRecord {
  const { id, at, charges, costNano } = record
  return {
    id,
    at,
    kind: record.kind,
    resource: { kind: 'model', name: '' },
    dialect: '',
    isStream: false,
    outcome: record.outcome,
    status: 0,
    attempts: [],
    requestBytes: 0,
    replyBytes: 0,
    times: { gateMs: 0, totalMs: 0 },
    isTrimmed: true,
    ...(charges ? { charges } : {}),
    ...(costNano === undefined ? {} : { costNano }),
  }
}
