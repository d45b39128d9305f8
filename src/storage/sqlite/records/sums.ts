// The roll-ups of one batch, added up before they are written: many records of a batch fall into the same
// cells.

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

/** Ids of names; `tags` has one cell for each, or one for none. */
export interface Cells extends Record<Exclude<RolledDimension, 'tag'>, number> {
  tags: readonly number[]
}

/** Records of a batch that fall into the same cells of every roll-up: most of a batch are few such groups. */
interface Group {
  names: Cells
  /** Begin of the hour, ms since the epoch. */
  hour: number
  amounts: Amounts
}

interface Cell {
  names: readonly number[]
  amounts: Amounts
}

export function sumsWriter(database: Database) {
  const adding = rollUps.map((rollUp) => ({
    rollUp,
    run: database.query<never, (number | bigint)[]>(addToRollUp(rollUp, mostPerCell)),
  }))
  const latency = { hour: latencyOf(database, 'hour'), day: latencyOf(database, 'day') }

  return function batch() {
    const groups = new Map<string, Group>()
    const histograms = new Map<
      string,
      { isModel: number; name: number; hour: number; histogram: Histogram }
    >()
    return {
      /** @param at ms since the epoch, by the id of the record */
      add(record: ExchangeRecord, at: number, names: Cells, amounts: Amounts): void {
        const hour = Math.floor(at / hourMs) * hourMs
        const { key, person, workload, team, kind, model, target, outcome, code, tags } = names
        const name = `${hour} ${key} ${person} ${workload} ${team} ${kind} ${model} ${target} ${outcome} ${code} ${tags.join()}`
        const group = groups.get(name)
        if (group) addAmounts(group.amounts, amounts)
        else groups.set(name, { names, hour, amounts: { ...amounts } })
        if (target === 0) return
        for (const isModel of [0, 1]) {
          const timed = isModel === 1 ? model : target
          const at = `${isModel}:${hour}:${timed}`
          let known = histograms.get(at)
          if (!known) histograms.set(at, (known = { isModel, name: timed, hour, histogram: {} }))
          measure(known.histogram, record)
        }
      },
      write(): void {
        for (const { rollUp, run } of adding) {
          for (const { names, amounts } of cellsOf(rollUp, groups.values())) {
            const { exchanges, input, output, cacheRead, cost, estimated, unpriced } = amounts
            run.run(
              ...names,
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
        for (const { isModel, name, hour, histogram } of histograms.values()) {
          latency.hour(hour, isModel, name, histogram)
          latency.day(Math.floor(hour / dayMs) * dayMs, isModel, name, histogram)
        }
      },
    }
  }
}

function cellsOf(rollUp: RollUp, groups: Iterable<Group>): Iterable<Cell> {
  const cells = new Map<string, Cell>()
  for (const { names, hour, amounts } of groups) {
    const time = Math.floor(hour / grainMs[rollUp.grain]) * grainMs[rollUp.grain]
    if (rollUp.by[0] === 'tag')
      for (const tag of names.tags) addToCell(cells, time, rollUp, names, tag, amounts)
    else addToCell(cells, time, rollUp, names, 0, amounts)
  }
  return cells.values()
}

function addToCell(
  cells: Map<string, Cell>,
  time: number,
  { by }: RollUp,
  names: Cells,
  tag: number,
  amounts: Amounts,
): void {
  const ids = by.map((dimension) => (dimension === 'tag' ? tag : names[dimension]))
  const name = `${time} ${ids.join(' ')}`
  const cell = cells.get(name)
  if (cell) addAmounts(cell.amounts, amounts)
  else cells.set(name, { names: [time, ...ids], amounts: { ...amounts } })
}

/** A call that failed says little about how fast a target is. */
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

function latencyOf(database: Database, grain: 'hour' | 'day') {
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
