// Writes records and their roll-ups: per hour × model, team, key, outcome, target. Only a record that was not there before is added to a sum.

import type { Database } from 'bun:sqlite'
import type { ExchangeRecord } from '../../contract/record.ts'
import type { Usage } from '../../contract/usage.ts'
import { timeOfId } from '../../kit/id.ts'

export interface RecordWriter {
  /** Inside a transaction. Answers those that are new. @throws when a value cannot be stored */
  insert(records: readonly ExchangeRecord[]): ExchangeRecord[]
}

interface Sum {
  names: readonly [hour: number, model: string, team: string, key: string, outcome: string, target: string]
  exchanges: bigint
  input: bigint
  output: bigint
  cacheRead: bigint
  cost: bigint
  unpriced: bigint
}

/** What one row of a roll-up holds at most, so that sums of a hundred such rows still fit 64 bits: 72 million dollars, 7·10^16 tokens. */
const most = 2n ** 56n
const within = (amount: bigint) => (amount < most ? amount : most)

export function recordWriter(database: Database): RecordWriter {
  const insert = database.query<never, [string, string | null, string | null, string, string, string | null, string]>(
    'INSERT INTO record (id, key, team, model, outcome, run, body) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  )
  const add = database.query<never, [...Sum['names'], bigint, bigint, bigint, bigint, bigint, bigint]>(
    `INSERT INTO usage (hour, model, team, key, outcome, target, exchanges, input_tokens, output_tokens, cache_read_tokens, cost_nano, unpriced)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET exchanges = exchanges + excluded.exchanges, input_tokens = MIN(${most}, input_tokens + excluded.input_tokens),
       output_tokens = MIN(${most}, output_tokens + excluded.output_tokens), cache_read_tokens = MIN(${most}, cache_read_tokens + excluded.cache_read_tokens),
       cost_nano = MIN(${most}, cost_nano + excluded.cost_nano), unpriced = unpriced + excluded.unpriced`,
  )
  return {
    insert(records) {
      const sums = new Map<string, Sum>()
      const inserted = records.filter((record) => {
        const [key, team, run] = [optional(record.key), optional(record.team), optional(record.run)]
        const [model, outcome] = [clean(record.resource.name), clean(record.outcome)]
        if (insert.run(record.id, key, team, model, outcome, run, bodyOf(record)).changes === 0) return false
        const names = [hourOf(record), model, team ?? '', key ?? '', outcome, clean(targetOf(record))] as const
        addTo(sums, names, record)
        return true
      })
      for (const sum of sums.values()) {
        add.run(...sum.names, sum.exchanges, within(sum.input), within(sum.output), within(sum.cacheRead), within(sum.cost), sum.unpriced)
      }
      return inserted
    },
  }
}

function addTo(sums: Map<string, Sum>, names: Sum['names'], record: ExchangeRecord) {
  const name = names.join('\0')
  let sum = sums.get(name)
  if (!sum) sums.set(name, (sum = { names, exchanges: 0n, input: 0n, output: 0n, cacheRead: 0n, cost: 0n, unpriced: 0n }))
  sum.exchanges += BigInt(record.repeats ?? 1)
  for (const usage of usagesOf(record)) {
    sum.input += BigInt(usage.inputTokens ?? 0)
    sum.output += BigInt(usage.outputTokens ?? 0)
    sum.cacheRead += BigInt(usage.cacheReadTokens ?? 0)
  }
  if (record.costNano !== undefined) sum.cost += BigInt(record.costNano)
  else if (record.attempts.some((attempt) => attempt.outcome !== 'not-sent')) sum.unpriced += 1n
}

/** What all attempts used; a record without details of its attempts tells its own. */
function usagesOf({ attempts, usage }: ExchangeRecord): readonly Usage[] {
  const told = attempts.flatMap((attempt) => attempt.usage ?? [])
  return told.length > 0 ? told : usage ? [usage] : []
}

const targetOf = (record: ExchangeRecord) => record.target ?? record.attempts.at(-1)?.target ?? ''

const hourMs = 3_600_000

/** From the id, so that the hour of a record never depends on a clock that was set. */
function hourOf(record: ExchangeRecord): number {
  const at = uuidVersion7.test(record.id) ? timeOfId(record.id) : record.at
  return Math.floor(at / hourMs) * hourMs
}

const uuidVersion7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** U+0000 ends a text for SQLite's own functions, and Postgres takes it nowhere. */
const clean = (text: string) => (text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text)

const optional = (text: string | undefined) => (text === undefined ? null : clean(text))

function bodyOf(record: ExchangeRecord): string {
  const body = JSON.stringify(record)
  return body.includes('\\u0000') ? JSON.stringify(record, (_name, value) => (typeof value === 'string' ? clean(value) : value)) : body
}
