// Deletes old records: every hour, in slices, with a pause after each slice, so that grants do not wait for it.

import type { RecordRetention, RetentionRule } from '../contract/records.ts'
import type { Snapshot } from '../contract/snapshot.ts'
import type { Clock, Timer } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'

const everyMs = 3_600_000
const firstMs = 60_000
const pauseMs = 50
const retryMs = 60_000
const defaultKeepMs = 90 * 24 * 3_600_000

export interface RetentionOptions {
  retention: RecordRetention
  snapshot(): Snapshot
  clock: Clock
  log: Log
}

export function startRetention({ retention, snapshot, clock, log }: RetentionOptions): { stop(): void } {
  let isStopped = false
  let timer: Timer = clock.after(firstMs, round)

  function round(): void {
    void slice().then((waitMs) => {
      if (!isStopped) timer = clock.after(waitMs, round)
    })
  }

  /** @returns the wait before the next slice */
  async function slice(): Promise<number> {
    try {
      const { isDone } = await retention.retain(retentionRule(snapshot()))
      return isDone ? everyMs : pauseMs
    } catch (thrown) {
      if (!isStopped) log.warn('old records could not be deleted; the next try is in a minute', {}, thrown)
      return retryMs
    }
  }

  return {
    stop() {
      isStopped = true
      timer.cancel()
    },
  }
}

export function retentionRule({ records, teams }: Pick<Snapshot, 'records' | 'teams'>): RetentionRule {
  const own: Record<string, number> = {}
  for (const { name, keepRecordsMs } of Object.values(teams))
    if (keepRecordsMs !== undefined) own[name] = keepRecordsMs
  return { keepMs: records?.keepMs ?? defaultKeepMs, teams: own }
}
