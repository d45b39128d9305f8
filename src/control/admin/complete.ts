// After an update, a background job moves the records of the old build. Until it is done, queries that would
// count these records are refused, so that no result is wrong.

import type { Records } from '../../contract/records.ts'
import { isoInstant } from './moment.ts'
import { ProblemError } from './problem.ts'

/**
 * @param from the start of the query, ms since the epoch
 * @throws ProblemError `records-incomplete`
 */
export async function requireComplete(records: Records, from: number): Promise<void> {
  const missing = await records.takeOver()
  if (!missing || from >= missing.completeFrom) return
  throw new ProblemError(
    'records-incomplete',
    `${missing.left} records of the previous build are not migrated yet; request a time after ${isoInstant(missing.completeFrom)}, or try again later.`,
    { headers: { 'retry-after': '10' } },
  )
}
