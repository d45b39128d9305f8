// Opens the file of kept objects. It is not the ledger's file, because content changes by megabytes, must not
// survive its deletion, and is less valuable than money. A killed process loses nothing that was written. A
// loss of power may lose the last moments (`synchronous = NORMAL`).

import { Database } from 'bun:sqlite'
import { chmodSync } from 'node:fs'
import { migrateBy } from './schema.ts'

const migrations: readonly string[] = [
  `
  CREATE TABLE thing (
    number INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, id TEXT NOT NULL, made INTEGER NOT NULL, bytes INTEGER NOT NULL, body BLOB NOT NULL,
    UNIQUE (owner, id)
  ) STRICT;
  CREATE INDEX thing_of_owner ON thing (owner, number);
  CREATE INDEX thing_by_age ON thing (made);

  CREATE TABLE label (
    owner TEXT NOT NULL, label TEXT NOT NULL, thing INTEGER NOT NULL REFERENCES thing (number) ON DELETE CASCADE,
    PRIMARY KEY (owner, label, thing)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX label_of_thing ON label (thing);

  CREATE TABLE share (owner TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TRIGGER thing_in AFTER INSERT ON thing BEGIN
    INSERT INTO share (owner, bytes) VALUES (new.owner, new.bytes) ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes;
  END;
  CREATE TRIGGER thing_out AFTER DELETE ON thing BEGIN
    UPDATE share SET bytes = bytes - old.bytes WHERE owner = old.owner;
    DELETE FROM share WHERE owner = old.owner AND bytes = 0;
  END;
  `,
  // Earlier objects have no separate key, because the key was the owner.
  `
  ALTER TABLE thing ADD COLUMN key TEXT;
  CREATE INDEX thing_of_key ON thing (COALESCE(key, owner));
  `,
]

/** @throws Error if a newer Gatehouse wrote it */
export function openKept(path: string): Database {
  const database = new Database(path, { create: true, readwrite: true, safeIntegers: true, strict: true })
  if (path !== ':memory:') chmodSync(path, 0o600)
  // This has an effect only before the first table.
  database.run('PRAGMA auto_vacuum = INCREMENTAL')
  database.run('PRAGMA journal_mode = WAL')
  database.run('PRAGMA synchronous = NORMAL')
  database.run('PRAGMA busy_timeout = 2000')
  database.run('PRAGMA foreign_keys = ON')
  // Overwrites deleted data.
  database.run('PRAGMA secure_delete = ON')
  migrateBy(database, migrations)
  return database
}

/** Removes deleted data from the write-ahead log, too, and returns its disk space. */
export function purge(database: Database): void {
  database.run('PRAGMA incremental_vacuum')
  database.run('PRAGMA wal_checkpoint(TRUNCATE)')
}
