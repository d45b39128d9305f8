// The tables of the embedded store and their migrations. Migrations are numbered and only go forward;
// `user_version` has the number of the last one. Amounts are 64-bit integers (nano-dollars, tokens). Instants
// are ms since the epoch, NULL if a window has no start or end.

import type { Database } from 'bun:sqlite'
import { bodyBlocks, recordTables } from './records/schema.ts'

export const migrations: readonly string[] = [
  `
  CREATE TABLE identity (one INTEGER PRIMARY KEY CHECK (one = 1), timeline TEXT NOT NULL) STRICT;

  CREATE TABLE budget (
    id TEXT PRIMARY KEY, cap INTEGER NOT NULL, per TEXT NOT NULL, zone TEXT NOT NULL, is_hard INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE bucket (
    budget TEXT NOT NULL, window TEXT NOT NULL, starts INTEGER, ends INTEGER,
    cap INTEGER NOT NULL, committed INTEGER NOT NULL CHECK (committed >= 0), version INTEGER NOT NULL,
    PRIMARY KEY (budget, window)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE hold (
    budget TEXT NOT NULL, window TEXT NOT NULL, holder TEXT NOT NULL, epoch INTEGER NOT NULL,
    granted INTEGER NOT NULL, returned INTEGER NOT NULL CHECK (returned >= 0), spent INTEGER NOT NULL CHECK (spent >= 0),
    written_off INTEGER NOT NULL CHECK (written_off >= 0),
    state TEXT NOT NULL CHECK (state IN ('live', 'proven', 'doubt', 'closed')), is_recalled INTEGER NOT NULL,
    PRIMARY KEY (budget, window, holder, epoch),
    CHECK (granted >= returned + spent + written_off)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX hold_of_holder ON hold (holder, epoch);

  CREATE TABLE holder (
    id TEXT PRIMARY KEY, epoch INTEGER NOT NULL, nonce TEXT NOT NULL, seq INTEGER NOT NULL, reply TEXT,
    seen INTEGER NOT NULL, is_silent INTEGER NOT NULL, is_written_off INTEGER NOT NULL,
    drain_segment INTEGER NOT NULL, drain_offset INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE record (
    id TEXT NOT NULL UNIQUE, key TEXT, team TEXT, model TEXT NOT NULL, outcome TEXT NOT NULL, run TEXT, body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX record_of_key ON record (key, id) WHERE key IS NOT NULL;
  CREATE INDEX record_of_team ON record (team, id) WHERE team IS NOT NULL;
  CREATE INDEX record_of_model ON record (model, id);
  CREATE INDEX record_of_outcome ON record (outcome, id);
  CREATE INDEX record_of_run ON record (run, id) WHERE run IS NOT NULL;

  CREATE TABLE usage (
    hour INTEGER NOT NULL, model TEXT NOT NULL, team TEXT NOT NULL, key TEXT NOT NULL, outcome TEXT NOT NULL, target TEXT NOT NULL,
    exchanges INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL,
    cost_nano INTEGER NOT NULL, unpriced INTEGER NOT NULL,
    PRIMARY KEY (hour, model, team, key, outcome, target)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE key (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE holder ADD COLUMN digest TEXT NOT NULL DEFAULT '';
  ALTER TABLE holder ADD COLUMN heard_segment INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE holder ADD COLUMN heard_offset INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE holder ADD COLUMN set_back_at INTEGER;

  UPDATE record SET outcome = 'canceled', body = json_set(body, '$.outcome', 'canceled') WHERE outcome = 'cancelled';
  UPDATE record SET body = json_set(body, '$.attempts', json((
    SELECT json_group_array(json(CASE WHEN value ->> 'outcome' = 'cancelled' THEN json_set(value, '$.outcome', 'canceled') ELSE value END))
    FROM json_each(body, '$.attempts')))) WHERE instr(body, '"outcome":"cancelled"') > 0;
  UPDATE record SET body = json_set(body, '$.losses', json((
    SELECT json_group_array(json(CASE WHEN value ->> 'side' = 'reply' THEN json_set(value, '$.side', 'response') ELSE value END))
    FROM json_each(body, '$.losses')))) WHERE instr(body, '"side":"reply"') > 0 AND json_type(body, '$.losses') = 'array';
  UPDATE usage SET outcome = 'canceled' WHERE outcome = 'cancelled';
  `,
  // buckets keep the totals of closed holds; ended buckets are found, listed and removed by index
  `
  ALTER TABLE bucket ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE bucket ADD COLUMN at_bound INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE bucket ADD COLUMN estimated INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE bucket ADD COLUMN forgiven INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE bucket ADD COLUMN released INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE bucket ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE bucket ADD COLUMN is_over INTEGER NOT NULL DEFAULT 0;
  UPDATE bucket SET used_at = unixepoch() * 1000;
  CREATE INDEX bucket_open ON bucket (budget, window) WHERE is_over = 0;
  CREATE INDEX bucket_over ON bucket (used_at) WHERE is_over = 1;

  ALTER TABLE hold ADD COLUMN doubt_since INTEGER;
  UPDATE hold SET doubt_since = unixepoch() * 1000 WHERE state = 'doubt';
  CREATE INDEX hold_outstanding ON hold (holder, epoch, budget, window) WHERE granted > returned + spent;

  CREATE TABLE decision (
    at INTEGER NOT NULL, action TEXT NOT NULL, budget TEXT NOT NULL, window TEXT NOT NULL, holder TEXT NOT NULL, epoch INTEGER NOT NULL,
    amount INTEGER NOT NULL, by TEXT NOT NULL
  ) STRICT;
  CREATE INDEX decision_of_bucket ON decision (budget, window);
  `,
  // budgets are activated by versions; the existing ones belong to no version yet
  `
  ALTER TABLE budget ADD COLUMN is_of_key INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE identity ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE identity ADD COLUMN rules TEXT NOT NULL DEFAULT '';
  ALTER TABLE identity ADD COLUMN rules_since INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE holder ADD COLUMN rules_seen INTEGER NOT NULL DEFAULT 0;
  `,
  // calls that wait for an approval; at most one per binding is pending, approved or denied
  `
  CREATE TABLE approval (
    id TEXT PRIMARY KEY, binding TEXT NOT NULL, principal TEXT NOT NULL, team TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'used', 'expired')),
    expires INTEGER NOT NULL, body TEXT NOT NULL, sealed BLOB
  ) STRICT;
  CREATE UNIQUE INDEX approval_of_binding ON approval (binding) WHERE state IN ('pending', 'approved', 'denied');
  CREATE INDEX approval_of_principal ON approval (principal) WHERE state IN ('pending', 'approved');
  CREATE INDEX approval_by_expiry ON approval (expires) WHERE state IN ('pending', 'approved', 'denied');
  CREATE INDEX approval_over ON approval (id) WHERE state IN ('used', 'expired');
  CREATE INDEX approval_of_state ON approval (state, id);
  `,
  recordTables,
  bodyBlocks,
]

/** Migrates the ledger's database. @throws Error if a newer Gatehouse wrote it */
export function migrate(database: Database, newTimeline: () => string): void {
  migrateBy(database, migrations)
  database
    .query('INSERT INTO identity (one, timeline) VALUES (1, ?) ON CONFLICT DO NOTHING')
    .run(newTimeline())
}

/** @throws Error if the database has more migrations than these */
export function migrateBy(database: Database, migrations: readonly string[]): void {
  const version = Number(
    database.query<{ user_version: bigint | number }, []>('PRAGMA user_version').get()?.user_version ?? 0,
  )
  if (version > migrations.length) {
    throw new Error(
      `the store was written by a newer Gatehouse (schema ${version}, this one knows ${migrations.length}); start that version, or restore a backup`,
    )
  }
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue
    database.transaction(() => {
      database.run(sql)
      database.run(`PRAGMA user_version = ${index + 1}`)
    })()
  }
}
