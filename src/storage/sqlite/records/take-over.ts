// Moves the records of an earlier build into today's tables, newest first and in slices, so that a store with
// millions of records opens at once. Until it is done, records older than the last moved one are missing, and
// queries know it. Roll-ups and runs are built again from the records, because that build kept all records.

import type { Database } from 'bun:sqlite'
import { type ExchangeRecord, withFindingsBySide } from '../../../contract/record.ts'
import type { TakeOver } from '../../../contract/records.ts'
import type { DrainEvent } from '../../../contract/drain.ts'
import type { Clock, Timer } from '../../../kit/clock.ts'
import { timeOfId } from '../../../kit/id.ts'
import { transact } from '../database.ts'
import { isVersion7 } from './place.ts'
import { hasOldRecords, type RecordWriter } from './writer.ts'

/** The time that a start waits. Most stores are done by then. */
const atStartMs = 2_000
/** The pause between two slices, so that grants do not wait for long. */
const pauseMs = 20
const retryMs = 5_000

/** Moves as much as possible at once, and the rest in the background. */
export function takeOver(
  database: Database,
  writer: RecordWriter,
  clock: Clock,
  report: (event: DrainEvent) => void,
): { stop(): void } {
  const slice = takeOverSlices(database, writer, (id, cause) => {
    const why = cause instanceof Error ? cause.message : String(cause)
    report({
      kind: 'record-rejected',
      message: `the record of exchange ${id}, of an earlier build, cannot be stored (${why}); it is left out`,
    })
  })
  let timer: Timer | undefined
  const end = clock.monotonic() + atStartMs
  let isMore = true
  while (isMore && clock.monotonic() < end) isMore = slice()
  function goOn() {
    try {
      if (slice()) timer = clock.after(pauseMs, goOn)
    } catch {
      // the disk is full or busy, and the other records are still in the old tables
      timer = clock.after(retryMs, goOn)
    }
  }
  if (isMore) timer = clock.after(pauseMs, goOn)
  return { stop: () => timer?.cancel() }
}

/** This many records take about ten milliseconds. */
const perSlice = 100

/**
 * Returns a function that moves one slice in a separate transaction. It returns false if there is nothing
 * left. A record that cannot be stored is passed to `refused` and left out.
 */
export function takeOverSlices(
  database: Database,
  writer: RecordWriter,
  refused: (id: string, cause: unknown) => void,
): () => boolean {
  return () => {
    if (!hasOldRecords(database)) return false
    const rows = database
      .query<{ id: string; body: string }, [number]>(
        'SELECT id, body FROM old_record ORDER BY id DESC LIMIT ?',
      )
      .all(perSlice)
    if (rows.length === 0) {
      transact(database, () => database.run('DROP TABLE old_record'))
      writer.oldAreGone()
      return false
    }
    try {
      transact(database, () => take(database, writer, rows))
    } catch {
      writer.forget()
      for (const row of rows) {
        try {
          transact(database, () => take(database, writer, [row]))
        } catch (cause) {
          writer.forget()
          transact(database, () => database.query('DELETE FROM old_record WHERE id = ?').run(row.id))
          refused(row.id, cause)
        }
      }
    }
    return true
  }
}

function take(database: Database, writer: RecordWriter, rows: readonly { id: string; body: string }[]): void {
  const remove = database.query<never, [string]>('DELETE FROM old_record WHERE id = ?')
  writer.insert(
    rows.map(({ body }) => oldRecord(body)),
    { isOld: true },
  )
  for (const { id } of rows) remove.run(id)
}

const oldRecord = (body: string): ExchangeRecord => withFindingsBySide(JSON.parse(body))

export function getOldRecord(database: Database, id: string): ExchangeRecord | undefined {
  if (!hasOldRecords(database)) return undefined
  const row = database.query<{ body: string }, [string]>('SELECT body FROM old_record WHERE id = ?').get(id)
  return row ? oldRecord(row.body) : undefined
}

export function takeOverState(database: Database): TakeOver | undefined {
  if (!hasOldRecords(database)) return undefined
  const row = database
    .query<{ count: bigint; newest: string | null }, []>(
      'SELECT COUNT(*) AS count, MAX(id) AS newest FROM old_record',
    )
    .get()
  if (!row || row.newest === null) return undefined
  return {
    left: Number(row.count),
    completeFrom: isVersion7(row.newest) ? timeOfId(row.newest) + 1 : Number.MAX_SAFE_INTEGER,
  }
}
