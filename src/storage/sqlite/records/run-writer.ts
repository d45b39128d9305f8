// The table of runs, one row for each, maintained with the records of each batch.

import type { Database } from 'bun:sqlite'
import type { ExchangeRecord } from '../../../contract/record.ts'
import { type Amounts, addAmounts, mostPerCell, noAmounts, within } from './amounts.ts'
import { clean } from './facts.ts'
import { bytesOfId } from './place.ts'

interface RunSum {
  /** Of its first record that came; the run is known by it from then on. */
  place: number
  first: number
  last: number
  root: string
  key: number
  team: number
  amounts: Amounts
  failed: bigint
  outcome: number
  depth: number
}

export interface Placed {
  record: ExchangeRecord
  place: number
  key: number
  team: number
  outcome: number
  amounts: Amounts
}

export function runWriter(database: Database) {
  const add = database
    .query<{ place: number }, (number | bigint | string | Uint8Array)[]>(
      `INSERT INTO run (place, name, first, last, root, key, team, calls, failed, input_tokens, output_tokens, cost_nano, unpriced, outcome, depth)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET
         root = CASE WHEN excluded.first < first THEN excluded.root ELSE root END, first = MIN(first, excluded.first),
         outcome = CASE WHEN excluded.last >= last THEN excluded.outcome ELSE outcome END, last = MAX(last, excluded.last),
         calls = calls + excluded.calls, failed = failed + excluded.failed, input_tokens = MIN(${mostPerCell}, input_tokens + excluded.input_tokens),
         output_tokens = MIN(${mostPerCell}, output_tokens + excluded.output_tokens), cost_nano = MIN(${mostPerCell}, cost_nano + excluded.cost_nano),
         unpriced = unpriced + excluded.unpriced, depth = MAX(depth, excluded.depth)
       RETURNING place`,
    )
    .safeIntegers(false)

  const isTaken = database.query<unknown, [number]>('SELECT 1 FROM run WHERE place = ?')
  const isKnown = database.query<unknown, [string]>('SELECT 1 FROM run WHERE name = ?')
  /** The first free place from there on. */
  function freeFrom(place: number): number {
    let free = place
    while (isTaken.get(free) !== null) free += 1
    return free
  }

  /** @param placeOf where a run of an earlier build belongs, whose newest call comes first */
  return function batch(placeOf?: (name: string) => number | undefined) {
    const runs = new Map<string, RunSum>()
    return {
      add({ record, place, key, team, outcome, amounts }: Placed): void {
        if (record.run === undefined) return
        const name = clean(record.run)
        const last = Math.ceil(record.at + record.times.totalMs)
        let run = runs.get(name)
        if (!run) {
          run = {
            place,
            first: record.at,
            last,
            root: record.id,
            key,
            team,
            amounts: noAmounts(),
            failed: 0n,
            outcome,
            depth: 0,
          }
          runs.set(name, run)
        }
        if (record.at < run.first) Object.assign(run, { first: record.at, root: record.id })
        if (last >= run.last) Object.assign(run, { last, outcome })
        addAmounts(run.amounts, amounts)
        if (record.outcome !== 'ok') run.failed += amounts.exchanges
        run.depth = Math.max(run.depth, record.depth ?? 0)
      },
      /** By its name: the place by which a run is known. */
      write(): ReadonlyMap<string, number> {
        const places = new Map<string, number>()
        for (const [name, { place, first, last, root, key, team, amounts, failed, outcome, depth }] of runs) {
          const { exchanges, input, output, cost, unpriced } = amounts
          const sums = [exchanges, failed, within(input), within(output), within(cost), unpriced]
          const old = placeOf && isKnown.get(name) === null ? placeOf(name) : undefined
          const row = add.get(
            old === undefined ? place : freeFrom(old),
            name,
            Math.floor(first),
            last,
            bytesOfId(root),
            key,
            team,
            ...sums,
            outcome,
            depth,
          )
          if (row) places.set(name, row.place)
        }
        return places
      },
    }
  }
}
