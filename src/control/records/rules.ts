// Reading records: pages by key set, one by its id.

import type { z } from 'zod'
import type { recordsQuerySchema, TailQuery } from '../../contract/admin-api.ts'
import type { ExchangeRecord } from '../../contract/record.ts'
import type { Records } from '../../contract/stores.ts'
import { ProblemError } from '../admin/problem.ts'
import { parseRange } from '../admin/range.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export function recordPage(records: Records, query: z.infer<typeof recordsQuerySchema>): ReturnType<Records['list']> {
  return records.list({
    ...parseRange(query),
    limit: Number(query.limit),
    ...(query.key === undefined ? {} : { key: query.key }),
    ...(query.team === undefined ? {} : { team: query.team }),
    ...(query.model === undefined ? {} : { model: query.model }),
    ...(query.outcome === undefined ? {} : { outcome: query.outcome }),
    ...(query.run === undefined ? {} : { run: query.run }),
    ...(query.after === undefined ? {} : { after: query.after }),
  })
}

/** @throws ProblemError `bad-request`, `not-found` */
export async function oneRecord(records: Records, id: string): Promise<ExchangeRecord> {
  if (!uuid.test(id))
    throw new ProblemError('bad-request', `"${id}" is not the id of an exchange; it stands in the answer's header x-gatehouse-exchange.`)
  const record = await records.get(id.toLowerCase())
  if (record) return record
  throw new ProblemError('not-found', `there is no record "${id}"; a call that still runs, or ended within the last second, has none yet.`)
}

/** Does the live tail show this record? Teams include the teams below them. */
export const isTailed = (record: ExchangeRecord, query: TailQuery): boolean =>
  (query.key === undefined || record.key === query.key) &&
  (query.team === undefined || record.team === query.team || record.teamPath?.includes(query.team) === true) &&
  (query.model === undefined || record.resource.name === query.model) &&
  (query.outcome === undefined || record.outcome === query.outcome) &&
  (query.run === undefined || record.run === query.run)
