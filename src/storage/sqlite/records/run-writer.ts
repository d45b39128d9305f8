// The table of runs, maintained with the records of each batch. Most runs are one call that named no run. Such
// a *lone* call has no row, because its record has everything that a row would have. The row is created when a
// second call joins.

import type { Database } from 'bun:sqlite'
import type { ExchangeRecord } from '../../../contract/record.ts'
import { type Amounts, addAmounts, amountsOf, mostPerCell, noAmounts, within } from './amounts.ts'
import { clean } from './facts.ts'
import { LoneCalls, loneRun, ownerOfRun } from './lone-calls.ts'
import { bytesOfId } from './place.ts'

interface RunSum {
  /** The place of its first record, which identifies the run from then on. */
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

/** The place of a run of an earlier build, whose newest call is read first. */
export type PlaceOfRun = (name: string) => number | undefined

export class RunWriter {
  readonly #add
  readonly #isTaken
  readonly #isKnown
  readonly #known
  readonly #join
  readonly #lone

  constructor(database: Database) {
    this.#add = database
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
    this.#isTaken = database.query<unknown, [number]>('SELECT 1 FROM run WHERE place = ?')
    this.#isKnown = database.query<unknown, [string]>('SELECT 1 FROM run WHERE name = ?')
    this.#known = database.query<{ name: string }, [string]>(
      'SELECT name FROM run WHERE name IN (SELECT value FROM json_each(?))',
    )
    this.#join = database.query<never, [number, number]>('UPDATE fact SET run = ? WHERE place = ?')
    this.#lone = new LoneCalls(database)
  }

  /**
   * The value of `fact.run` for each record: the place of its run, `loneRun`, or 0 for a record without a
   * run.
   */
  write(batch: readonly Placed[], placeOfRun?: PlaceOfRun): number[] {
    const names = batch.map(({ record }) => (record.run === undefined ? undefined : clean(record.run)))
    const alone = this.#loneOf(batch, names)
    const sums = new Map<string, RunSum>()
    for (const [index, placed] of batch.entries()) {
      const name = names[index]
      if (name === undefined || alone.has(name)) continue
      let sum = sums.get(name)
      if (!sum) sums.set(name, (sum = this.#begin(name, placed)))
      addTo(sum, placed)
    }
    const places = new Map<string, number>()
    for (const [name, sum] of sums) places.set(name, this.#save(name, sum, placeOfRun))
    return names.map((name) => (name === undefined ? 0 : alone.has(name) ? loneRun : (places.get(name) ?? 0)))
  }

  /** The lone calls of this batch. */
  #loneOf(batch: readonly Placed[], names: readonly (string | undefined)[]): ReadonlySet<string> {
    const alone = new Set<string>()
    const joined = new Set<string>()
    for (const [index, { record }] of batch.entries()) {
      const name = names[index]
      if (name === undefined) continue
      if (ownerOfRun(name) === record.id && !alone.has(name)) alone.add(name)
      else joined.add(name)
    }
    for (const name of joined) alone.delete(name)
    if (alone.size > 0) for (const { name } of this.#known.all(JSON.stringify([...alone]))) alone.delete(name)
    return alone
  }

  /** Starts a run with the lone call of that name, if there is one. */
  #begin(name: string, { record, place, key, team, outcome }: Placed): RunSum {
    const lone = this.#isKnown.get(name) === null ? this.#lone.find(name) : undefined
    if (!lone) return beginSum(record, place, key, team, outcome)
    const sum = beginSum(lone.record, lone.place, lone.key, lone.team, lone.outcome)
    addTo(sum, { ...lone, amounts: amountsOf(lone.record) })
    this.#join.run(lone.place, lone.place)
    return sum
  }

  #save(name: string, sum: RunSum, placeOfRun: PlaceOfRun | undefined): number {
    const { place, first, last, root, key, team, amounts, failed, outcome, depth } = sum
    const { exchanges, input, output, cost, unpriced } = amounts
    const sums = [exchanges, failed, within(input), within(output), within(cost), unpriced]
    const old = placeOfRun && this.#isKnown.get(name) === null ? placeOfRun(name) : undefined
    const row = this.#add.get(
      old === undefined ? place : this.#freeFrom(old),
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
    if (!row) throw new Error('the embedded store returned no row for an insert')
    return row.place
  }

  /** The first free place from there on. */
  #freeFrom(place: number): number {
    let free = place
    while (this.#isTaken.get(free) !== null) free += 1
    return free
  }
}

const endOf = ({ at, times }: ExchangeRecord) => Math.ceil(at + times.totalMs)

const beginSum = (
  record: ExchangeRecord,
  place: number,
  key: number,
  team: number,
  outcome: number,
): RunSum => ({
  place,
  first: record.at,
  last: endOf(record),
  root: record.id,
  key,
  team,
  amounts: noAmounts(),
  failed: 0n,
  outcome,
  depth: 0,
})

function addTo(sum: RunSum, { record, outcome, amounts }: Omit<Placed, 'place' | 'key' | 'team'>): void {
  const last = endOf(record)
  if (record.at < sum.first) Object.assign(sum, { first: record.at, root: record.id })
  if (last >= sum.last) Object.assign(sum, { last, outcome })
  addAmounts(sum.amounts, amounts)
  if (record.outcome !== 'ok') sum.failed += amounts.exchanges
  sum.depth = Math.max(sum.depth, record.depth ?? 0)
}
