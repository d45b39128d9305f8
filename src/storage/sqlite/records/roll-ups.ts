// The roll-ups. Each is narrow and serves some queries with few rows. A single wide one per hour would have
// as many rows as there are records. Hours are kept for `hoursKeptMs`, days for `daysKeptMs`. A query uses
// the first roll-up of the list that has everything that it needs.

export type RolledDimension =
  | 'key'
  | 'person'
  | 'workload'
  | 'team'
  | 'kind'
  | 'model'
  | 'target'
  | 'outcome'
  | 'code'
  | 'tag'

export interface RollUp {
  table: string
  grain: 'hour' | 'day'
  by: readonly RolledDimension[]
}

export const rollUps: readonly RollUp[] = [
  { table: 'day_kind', grain: 'day', by: ['kind', 'outcome', 'code'] },
  { table: 'day_model', grain: 'day', by: ['model', 'target'] },
  { table: 'day_key', grain: 'day', by: ['key'] },
  { table: 'day_team', grain: 'day', by: ['team', 'model'] },
  { table: 'day_person', grain: 'day', by: ['person'] },
  { table: 'day_workload', grain: 'day', by: ['workload'] },
  { table: 'day_tag', grain: 'day', by: ['tag', 'model'] },
  { table: 'hour_kind', grain: 'hour', by: ['kind', 'outcome', 'code'] },
  { table: 'hour_model', grain: 'hour', by: ['model', 'target'] },
  { table: 'hour_team', grain: 'hour', by: ['team'] },
  { table: 'hour_key', grain: 'hour', by: ['key'] },
  {
    table: 'day_all',
    grain: 'day',
    by: ['key', 'person', 'workload', 'team', 'kind', 'model', 'target', 'outcome', 'code'],
  },
]

export const hourMs = 3_600_000
export const dayMs = 86_400_000
export const grainMs = { hour: hourMs, day: dayMs } as const

export const hoursKeptMs = 100 * dayMs
export const daysKeptMs = 1_100 * dayMs

/** The measures, in the order of the columns. */
export const sums = [
  'exchanges',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cost_nano',
  'estimated_nano',
  'unpriced',
] as const

/** @param most the maximum of one cell */
export function addToRollUp({ table, grain, by }: RollUp, most: bigint): string {
  const columns = [grain, ...by, ...sums]
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')}) ON CONFLICT DO UPDATE SET ${sums
    .map((sum) => `${sum} = MIN(${most}, ${sum} + excluded.${sum})`)
    .join(', ')}`
}
