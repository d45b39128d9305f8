// The roll-ups of one batch, added up before they are written, because many records of a batch belong to the
// same cells.

import type { Database } from 'bun:sqlite'
import type { ExchangeRecord } from '../../../contract/record.ts'
import { type Amounts, addAmounts, mostPerCell, within } from './amounts.ts'
import { addTo, count, decodeInto, encode, type Histogram } from './histogram.ts'
import {
  addToRollUp,
  dayMs,
  grainMs,
  hourMs,
  type RolledDimension,
  type RollUp,
  rollUps,
} from './roll-ups.ts'

/** Name ids. `tags` has one cell for each tag, or one cell if there is none. */
export interface Cells extends Record<Exclude<RolledDimension, 'tag'>, number> {
  tags: readonly number[]
  /** False if the caller invented the model's name. Roll-ups leave it out. */
  isModelCounted: boolean
}

export interface Summed {
  record: ExchangeRecord
  /** The time in the record's id, ms since the epoch. */
  at: number
  cells: Cells
  amounts: Amounts
}

/** Records of a batch that belong to the same cells of every roll-up. A batch has few such groups. */
interface Group {
  cells: Cells
  /** The start of the hour, ms since the epoch. */
  hour: number
  amounts: Amounts
  latencies: Histogram
}

interface Cell {
  ids: readonly number[]
  amounts: Amounts
}

export class SumsWriter {
  readonly #rollUps
  readonly #latencies

  constructor(database: Database) {
    this.#rollUps = rollUps.map((rollUp) => ({
      rollUp,
      add: database.query<never, (number | bigint)[]>(addToRollUp(rollUp, mostPerCell)),
    }))
    this.#latencies = new LatencyWriter(database)
  }

  write(batch: readonly Summed[]): void {
    const groups = groupsOf(batch)
    for (const { rollUp, add } of this.#rollUps) {
      for (const { ids, amounts } of cellsOf(rollUp, groups)) {
        const { exchanges, input, output, cacheRead, cost, estimated, unpriced } = amounts
        add.run(
          ...ids,
          exchanges,
          within(input),
          within(output),
          within(cacheRead),
          within(cost),
          within(estimated),
          unpriced,
        )
      }
    }
    this.#latencies.write(groups)
  }
}

/** One histogram for each target or model, and hour or day. */
class LatencyWriter {
  readonly #hour
  readonly #day

  constructor(database: Database) {
    this.#hour = latencyTable(database, 'hour')
    this.#day = latencyTable(database, 'day')
  }

  write(groups: readonly Group[]): void {
    const sums = new Map<string, { isModel: number; name: number; hour: number; histogram: Histogram }>()
    for (const { cells, hour, latencies } of groups) {
      if (cells.target === 0) continue
      for (const isModel of [0, 1]) {
        const name = isModel === 0 ? cells.target : modelOf(cells)
        const row = `${isModel}:${hour}:${name}`
        let sum = sums.get(row)
        if (!sum) sums.set(row, (sum = { isModel, name, hour, histogram: {} }))
        addTo(sum.histogram, latencies)
      }
    }
    for (const { isModel, name, hour, histogram } of sums.values()) {
      this.#hour(hour, isModel, name, histogram)
      this.#day(Math.floor(hour / dayMs) * dayMs, isModel, name, histogram)
    }
  }
}

const modelOf = ({ model, isModelCounted }: Cells) => (isModelCounted ? model : 0)

function groupsOf(batch: readonly Summed[]): Group[] {
  const groups = new Map<string, Group>()
  for (const { record, at, cells, amounts } of batch) {
    const hour = Math.floor(at / hourMs) * hourMs
    const { key, person, workload, team, kind, target, outcome, code, tags } = cells
    const name = `${hour} ${key} ${person} ${workload} ${team} ${kind} ${modelOf(cells)} ${target} ${outcome} ${code} ${tags.join()}`
    let group = groups.get(name)
    if (group) addAmounts(group.amounts, amounts)
    else groups.set(name, (group = { cells, hour, amounts: { ...amounts }, latencies: {} }))
    if (target !== 0) measure(group.latencies, record)
  }
  return [...groups.values()]
}

function cellsOf(rollUp: RollUp, groups: readonly Group[]): Iterable<Cell> {
  const sums = new Map<string, Cell>()
  for (const { cells, hour, amounts } of groups) {
    const time = Math.floor(hour / grainMs[rollUp.grain]) * grainMs[rollUp.grain]
    if (rollUp.by[0] === 'tag')
      for (const tag of cells.tags) addToCell(sums, time, rollUp, cells, tag, amounts)
    else addToCell(sums, time, rollUp, cells, 0, amounts)
  }
  return sums.values()
}

function addToCell(
  sums: Map<string, Cell>,
  time: number,
  { by }: RollUp,
  cells: Cells,
  tag: number,
  amounts: Amounts,
): void {
  const ids = by.map((dimension) =>
    dimension === 'tag' ? tag : dimension === 'model' ? modelOf(cells) : cells[dimension],
  )
  const name = `${time} ${ids.join(' ')}`
  const cell = sums.get(name)
  if (cell) addAmounts(cell.amounts, amounts)
  else sums.set(name, { ids: [time, ...ids], amounts: { ...amounts } })
}

/** The duration of a failed call does not show how fast a target is. */
function measure(histogram: Histogram, { outcome, times, usage }: ExchangeRecord): void {
  count(histogram, 'gate', times.gateMs)
  if (outcome !== 'ok') return
  count(histogram, 'total', times.totalMs)
  if (times.firstTokenMs === undefined) return
  count(histogram, 'firstToken', times.firstTokenMs)
  const seconds = (times.totalMs - times.firstTokenMs) / 1_000
  if (usage?.outputTokens !== undefined && seconds > 0)
    count(histogram, 'speed', usage.outputTokens / seconds)
}

function latencyTable(database: Database, grain: 'hour' | 'day') {
  const table = `latency_${grain}`
  const find = database.query<{ counts: Uint8Array }, number[]>(
    `SELECT counts FROM ${table} WHERE is_model = ? AND ${grain} = ? AND name = ?`,
  )
  const put = database.query<never, [number, number, number, Uint8Array]>(
    `INSERT INTO ${table} (is_model, ${grain}, name, counts) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET counts = excluded.counts`,
  )
  return (time: number, isModel: number, name: number, more: Histogram) => {
    const before = find.get(isModel, time, name)
    const histogram: Histogram = {}
    if (before) decodeInto(histogram, before.counts)
    addTo(histogram, more)
    put.run(isModel, time, name, encode(histogram))
  }
}
