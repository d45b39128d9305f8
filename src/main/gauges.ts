// Gauges that are read at each request for /metrics.

import type { Admission } from '../gateway/admit/index.ts'
import { connectionKinds } from '../contract/connection.ts'
import { type Metrics, targetLabel } from '../gateway/metrics.ts'
import type { Recorder } from '../gateway/record/index.ts'
import type { Health } from '../gateway/route/index.ts'
import type { Connections } from '../gateway/connections.ts'
import type { RunningCalls } from '../gateway/running.ts'

/** The parts that gauges read. */
export interface GaugeSources {
  runningCalls: Pick<RunningCalls, 'count'>
  connections: Pick<Connections, 'count'>
  recorder: { journal: { stats(): Pick<JournalStats, 'queuedBytes' | 'unsyncedBytes' | 'segment'> } }
  admission: { status(): Pick<ReturnType<Admission['status']>, 'buckets' | 'isStoreDown'> }
  health: Pick<Health, 'report'>
  /** Does the configuration name this target? */
  isConfigured(target: string): boolean
}

type JournalStats = ReturnType<Recorder['journal']['stats']>

type TargetReport = ReturnType<Health['report']>[number]

export function registerGauges(
  metrics: Metrics,
  { runningCalls, connections, recorder, admission, health, isConfigured }: GaugeSources,
): void {
  const one = (value: number) => [{ value }]
  metrics.gauge('gatehouse_exchanges_in_flight', 'Running calls.', () => one(runningCalls.count()))
  metrics.gauge(
    'gatehouse_connections',
    'Connections that clients keep open between calls: sockets, sessions, listening streams.',
    () => connectionKinds.map((kind) => ({ labels: { kind }, value: connections.count(kind) })),
  )
  metrics.gauge('gatehouse_journal_queued_bytes', 'Bytes of journal entries that are not written yet.', () =>
    one(recorder.journal.stats().queuedBytes),
  )
  metrics.gauge(
    'gatehouse_journal_unsynced_bytes',
    'Bytes of journal entries that a power failure would lose.',
    () => one(recorder.journal.stats().unsyncedBytes),
  )
  metrics.gauge('gatehouse_journal_segment', 'Number of the current journal segment.', () =>
    one(recorder.journal.stats().segment),
  )
  metrics.gauge('gatehouse_buckets', 'Budgets in use on this node.', () => one(admission.status().buckets))
  metrics.gauge('gatehouse_store_down', '1 if the store does not respond.', () =>
    one(admission.status().isStoreDown ? 1 : 0),
  )
  const perTarget =
    (valueOf: (row: TargetReport) => number, join: (one: number, other: number) => number) => () => {
      const values = new Map<string, number>()
      for (const row of health.report()) {
        const label = targetLabel(row.target, isConfigured)
        values.set(label, join(values.get(label) ?? 0, valueOf(row)))
      }
      return [...values].map(([target, value]) => ({ labels: { target }, value }))
    }
  metrics.gauge(
    'gatehouse_target_in_flight',
    'Running calls at a target.',
    perTarget(
      ({ inFlight }) => inFlight,
      (one, other) => one + other,
    ),
  )
  metrics.gauge(
    'gatehouse_target_open',
    '1 if the breaker of a target is open, 0.5 if it is half-open.',
    perTarget(openness, Math.max),
  )
}

const openness = ({ state }: TargetReport) => (state === 'open' ? 1 : state === 'half-open' ? 0.5 : 0)
