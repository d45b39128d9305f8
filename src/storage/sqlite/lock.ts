// Allows one process per data folder, by an exclusive transaction on a small separate database. Unlike a pid
// file, the kernel releases it whenever the process ends.

import { Database, SQLiteError } from 'bun:sqlite'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

export interface FolderLock {
  release(): void
}

/** Referenced here, because the garbage collector would close the database and release its lock. */
const held = new Set<Database>()

/** @param folder created if it is missing @throws Error if another process holds it */
export function lockFolder(folder: string): FolderLock {
  const database = openLock(folder)
  try {
    database.run('PRAGMA busy_timeout = 0')
    // a rollback journal: in WAL mode an exclusive transaction would not stop other readers, and WAL leaves
    // files on the disk
    database.run('PRAGMA journal_mode = DELETE')
    database.run('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (error instanceof SQLiteError && error.code?.startsWith('SQLITE_BUSY')) {
      throw new Error(
        `the data folder ${folder} is in use by another Gatehouse; stop that one, or give this one a folder of its own (data: …)`,
        {
          cause: error,
        },
      )
    }
    throw unusable(folder, error)
  }
  held.add(database)
  return {
    release() {
      held.delete(database)
      database.run('ROLLBACK')
      database.close()
    },
  }
}

function openLock(folder: string): Database {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const database = new Database(join(folder, 'lock.db'), { create: true, readwrite: true })
    // A user that can read the file can hold its lock, and keep the gateway from starting.
    chmodSync(join(folder, 'lock.db'), 0o600)
    return database
  } catch (error) {
    throw unusable(folder, error)
  }
}

const unusable = (folder: string, error: unknown) =>
  new Error(
    `the data folder ${folder} cannot be used (${error instanceof Error ? error.message : 'unknown'}); it must be a folder that this user may write to, with free space on its disk`,
    { cause: error },
  )
