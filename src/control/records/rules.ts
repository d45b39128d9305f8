// Reads records: pages, one record by its id, and the filter of the live tail.

import type { z } from 'zod'
import type { RecordPage, recordsQuerySchema, TailQuery } from '../../contract/admin-api.ts'
import type { ExchangeRecord } from '../../contract/record.ts'
import type { ListEnd, RecordFilter, Records } from '../../contract/records.ts'
import { parseUsd } from '../../kit/money.ts'
import { isoInstant } from '../admin/moment.ts'
import { ProblemError } from '../admin/problem.ts'
import { parseRange } from '../admin/range.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

type PageView = { records: readonly ExchangeRecord[] } & Omit<RecordPage, 'records'>

export async function listRecords(
  records: Records,
  query: z.infer<typeof recordsQuerySchema>,
): Promise<PageView> {
  const { from, to, limit, after, ...filter } = query
  const page = await records.list({
    ...parseRange({ from, to }),
    ...readFilter(filter),
    limit: Number(limit),
    ...(after === undefined ? {} : { after: readCursor(after) }),
  })
  return { records: page.records, ...endOf(page) }
}

/** @throws ProblemError `bad-request` */
export function readCursor(after: string): string {
  if (/^\d{1,16}$/.test(after) || uuid.test(after)) return after
  throw new ProblemError('bad-request', `after "${after}" is not the "next" of a page.`)
}

export const endOf = ({
  next,
  isPartial,
  scannedTo,
}: ListEnd): Pick<RecordPage, 'next' | 'isPartial' | 'scannedTo'> => ({
  ...(next === undefined ? {} : { next }),
  ...(isPartial ? { isPartial } : {}),
  ...(scannedTo === undefined ? {} : { scannedTo: isoInstant(scannedTo) }),
})

function readFilter({ costAtLeast, ...texts }: TailQuery): RecordFilter {
  const filter: RecordFilter = {}
  for (const name of textFilters) {
    const text = texts[name]
    if (text !== undefined) filter[name] = text
  }
  if (costAtLeast !== undefined) filter.costAtLeast = parseUsd(costAtLeast)
  return filter
}

const textFilters = [
  'key',
  'team',
  'person',
  'workload',
  'kind',
  'model',
  'target',
  'destination',
  'outcome',
  'code',
  'run',
  'parent',
  'tag',
  'policy',
  'finding',
] as const satisfies readonly Exclude<keyof RecordFilter, 'costAtLeast'>[]

/** @throws ProblemError `bad-request`, `not-found` */
export async function getRecord(records: Records, id: string): Promise<ExchangeRecord> {
  if (!uuid.test(id))
    throw new ProblemError(
      'bad-request',
      `"${id}" is not the id of an exchange; use the value of the response header x-gatehouse-exchange.`,
    )
  const record = await records.get(id.toLowerCase())
  if (record) return record
  throw new ProblemError(
    'not-found',
    `there is no record "${id}"; running calls, and calls that ended within the last second, have none yet; old records are deleted (records.keep).`,
  )
}

/** Does the live tail show this record? The filter is the same as for pages. */
export function isTailed(record: ExchangeRecord, query: TailQuery): boolean {
  return (
    textFilters.every((name) => {
      const text = query[name]
      return text === undefined || meets[name](record, text)
    }) &&
    (query.costAtLeast === undefined || BigInt(record.costNano ?? '0') >= parseUsd(query.costAtLeast))
  )
}

const meets: Readonly<
  Record<(typeof textFilters)[number], (record: ExchangeRecord, text: string) => boolean>
> = {
  key: ({ key }, text) => key === text,
  team: ({ team, teamPath }, text) => team === text || teamPath?.includes(text) === true,
  person: ({ person }, text) => person === text,
  workload: ({ workload }, text) => workload === text,
  kind: ({ kind }, text) => kind === text,
  model: ({ resource }, text) => resource.name === text,
  target: ({ target, attempts }, text) => (target ?? attempts.at(-1)?.target) === text,
  destination: ({ target, attempts, destination }, text) =>
    (destination ?? (target ?? attempts.at(-1)?.target)?.split('/', 1)[0]) === text,
  outcome: ({ outcome }, text) => outcome === text,
  code: ({ code }, text) => code === text,
  run: ({ run }, text) => run === text,
  parent: ({ parent }, text) => parent === text.toLowerCase(),
  tag: ({ tags = {} }, text) => Object.entries(tags).some(([name, value]) => `${name}=${value}` === text),
  policy: ({ policies = [] }, text) => policies.some(({ name }) => name === text),
  finding: ({ findings = {} }, text) =>
    Object.values(findings).some((counts) =>
      Object.keys(counts ?? {}).some((label) => label === text || label.startsWith(`${text}/`)),
    ),
}
