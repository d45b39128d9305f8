// Reads the store: records and runs in pages, usage and latencies from roll-ups. Also removes old records.

import type { ExchangeRecord, Outcome } from './record.ts'

export interface Records {
  /** Newest first. Looks at a bounded number of records. `isPartial`: it stopped before the end. */
  list(query: RecordQuery): Promise<RecordList>
  get(id: string): Promise<ExchangeRecord | undefined>
  /** Newest first, by the first call of each run. */
  runs(query: RunQuery): Promise<RunList>
  run(name: string): Promise<RunSummary | undefined>
  usage(query: UsageQuery): Promise<UsageResult>
  latency(query: LatencyQuery): Promise<readonly LatencyRow[]>
  /** undefined: no records of an earlier build are left. */
  takeOver(): Promise<TakeOver | undefined>
}

/** Deletes old records. Roll-ups and money never depend on records. */
export interface RecordRetention {
  /** Does one slice of the work, at most about 20 ms. `isDone`: no other record is old enough. */
  retain(rule: RetentionRule): Promise<{ removed: number; isDone: boolean }>
}

export interface RetentionRule {
  /** ms, for records whose teams do not set it. */
  keepMs: number
  /** By team. The nearest team on a record's path decides. */
  teams: Readonly<Record<string, number>>
}

export interface RecordFilter {
  key?: string
  /** Teams below it are included, by the path on the record. */
  team?: string
  person?: string
  workload?: string
  kind?: string
  /** The resource as the caller named it. */
  model?: string
  target?: string
  destination?: string
  outcome?: string
  code?: string
  run?: string
  /** Id of the exchange that it is part of. */
  parent?: string
  /** `name=value` */
  tag?: string
  /** Name of a policy that applied. */
  policy?: string
  /** A label, or its part before a slash: `pii`, `pii/email`. */
  finding?: string
  /** Nano-dollars. */
  costAtLeast?: bigint
}

export interface Page {
  /** ms since the epoch */
  from?: number
  to?: number
  limit: number
  /** `next` of the previous page. */
  after?: string
}

export interface RecordQuery extends RecordFilter, Page {}

export interface ListEnd {
  /** The position of the next page, also if this page is empty. */
  next?: string
  /** It stopped before it had looked at everything. */
  isPartial?: true
  /** ms since the epoch. It looked at everything newer. */
  scannedTo?: number
}

export interface RecordList extends ListEnd {
  records: readonly ExchangeRecord[]
}

export interface RunQuery extends Page {
  key?: string
  team?: string
  outcome?: string
  callsAtLeast?: number
  costAtLeast?: bigint
}

export interface RunList extends ListEnd {
  runs: readonly RunSummary[]
}

export interface RunSummary {
  /** As on its records. */
  name: string
  /** ms since the epoch: when its first call opened and its last one ended. */
  firstAt: number
  lastAt: number
  /** Its earliest exchange that is not part of another one. */
  root: string
  /** Of the first call that was recorded. */
  key?: string
  team?: string
  calls: number
  /** Calls that failed, were refused, canceled or cut. */
  failed: number
  inputTokens: bigint
  outputTokens: bigint
  costNano: bigint
  /** Calls that reached a target without a known price. */
  unpriced: number
  /** Of the call that ended last. */
  outcome: Outcome
  /** Of its deepest call. */
  depth: number
}

export const usageDimensions = [
  'hour',
  'day',
  'kind',
  'model',
  'target',
  'destination',
  'team',
  'key',
  'person',
  'workload',
  'tag',
  'outcome',
  'code',
] as const
export type UsageDimension = (typeof usageDimensions)[number]

/** Filters of usage. A team includes the teams below it. */
export type UsageFilter =
  | 'key'
  | 'team'
  | 'person'
  | 'workload'
  | 'kind'
  | 'model'
  | 'target'
  | 'destination'
  | 'outcome'
  | 'code'
  | 'tag'

export interface UsageQuery extends Partial<Record<UsageFilter, string>> {
  from: number
  to: number
  by: readonly UsageDimension[]
  /** The current time. A range that ends here may be extended to the end of its day. */
  now: number
}

export type UsageResult =
  | UsageReport
  /** No roll-up has these dimensions. The message names the possible ones. */
  | { kind: 'no-roll-up'; message: string }
  /** The report would have more rows than `mostUsageRows`. */
  | { kind: 'too-many-rows' }

export const mostUsageRows = 20_000

export interface UsageReport {
  kind: 'usage'
  /** The range that was counted: whole hours or days in UTC. */
  from: number
  to: number
  rows: readonly UsageRow[]
}

export interface UsageRow {
  group: Readonly<Partial<Record<UsageDimension, string>>>
  exchanges: number
  inputTokens: bigint
  outputTokens: bigint
  cacheReadTokens: bigint
  costNano: bigint
  /** The part of the cost that was estimated, or charged at a bound. */
  estimatedNano: bigint
  /** Exchanges that reached a target without a known price. */
  unpriced: number
}

/** Milliseconds; `speed` is tokens of output per second after the first one. */
export const latencyMeasures = ['total', 'firstToken', 'gate', 'speed'] as const
export type LatencyMeasure = (typeof latencyMeasures)[number]

export interface LatencyQuery {
  from: number
  to: number
  of: 'target' | 'model'
  /** Absent: all. */
  name?: string
  /** Absent: one row for the whole range. */
  bucket?: 'hour' | 'day'
  isByName: boolean
  now: number
}

export interface LatencyRow {
  /** ms since the epoch: start of the bucket. */
  at?: number
  name?: string
  /** Absent: nothing was measured. */
  measures: Readonly<Partial<Record<LatencyMeasure, Percentiles>>>
}

/** From histograms with four buckets per doubling: at most 9 % off. */
export interface Percentiles {
  count: number
  p50: number
  p95: number
  p99: number
}

/** Progress of moving records of an earlier build into today's tables, newest first. */
export interface TakeOver {
  left: number
  /** ms since the epoch. All later records have been moved. */
  completeFrom: number
}
