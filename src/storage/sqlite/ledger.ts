// The ledger in SQLite. It is synchronous, runs in a thread (thread.ts), and uses one transaction per
// operation. contract/stores.ts defines the operations.

import type { Database } from 'bun:sqlite'
import type {
  AcquireResult,
  AcquireRequest,
  DrainOffset,
  Ledger,
  Registration,
  ReturnRequest,
} from '../../contract/stores.ts'
import { digestOf, renewPage, type SettleBatch, type SettleResult } from '../../contract/stores.ts'
import type { ExchangeRecord } from '../../contract/record.ts'
import type { Clock } from '../../kit/clock.ts'
import { transact } from './database.ts'
import { budgetsInForce } from './ledger-budgets.ts'
import { decide } from './ledger-doubt.ts'
import { adopt, expire, liveHolder, reconcile, register, retire, standing } from './ledger-holders.ts'
import { sqliteBudgets } from './ledger-list.ts'
import { book, grant, type SummedCharge, takeBack } from './ledger-money.ts'
import { decodeReply, encodeReply } from './ledger-reply.ts'
import type { BucketRow, HolderRow, HoldRow } from './ledger-rows.ts'
import { holdState, rowsOf } from './ledger-rows.ts'
import { sweeper } from './ledger-sweep.ts'
import { RecordWriter } from './records/writer.ts'

export interface LedgerParts {
  clock: Pick<Clock, 'now'>
  newId(): string
  newNonce(): string
}

export type SyncLedger = {
  [Name in Exclude<keyof Ledger, 'listen' | 'isAnswering' | 'close'>]: (
    ...takes: Parameters<Ledger[Name]>
  ) => Awaited<ReturnType<Ledger[Name]>>
}

