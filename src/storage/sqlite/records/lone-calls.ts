// Lone calls: exchanges that named no run and that no other call has joined. Their run has the name
// `key:run_<id>`, so that it is found without an index of names.

import type { Database } from 'bun:sqlite'
import type { ExchangeRecord } from '../../../contract/record.ts'
import type { RunSummary } from '../../../contract/records.ts'
import { amountsOf, within } from './amounts.ts'
import { BodyReader } from './bodies.ts'
import { clean } from './facts.ts'
import { bytesOfId, placeOfId, placesPerMs } from './place.ts'

/** The value of `fact.run` for a lone call. */
export const loneRun = -1

export interface LoneCall {
  record: ExchangeRecord
  place: number
  key: number
  team: number
  outcome: number
}

interface LoneRow {
  place: number
  address: number
  key: number
  team: number
  outcome: number
}

export class LoneCalls {
  readonly #find
  readonly #bodies

  constructor(database: Database) {
    this.#bodies = new BodyReader(database)
    this.#find = database
      .query<LoneRow, [number, number, Uint8Array]>(
        `SELECT place, address, key, team, outcome FROM fact WHERE place >= ? AND place < ? AND id = ? AND run = ${loneRun}`,
      )
      .safeIntegers(false)
  }

  /** @param name the name of its run */
  find(name: string): LoneCall | undefined {
    const id = ownerOfRun(name)
    if (id === undefined) return undefined
    const own = placeOfId(id)
    const begin = own - (own % placesPerMs)
    const row = this.#find.get(begin, begin + placesPerMs, bytesOfId(id))
    const body = row && this.#bodies.read(row)
    if (!body) return undefined
    const { place, key, team, outcome } = row
    const record = parseBody(body)
    return record.run !== undefined && clean(record.run) === name
      ? { record, place, key, team, outcome }
      : undefined
  }
}

/** The exchange in a run's name; undefined if the caller named the run. */
export function ownerOfRun(name: string): string | undefined {
  const begin = name.length - idLength
  return name.startsWith('run_', begin - 4) && name[begin - 5] === ':' ? name.slice(begin) : undefined
}
const idLength = '00000000-0000-7000-8000-000000000000'.length

/** Skips validation, because the record writer wrote the body. */
export const parseBody = (body: string): ExchangeRecord => JSON.parse(body)

/** Equal to the result for a row of `run`. */
export function summarizeLone(record: ExchangeRecord, key?: string, team?: string): RunSummary {
  const { exchanges, input, output, cost, unpriced } = amountsOf(record)
  return {
    name: record.run ?? '',
    firstAt: Math.floor(record.at),
    lastAt: Math.ceil(record.at + record.times.totalMs),
    root: record.id,
    ...(key === undefined ? {} : { key }),
    ...(team === undefined ? {} : { team }),
    calls: Number(exchanges),
    failed: record.outcome === 'ok' ? 0 : Number(exchanges),
    inputTokens: within(input),
    outputTokens: within(output),
    costNano: within(cost),
    unpriced: Number(unpriced),
    outcome: record.outcome,
    depth: record.depth ?? 0,
  }
}
