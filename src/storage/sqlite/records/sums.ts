// The roll-ups of one batch, added up before they are written: many records of a batch fall into the same cells.

import type { Database } from 'bun:sqlite'
import type { ExchangeRecord } from '../../../contract/record.ts'
import { type Amounts, addAmounts, mostPerCell, within } from './amounts.ts'
import { addTo, count, decodeInto, encode, type Histogram } from './histogram.ts'
import { addToRollUp, dayMs, grainMs, hourMs, type RolledDimension, type RollUp, rollUps } from './roll-ups.ts'

/** Ids of names; `tags` has one cell for each, or one for none. */
export interface Cells extends Record<Exclude<RolledDimension, 'tag'>, number> {
  tags: readonly number[]
}

interface Cell {
  names: readonly number[]
  amounts: Amounts
}

export function sumsWriter(database: Database) {
  const adding = rollUps.map((rollUp) => ({ rollUp, run: database.query<never, (number | bigint)[]>(addToRollUp(rollUp, mostPerCell)) }))
  const latency = { hour: latencyOf(database, 'hour'), day: latencyOf(database, 'day') }

  return function batch() {
    const cells = adding.map(({ rollUp, run }) => ({ rollUp, run, of: new Map<string, Cell>() }))
    const histograms = new Map<string, { isModel: number; name: number; hour: number; histogram: Histogram }>()
    return {
      /** @param at ms since the epoch, by the id of the record */
      add(record: ExchangeRecord, at: number, names: Cells, amounts: Amounts): void {
        for (const { rollUp, of } of cells) {
          const time = Math.floor(at / grainMs[rollUp.grain]) * grainMs[rollUp.grain]
          if (rollUp.by[0] === 'tag') for (const tag of names.tags) addToCell(of, time, rollUp, names, tag, amounts)
          else addToCell(of, time, rollUp, names, 0, amounts)
        }
        const hour = Math.floor(at / hourMs) * hourMs
        if (names.target === 0) return
        for (const isModel of [0, 1]) {
          const name = isModel === 1 ? names.model : names.target
          const at = `${isModel}:${hour}:${name}`
          let known = histograms.get(at)
          if (!known) histograms.set(at, (known = { isModel, name, hour, histogram: {} }))
          measure(known.histogram, record)
        }
      },
      write(): void {
        for (const { run, of } of cells) {
          for (const { names, amounts } of of.values()) {
            const { exchanges, input, output, cacheRead, cost, estimated, unpriced } = amounts
            run.run(...names, exchanges, within(input), within(output), within(cacheRead), within(cost), within(estimated), unpriced)
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

function addToCell(cells: Map<string, Cell>, time: number, { by }: RollUp, names: Cells, tag: number, amounts: Amounts): void {
  let name = String(time)
  for (const dimension of by) name += ` ${dimension === 'tag' ? tag : names[dimension]}`
  const cell = cells.get(name)
  if (cell) addAmounts(cell.amounts, amounts)
  else cells.set(name, { names: [time, ...by.map((dimension) => (dimension === 'tag' ? tag : names[dimension]))], amounts: { ...amounts } })
}

/** A call that failed says little about how fast a target is. */
function measure(histogram: Histogram, { outcome, times, usage }: ExchangeRecord): void {
  count(histogram, 'gate', times.gateMs)
  if (outcome !== 'ok') return
  count(histogram, 'total', times.totalMs)
  if (times.firstTokenMs === undefined) return
  count(histogram, 'firstToken', times.firstTokenMs)
  const seconds = (times.totalMs - times.firstTokenMs) / 1_000
  if (usage?.outputTokens !== undefined && seconds > 0) count(histogram, 'speed', usage.outputTokens / seconds)
}

function latencyOf(database: Database, grain: 'hour' | 'day') {
  const table = `latency_${grain}`
  const find = database.query<{ counts: Uint8Array }, number[]>(`SELECT counts FROM ${table} WHERE is_model = ? AND ${grain} = ? AND name = ?`)
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