/** @param writer writes the records, in the transaction that settles their charges */
export function sqliteLedger(
  database: Database,
  { clock, newId, newNonce }: LedgerParts,
  writer = new RecordWriter(database),
): SyncLedger {
  const rows = rowsOf(database)
  const { timeline } = rows
  const holderById = database.query<HolderRow, [string]>('SELECT * FROM holder WHERE id = ?')
  const addHolder = database.query<HolderRow, [string, number]>(
    `INSERT INTO holder (id, epoch, nonce, seq, seen, is_silent, is_written_off, drain_segment, drain_offset) VALUES (?, 0, '', 0, ?, 0, 0, 0, 0) RETURNING *`,
  )
  const saveReply = database.query<never, [number, string, string, string]>(
    'UPDATE holder SET seq = ?, reply = ?, digest = ? WHERE id = ?',
  )
  const saveDrained = database.query<never, [number, number, string]>(
    'UPDATE holder SET drain_segment = ?, drain_offset = ? WHERE id = ?',
  )
  const saveHeard = database.query<never, [number, number, string]>(
    'UPDATE holder SET heard_segment = ?1, heard_offset = ?2 WHERE id = ?3 AND (heard_segment < ?1 OR (heard_segment = ?1 AND heard_offset < ?2))',
  )
  const hear = (id: string, position: DrainOffset | undefined) =>
    position && saveHeard.run(position.segment, position.offset, id)
  const outstandingHolds = database.query<HoldRow & BucketRow, [string, number, string, string]>(
    `SELECT bucket.*, hold.* FROM hold INDEXED BY hold_outstanding JOIN bucket USING (budget, window)
     WHERE holder = ? AND epoch = ? AND granted > returned + spent AND (hold.budget, hold.window) > (?, ?)
     ORDER BY hold.budget, hold.window LIMIT ${renewPage + 1}`,
  )
  const sweep = sweeper(database, rows)
  const inForce = budgetsInForce(database, rows)

  return {
    holder: (id) => standing(database, id),
    register: (claim): Registration =>
      transact(database, () =>
        register(database, rows, claim, { holder: newId(), nonce: newNonce() }, clock.now()),
      ),
    configured: inForce.read,
    configure: (change) => transact(database, () => inForce.change(change, clock.now())),
    acquire: (request: AcquireRequest): AcquireResult =>
      transact(database, () => {
        const now = clock.now()
        const holder = liveHolder(database, request.holder, request.epoch, now)
        if (!holder) return { kind: 'fenced', now, timeline }
        hear(holder.id, request.position)
        const seq = Number(holder.seq)
        const digest = digestOf(request.needs)
        // the request is older, or differs from the one with this seq: a node that resumed from a snapshot
        // requests again what it already spent
        if (request.seq < seq || (request.seq === seq && digest !== holder.digest))
          return { kind: 'fenced', now, timeline }
        if (holder.reply !== null && request.seq === seq) return { ...decodeReply(holder.reply), now }
        const reply = grant(database, rows, holder, request, now)
        saveReply.run(request.seq, encodeReply(reply), digest, holder.id)
        return reply
      }),
    renew: (id, epoch, position, after = { budget: '', window: '' }) =>
      transact(database, () => {
        const now = clock.now()
        if (!liveHolder(database, id, epoch, now)) return { kind: 'fenced', now, timeline }
        hear(id, position)
        const open = outstandingHolds.all(id, epoch, after.budget, after.window)
        const holds = open.slice(0, renewPage).map((row) => holdState(row, row))
        const last = holds.at(-1)
        const next =
          open.length > renewPage && last ? { next: { budget: last.budget, window: last.window } } : {}
        return { kind: 'renewed', holds, ...next, now, timeline }
      }),
    giveBack: (request: ReturnRequest) =>
      transact(database, () => {
        const holder = liveHolder(database, request.holder, request.epoch, clock.now())
        if (holder) takeBack(rows, holder, request)
      }),
    settle: (batch: SettleBatch): SettleResult =>
      transactWith(writer, database, () => {
        // the store was emptied, but the journal was not: the records are still valid, but no nonce makes
        // this holder live again
        const holder = holderById.get(batch.holder) ?? addHolder.get(batch.holder, clock.now())
        if (!holder) throw new Error('the embedded store answered no row to an insert')
        const at = { segment: Number(holder.drain_segment), offset: Number(holder.drain_offset) }
        if (at.segment !== batch.from.segment || at.offset !== batch.from.offset) return { kind: 'moved', at }
        const inserted = writer.insert(batch.records, { bodies: batch.bodies })
        const now = clock.now()
        for (const charge of chargesOf(inserted)) book(rows, holder, charge, now)
        saveDrained.run(batch.to.segment, batch.to.offset, holder.id)
        hear(holder.id, batch.to)
        hear(holder.id, batch.position)
        if (batch.retires !== undefined) retire(database, rows, holder.id, batch.retires)
        return { kind: 'settled', inserted: inserted.map((record) => record.id) }
      }),
    expire: (silentMs) => transact(database, () => expire(database, silentMs, clock.now())),
    reconcile: (holder, beforeEpoch) =>
      transact(database, () => reconcile(database, rows, holder, beforeEpoch)),
    adopt: (holder) => transact(database, () => adopt(database, rows, holder)),
    decide: (order) => transact(database, () => decide(database, rows, order, clock.now())),
    sweep: (ages) => sweep(ages, clock.now()),
    budgets: sqliteBudgets(database),
  }
}

/** The writer must forget what was rolled back. */
function transactWith<Answer>(writer: RecordWriter, database: Database, run: () => Answer): Answer {
  try {
    return transact(database, run)
  } catch (error) {
    writer.forget()
    throw error
  }
}

/** The charges of a batch, one sum per hold. Booking the sum has the same effect as booking each charge. */
function chargesOf(records: readonly ExchangeRecord[]): Iterable<SummedCharge> {
  const sums = new Map<string, SummedCharge>()
  for (const { charges = [] } of records) {
    for (const { bucket, window, epoch = 0, basis, amount, forgiven } of charges) {
      const name = `${epoch}\n${basis ?? ''}\n${bucket}\n${window}`
      let sum = sums.get(name)
      if (!sum) sums.set(name, (sum = { bucket, window, epoch, basis, amount: 0n, forgiven: 0n }))
      sum.amount += BigInt(amount)
      if (forgiven !== undefined) sum.forgiven += BigInt(forgiven)
    }
  }
  return sums.values()
}
