// Reading what the drain wrote: records and runs page by page, usage and latencies from roll-ups. And how
// long records are kept.

import type { ExchangeRecord, Outcome } from './record.ts'

export interface Records {
  /** Newest first. Looks at a bounded number of records: `isPartial` says that it stopped there. */
  list(query: RecordQuery): Promise<RecordList>
  get(id: string): Promise<ExchangeRecord | undefined>
  /** Newest first, by the first call of each. */
  runs(query: RunQuery): Promise<RunList>
  run(name: string): Promise<RunSummary | undefined>
  usage(query: UsageQuery): Promise<UsageResult>
  latency(query: LatencyQuery): Promise<readonly LatencyRow[]>
  /** Absent: none are left over from an earlier build. */
  takeOver(): Promise<TakeOver | undefined>
}

/** What deletes records when they are old. Roll-ups and money never depend on records. */
export interface RecordRetention {
  /** One slice of the work, at most about 20 ms. `isDone`: nothing else is old enough. */
  retain(rule: RetentionRule): Promise<{ removed: number; isDone: boolean }>
}

export interface RetentionRule {
  /** ms; of records whose teams say nothing. */
  keepMs: number
  /** By team; the nearest one on a record's path decides. */
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
  /** Id of the exchange within which it was opened. */
  parent?: string
  /** `name=value` */
  tag?: string
  /** Name of a policy that applied. */
  policy?: string
  /** A label, or what it begins with before a slash: `pii`, `pii/email`. */
  finding?: string
  /** Nano-dollars. */
  costAtLeast?: bigint
}

export interface Page {
  /** ms since the epoch */
  from?: number
  to?: number
  limit: number
  /** `next` of the page before. */
  after?: string
}

export interface RecordQuery extends RecordFilter, Page {}

export interface ListEnd {
  /** Leads to what comes after, also where nothing was found on the way. */
  next?: string
  /** It stopped before it had looked at everything asked for. */
  isPartial?: true
  /** ms since the epoch: what is newer was looked at. */
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
  /** Its earliest exchange that lies within no other. */
  root: string
  /** Of the first call that was recorded. */
  key?: string
  team?: string
  calls: number
  /** Calls that did not end well. */
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

/** What usage can be narrowed to. A team includes those below it. */
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
  /** What is later than this is not there yet: a range that ends here may be taken to the end of its day. */
  now: number
}

export type UsageResult =
  | UsageReport
  /** No roll-up answers this question; the message says what one can ask. */
  | { kind: 'no-roll-up'; message: string }
  /** The answer would have more rows than `mostUsageRows`. */
  | { kind: 'too-many-rows' }

export const mostUsageRows = 20_000

export interface UsageReport {
  kind: 'usage'
  /** What was really counted: whole hours or days of UTC. */
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
  /** One of them; absent: all. */
  name?: string
  /** Absent: the whole time in one. */
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

/** Within a bucket of a quarter doubling: 9 % off at most. */
export interface Percentiles {
  count: number
  p50: number
  p95: number
  p99: number
}

/** Records of an earlier build are brought into today's tables, newest first, in slices. */
export interface TakeOver {
  left: number
  /** ms since the epoch: everything from here on is there. */
  completeFrom: number
}
