// Percentiles of latencies, from the histograms of hours or days.

import type { Database } from 'bun:sqlite'
import { latencyMeasures, type LatencyQuery, type LatencyRow } from '../../../contract/records.ts'
import { nameFinder } from './find-name.ts'
import { decodeInto, type Histogram, percentiles } from './histogram.ts'
import { dayMs, grainMs, hoursKeptMs } from './roll-ups.ts'

/** Longer ranges use the histograms of days. */
const mostHours = 8 * dayMs

export function readLatency(database: Database) {
  const names = nameFinder(database)
  return (query: LatencyQuery): LatencyRow[] => {
    const { from, to, of, bucket, now } = query
    const isHourly =
      bucket === 'hour' || (bucket === undefined && to - from <= mostHours && from > now - hoursKeptMs)
    const grain = isHourly ? 'hour' : 'day'
    const ms = grainMs[grain]
    const name = query.name === undefined ? undefined : names.idOf(query.name)
    if (query.name !== undefined && name === undefined) return []
    const rows = database
      .query<{ time: number; name: number; counts: Uint8Array }, number[]>(
        latencySql(grain, name !== undefined),
      )
      .safeIntegers(false)
      .iterate(
        of === 'model' ? 1 : 0,
        Math.floor(from / ms) * ms,
        Math.ceil(to / ms) * ms,
        ...(name === undefined ? [] : [name]),
      )
    const groups = new Map<string, { at?: number; name?: number; histogram: Histogram }>()
    for (const row of rows) {
      const at = bucket === undefined ? undefined : Math.floor(row.time / grainMs[bucket]) * grainMs[bucket]
      const group = `${at ?? ''} ${query.isByName ? row.name : ''}`
      let known = groups.get(group)
      if (!known) {
        known = {
          histogram: {},
          ...(at === undefined ? {} : { at }),
          ...(query.isByName ? { name: row.name } : {}),
        }
        groups.set(group, known)
      }
      decodeInto(known.histogram, row.counts)
    }
    return [...groups.values()].map(({ at, name: id, histogram }) => {
      const text = id === undefined ? undefined : names.textOf(id)
      return {
        ...(at === undefined ? {} : { at }),
        ...(text === undefined ? {} : { name: text }),
        measures: measured(histogram),
      }
    })
  }
}

/** The SQL of a query, for the statement and for the test of its plan. */
export const latencySql = (grain: 'hour' | 'day', isOne: boolean): string =>
  `SELECT ${grain} AS time, name, counts FROM latency_${grain} WHERE is_model = ? AND ${grain} >= ? AND ${grain} < ? ${isOne ? 'AND name = ? ' : ''}ORDER BY ${grain}, name`

function measured(histogram: Histogram): LatencyRow['measures'] {
  const measures: { -readonly [Name in keyof LatencyRow['measures']]: LatencyRow['measures'][Name] } = {}
  for (const measure of latencyMeasures) {
    const counts = histogram[measure]
    if (counts) measures[measure] = percentiles(counts)
  }
  return measures
}
