// Opens the embedded store: one writer (WAL, every commit on the disk), any number of readers.

import { Database, SQLiteError } from 'bun:sqlite'
import { chmodSync } from 'node:fs'
import { StoreDown } from '../../contract/stores.ts'
import { migrate } from './schema.ts'

/** @param newTimeline names a store that did not exist before */
export function openForWriting(path: string, newTimeline: () => string): Database {
  const database = new Database(path, { create: true, readwrite: true, safeIntegers: true, strict: true })
  // SQLite creates files by the umask, and the write-ahead log with the permissions of the database.
  if (path !== ':memory:') chmodSync(path, 0o600)
  database.run('PRAGMA journal_mode = WAL')
  database.run('PRAGMA synchronous = FULL')
  database.run('PRAGMA busy_timeout = 2000')
  // a batch of the drain uses pages of many trees: with SQLite's default of 2 MB they would be read and
  // written repeatedly
  database.run('PRAGMA cache_size = -16000')
  database.run('PRAGMA wal_autocheckpoint = 4000')
  migrate(database, newTimeline)
  return database
}

/** For readers: reads committed data, never writes. */
export function openForReading(path: string): Database {
  const database = new Database(path, { readonly: true, safeIntegers: true, strict: true })
  // reports sort in memory
  database.run('PRAGMA cache_size = -16000')
  database.run('PRAGMA busy_timeout = 2000')
  return database
}

/**
 * Runs one write transaction. A failure of the disk or a conflict with another process becomes StoreDown. An
 * error of the data is thrown unchanged.
 */
export function transact<Answer>(database: Database, run: () => Answer): Answer {
  try {
    return database.transaction(run).immediate()
  } catch (error) {
    throw asStoreError(error)
  }
}

export function asStoreError(error: unknown): unknown {
  if (!(error instanceof SQLiteError) || isFaultOfData(error)) return error
  return new StoreDown(`the embedded store does not work: ${error.code ?? error.message}`, { cause: error })
}

/**
 * `SQLITE_ERROR` itself: integer overflow and the like; `SQLITE_CONSTRAINT_*`, `SQLITE_MISMATCH`,
 * `SQLITE_TOOBIG`, `SQLITE_RANGE`.
 */
const isFaultOfData = (error: SQLiteError) =>
  /^SQLITE_(ERROR$|CONSTRAINT|MISMATCH|TOOBIG|RANGE)/.test(error.code ?? '')
