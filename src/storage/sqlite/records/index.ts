// Reading records, runs and roll-ups, in a reading thread.

import type { Database } from 'bun:sqlite'
import type { Records } from '../../../contract/records.ts'
import { readLatency } from './latency.ts'
import { getRecord, listRecords, rangeOf } from './list.ts'
import { timeOfPlace } from './place.ts'
import { getRun, listRuns } from './run-list.ts'
import { getOldRecord, takeOverState } from './take-over.ts'
import { readUsage } from './usage.ts'

export type SyncRecords = {
  [Name in keyof Records]: (...takes: Parameters<Records[Name]>) => Awaited<ReturnType<Records[Name]>>
}

export function sqliteRecords(database: Database): SyncRecords {
  const list = listRecords(database)
  const get = getRecord(database)
  return {
    list(query) {
      const { visited: _visited, ...page } = list(query)
      if (page.next !== undefined) return page
      const missing = takeOverState(database)
      if (!missing || missing.completeFrom <= timeOfPlace(rangeOf(query).from)) return page
      return { ...page, isPartial: true, scannedTo: missing.completeFrom }
    },
    get: (id) => get(id) ?? getOldRecord(database, id),
    runs(query) {
      const { visited: _visited, ...page } = listRuns(database)(query)
      return page
    },
    run: getRun(database),
    usage: readUsage(database),
    latency: readLatency(database),
    takeOver: () => takeOverState(database),
  }
}
