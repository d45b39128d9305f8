// Percentiles of latencies: parses the query and returns the rows.

import type { z } from 'zod'
import type { latencyQuerySchema, LatencyView } from '../../contract/admin-api.ts'
import type { Records } from '../../contract/records.ts'
import type { Clock } from '../../kit/clock.ts'
import { requireComplete } from '../admin/complete.ts'
import { dayMs, isoInstant } from '../admin/moment.ts'
import { ProblemError } from '../admin/problem.ts'
import { parseRange } from '../admin/range.ts'

export interface LatencyNeeds {
  records: Records
  clock: Clock
}

const mostHours = 100
const mostRows = 20_000

/** @throws ProblemError `bad-request`, `records-incomplete`, `too-many-rows` */
export async function readLatency(
  { records, clock }: LatencyNeeds,
  query: z.infer<typeof latencyQuerySchema>,
): Promise<LatencyView> {
  const now = clock.now()
  const range = parseRange(query)
  const to = range.to ?? now
  const from = range.from ?? to - dayMs
  if (query.bucket === 'hour' && from < now - mostHours * dayMs)
    throw new ProblemError(
      'bad-request',
      `hours are stored for ${mostHours} days; use the bucket "day", or a later "from".`,
    )
  await requireComplete(records, from)
  const rows = await records.latency({
    from,
    to,
    of: query.by,
    isByName: query.name === undefined,
    now,
    ...(query.name === undefined ? {} : { name: query.name }),
    ...(query.bucket === 'all' ? {} : { bucket: query.bucket }),
  })
  if (rows.length > mostRows)
    throw new ProblemError(
      'too-many-rows',
      `${rows.length} rows are more than the limit of ${mostRows}; use a shorter time, the bucket "day", or one name.`,
    )
  return {
    from: isoInstant(from),
    to: isoInstant(to),
    rows: rows.map(({ at, name, measures }) => ({
      ...(query.name === undefined ? (name === undefined ? {} : { name }) : { name: query.name }),
      ...(at === undefined ? {} : { at: isoInstant(at) }),
      ...measures,
    })),
  }
}
