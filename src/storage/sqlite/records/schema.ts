// The tables of records. Facts are separate from bodies, because lists filter narrow rows of integers and
// read only the bodies that they show. Names are integers (`name`), 0 if there is none. Attributes with
// several values per record (teams of its path, tags, policies, findings) are marks.

/** Kinds and outcomes that nearly every record has, so they have no index. */
export const commonKind = { id: 1, text: 'model.generate' }
export const commonOutcome = { id: 2, text: 'ok' }

const sums =
  'exchanges INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL, ' +
  'cost_nano INTEGER NOT NULL, estimated_nano INTEGER NOT NULL, unpriced INTEGER NOT NULL'

// written out, not generated from roll-ups.ts, because a migration must not change
const rollUp = (table: string, grain: 'hour' | 'day', ...by: string[]) =>
  `CREATE TABLE ${table} (${grain} INTEGER NOT NULL, ${by.map((column) => `${column} INTEGER NOT NULL, `).join('')}${sums},
    PRIMARY KEY (${[grain, ...by].join(', ')})) STRICT, WITHOUT ROWID;`

export const recordTables = `
  ALTER TABLE record RENAME TO old_record;
  DROP INDEX record_of_key; DROP INDEX record_of_team; DROP INDEX record_of_model; DROP INDEX record_of_outcome;
  DROP TABLE usage;

  CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, day INTEGER NOT NULL, is_counted INTEGER NOT NULL) STRICT;
  INSERT INTO name VALUES (${commonKind.id}, '${commonKind.text}', ${2 ** 53}, 1), (${commonOutcome.id}, '${commonOutcome.text}', ${2 ** 53}, 1);
  CREATE TABLE path_team (team INTEGER NOT NULL, path INTEGER NOT NULL, PRIMARY KEY (team, path)) STRICT, WITHOUT ROWID;

  CREATE TABLE fact (
    place INTEGER PRIMARY KEY, id BLOB NOT NULL, run INTEGER NOT NULL, parent BLOB, kind INTEGER NOT NULL, key INTEGER NOT NULL, person INTEGER NOT NULL,
    workload INTEGER NOT NULL, team INTEGER NOT NULL, model INTEGER NOT NULL, target INTEGER NOT NULL, destination INTEGER NOT NULL,
    outcome INTEGER NOT NULL, code INTEGER NOT NULL, cost_nano INTEGER
  ) STRICT;
  CREATE INDEX fact_of_run ON fact (run) WHERE run > 0;
  CREATE INDEX fact_of_key ON fact (key) WHERE key > 0;
  CREATE INDEX fact_of_model ON fact (model) WHERE model > 0;
  CREATE INDEX fact_of_target ON fact (target) WHERE target > 0;
  CREATE INDEX fact_of_destination ON fact (destination) WHERE destination > 0;
  CREATE INDEX fact_of_person ON fact (person) WHERE person > 0;
  CREATE INDEX fact_of_workload ON fact (workload) WHERE workload > 0;
  CREATE INDEX fact_of_code ON fact (code) WHERE code > 0;
  CREATE INDEX fact_of_kind ON fact (kind) WHERE kind <> ${commonKind.id};
  CREATE INDEX fact_of_outcome ON fact (outcome) WHERE outcome <> ${commonOutcome.id};
  CREATE INDEX fact_of_parent ON fact (parent) WHERE parent IS NOT NULL;
  CREATE TABLE body (place INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE TABLE mark (name INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (name, place)) STRICT, WITHOUT ROWID;

  CREATE TABLE run (
    place INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, first INTEGER NOT NULL, last INTEGER NOT NULL, root BLOB NOT NULL, key INTEGER NOT NULL,
    team INTEGER NOT NULL, calls INTEGER NOT NULL, failed INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
    cost_nano INTEGER NOT NULL, unpriced INTEGER NOT NULL, outcome INTEGER NOT NULL, depth INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX run_of_key ON run (key) WHERE calls > 1;

  ${rollUp('day_kind', 'day', 'kind', 'outcome', 'code')}
  ${rollUp('day_model', 'day', 'model', 'target')}
  ${rollUp('day_key', 'day', 'key')}
  ${rollUp('day_team', 'day', 'team', 'model')}
  ${rollUp('day_person', 'day', 'person')}
  ${rollUp('day_workload', 'day', 'workload')}
  ${rollUp('day_tag', 'day', 'tag', 'model')}
  ${rollUp('day_all', 'day', 'key', 'person', 'workload', 'team', 'kind', 'model', 'target', 'outcome', 'code')}
  ${rollUp('hour_kind', 'hour', 'kind', 'outcome', 'code')}
  ${rollUp('hour_model', 'hour', 'model', 'target')}
  ${rollUp('hour_team', 'hour', 'team')}
  ${rollUp('hour_key', 'hour', 'key')}
  CREATE TABLE latency_hour (
    hour INTEGER NOT NULL, is_model INTEGER NOT NULL, name INTEGER NOT NULL, counts BLOB NOT NULL, PRIMARY KEY (is_model, hour, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE latency_day (
    day INTEGER NOT NULL, is_model INTEGER NOT NULL, name INTEGER NOT NULL, counts BLOB NOT NULL, PRIMARY KEY (is_model, day, name)
  ) STRICT, WITHOUT ROWID;
`

/**
 * Bodies are compressed in blocks. A record of an earlier build has the address 0 and its body in `body`.
 * Teams are found by the path on the record, and destinations by their targets, so neither needs separate
 * rows.
 */
export const bodyBlocks = `
  ALTER TABLE fact ADD COLUMN address INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE body_block (id INTEGER PRIMARY KEY, bodies BLOB NOT NULL) STRICT;
  DROP INDEX fact_of_destination;
  CREATE INDEX fact_of_team ON fact (team) WHERE team > 0;
`
