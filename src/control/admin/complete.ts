// After an update, records of the build before are taken over in the background: what would count them is
// refused until they are there, and never wrong.

import type { Records } from '../../contract/records.ts'
import { isoInstant } from './moment.ts'
import { ProblemError } from './problem.ts'

/**
 * @param from of the question, ms since the epoch
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
