// A store with many records, created with SQL within seconds: 30 days of calls of 1,000 keys, from a seed. A
// tenth of the keys make most of the calls; a few keys, models and codes are rare. Bodies are short, because
// lists read only the bodies that they show.

import type { Database } from 'bun:sqlite'
import { newId } from '../../src/kit/id.ts'
import { openForWriting } from '../../src/storage/sqlite/database.ts'
import { count, encode, type Histogram } from '../../src/storage/sqlite/records/histogram.ts'
import { placeAt, placesPerMs } from '../../src/storage/sqlite/records/place.ts'
import { rollUps } from '../../src/storage/sqlite/records/roll-ups.ts'

const dayMs = 86_400_000
export const start = Date.UTC(2026, 9, 24)
export const end = start + 30 * dayMs

/** Name ids as ranges, so that SQL can compute them. */
const ids = {
  key: 1_000,
  path: 3_000,
  model: 4_000,
  target: 5_000,
  destination: 6_000,
  workload: 7_000,
  code: 8_000,
  tool: 9_000,
  mark: 10_000,
}

export interface LargeStore {
  database: Database
  records: number
  /** CPU, ms. */
  builtMs: number
}

export function largeStore(records: number, seed: number, path = ':memory:'): LargeStore {
  const began = process.cpuUsage()
  const database = openForWriting(path, newId)
  database.run('PRAGMA synchronous = OFF')
  database.run('PRAGMA cache_size = -200000')
  // indexes are created at the end from sorted data, which is many times faster
  const indexes = database
    .query<{ name: string; sql: string }, []>(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND name LIKE 'fact_of_%'",
    )
    .all()
  for (const { name } of indexes) database.run(`DROP INDEX ${name}`)
  database.run('DROP TABLE old_record')
  const step = Math.floor(((end - start) * placesPerMs) / records)
  /** A pseudo-random number from 0 to below `most`; intermediate values stay within 63 bits. */
  const draw = (salt: number, most: number) => {
    const mixed = `(((n + ${seed}) * 2654435761 + ${salt} * 1597334677) & 4294967295)`
    return `((${mixed} >> 9) * 40503 + (${mixed} & 511) * 31337) % 1000003 % ${most}`
  }
  const named = (from: number, many: number, text: string, isCounted = 1) =>
    database.run(
      `WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n < ${many - 1}) INSERT INTO name SELECT ${from} + n, ${text}, ${Math.floor(end / dayMs)}, ${isCounted} FROM c`,
    )
  database.transaction(() => {
    named(ids.key, 1_000, "'key-' || n")
    named(
      ids.path,
      51,
      "CASE n WHEN 50 THEN 'path:engineering' ELSE 'path:team-' || n || ' < engineering' END",
    )
    named(ids.model, 21, "'model-' || n")
    named(
      ids.target,
      20,
      "CASE n % 3 WHEN 0 THEN 'openai' WHEN 1 THEN 'azure' ELSE 'anthropic' END || '/model-' || n",
    )
    named(ids.destination, 3, "CASE n WHEN 0 THEN 'openai' WHEN 1 THEN 'azure' ELSE 'anthropic' END")
    named(ids.workload, 100, "'workload-' || n")
    named(
      ids.code,
      4,
      "CASE n WHEN 0 THEN 'upstream-error' WHEN 1 THEN 'rate-limited' WHEN 2 THEN 'policy-denied' ELSE 'upstream-cut' END",
    )
    named(
      ids.tool,
      4,
      "CASE n WHEN 0 THEN 'tool.call' WHEN 1 THEN 'failed' WHEN 2 THEN 'refused' ELSE 'agent.send' END",
    )
    named(ids.mark + 100, 20, "'tag:cost=r' || n", 0)
    named(ids.mark + 200, 2, "CASE n WHEN 0 THEN 'policy:inside' ELSE 'finding:pii' END", 0)
    database.run(`INSERT INTO path_team SELECT ${ids.mark + 300}, id FROM name WHERE text LIKE 'path:%'`)
    database.run(
      `INSERT INTO name VALUES (${ids.mark + 300}, 'engineering', ${Math.floor(end / dayMs)}, 1), (${ids.mark + 301}, 'team-7', ${Math.floor(end / dayMs)}, 1)`,
    )
    database.run(`INSERT INTO path_team VALUES (${ids.mark + 301}, ${ids.path + 7})`)

    // one in two calls is of the 100 busy keys; key 999 and model 20 have one in a hundred thousand
    database.run(`
      WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n < ${records - 1}),
      drawn AS (SELECT n, CASE WHEN n % 100000 = 777 THEN 999 WHEN (${draw(1, 2)}) = 0 THEN ${draw(2, 100)} ELSE ${draw(3, 999)} END AS k, ${draw(4, 20)} AS m, ${draw(5, 100)} AS luck FROM c)
      INSERT INTO fact (place, id, run, parent, kind, key, person, workload, team, model, target, destination, outcome, code, cost_nano)
      SELECT ${placeAt(start)} + n * ${step}, CAST(printf('id-%d', n) AS BLOB), ${placeAt(start)} + (n - n % 5) * ${step},
        CASE n % 5 WHEN 3 THEN CAST(printf('id-%d', n - 1) AS BLOB) END,
        CASE WHEN luck = 7 THEN ${ids.tool} WHEN n % 50000 = 3 THEN ${ids.tool + 3} ELSE 1 END, ${ids.key} + k, 0, ${ids.workload} + k % 100, ${ids.path} + k % 50,
        ${ids.model} + CASE n % 100000 WHEN 778 THEN 20 ELSE m END, ${ids.target} + m, ${ids.destination} + m % 3,
        CASE WHEN luck < 3 THEN ${ids.tool + 1} WHEN luck = 3 THEN ${ids.tool + 2} ELSE 2 END, CASE WHEN luck < 4 THEN ${ids.code} + luck ELSE 0 END, ${draw(6, 9_000_000)}
      FROM drawn`)
    database.run(
      `INSERT INTO body SELECT place, json_object('id', CAST(id AS TEXT), 'at', place / ${placesPerMs}, 'attempts', json_array(), 'resource', json_object('kind', 'model', 'name', 'model'), 'outcome', 'ok') FROM fact`,
    )
    for (const { sql } of indexes) database.run(sql)
    database.run(
      `INSERT INTO mark SELECT ${ids.mark + 100} + key % 20, place FROM fact UNION ALL SELECT ${ids.mark + 200} + place % 2, place FROM fact WHERE (place / ${step}) % 40 = 0 ORDER BY 1, 2`,
    )
    database.run(
      `INSERT INTO run SELECT run, 'run-' || ((run - ${placeAt(start)}) / ${step}), MIN(place) / ${placesPerMs} + 1577836800000, MAX(place) / ${placesPerMs} + 1577836800000, MIN(id),
         key, team, COUNT(*), SUM(outcome <> 2), 1000 * COUNT(*), 200 * COUNT(*), SUM(cost_nano), 0, MAX(outcome), 1 FROM fact GROUP BY run`,
    )
    for (const { table, grain, by } of rollUps) {
      const time = grain === 'hour' ? 3_600_000 : dayMs
      const columns = by.map((column) => (column === 'tag' ? `${ids.mark + 100} + key % 20` : column))
      database.run(
        `INSERT INTO ${table} SELECT (place / ${placesPerMs} + 1577836800000) / ${time} * ${time} AS at, ${columns.join(', ')}, COUNT(*), 1000 * COUNT(*), 200 * COUNT(*), 0, SUM(cost_nano), 0, 0
         FROM fact GROUP BY ${['at', ...columns].join(', ')}`,
      )
    }
    const histogram: Histogram = {}
    for (let value = 1; value < 60_000; value *= 1.3)
      for (const measure of ['total', 'firstToken', 'gate', 'speed'] as const)
        count(histogram, measure, value, 7)
    for (const [table, grain, ms] of [
      ['latency_hour', 'hour', 3_600_000],
      ['latency_day', 'day', dayMs],
    ] as const) {
      const insert = database.query<never, [number, number, number, Uint8Array]>(
        `INSERT INTO ${table} (${grain}, is_model, name, counts) VALUES (?, ?, ?, ?)`,
      )
      for (let at = start; at < end; at += ms)
        for (const isModel of [0, 1])
          for (let name = 0; name < 20; name += 1)
            insert.run(at, isModel, (isModel ? ids.model : ids.target) + name, encode(histogram))
    }
  })()
  const { user, system } = process.cpuUsage(began)
  return { database, records, builtMs: (user + system) / 1_000 }
}
