// Usage by dimensions: parses the query and adds up the rows. Amounts stay exact.

import type { z } from 'zod'
import {
  type UsageView,
  type UsageViewRow,
  usageDimensions,
  type usageQuerySchema,
} from '../../contract/admin-api.ts'
import {
  mostUsageRows,
  type Records,
  type UsageDimension,
  type UsageFilter,
  type UsageQuery,
  type UsageRow,
} from '../../contract/records.ts'
import type { Clock } from '../../kit/clock.ts'
import { formatUsd } from '../../kit/money.ts'
import { requireComplete } from '../admin/complete.ts'
import { dayMs, isoInstant } from '../admin/moment.ts'
import { ProblemError } from '../admin/problem.ts'
import { parseRange } from '../admin/range.ts'
import { toCsv } from './csv.ts'

export interface UsageNeeds {
  records: Records
  clock: Clock
}

type Question = z.infer<typeof usageQuerySchema>

const hourMs = 3_600_000
const defaultDays = 30

/** @throws ProblemError `bad-request`, `too-many-rows` */
export async function readUsage(needs: UsageNeeds, question: Question): Promise<UsageView> {
  const query = readQuery(question, needs.clock.now())
  await requireComplete(needs.records, query.from)
  const result = await needs.records.usage(query)
  if (result.kind === 'no-roll-up') throw new ProblemError('bad-request', result.message)
  if (result.kind === 'too-many-rows') {
    throw new ProblemError(
      'too-many-rows',
      `more than ${mostUsageRows} rows; use a shorter time, fewer dimensions, or one key or team.`,
    )
  }
  const { rows } = result
  return {
    from: isoInstant(result.from),
    to: isoInstant(question.to === undefined ? Math.min(result.to, query.to) : result.to),
    by: [...query.by],
    rows: rows.map((row) => ({ group: { ...row.group }, ...amounts(row) })),
    total: amounts(rows.reduce(add, nothing)),
  }
}

/** One line per row, the dimensions first. Costs are plain decimals in US dollars, and in nano-dollars. */
export function toUsageCsv(view: UsageView): string {
  const head = [
    ...view.by,
    'exchanges',
    'input_tokens',
    'output_tokens',
    'cache_read_tokens',
    'cost_usd',
    'cost_nano_usd',
    'estimated_nano_usd',
    'unpriced',
  ]
  const line = (row: UsageViewRow) => [
    ...view.by.map((dimension) => row.group[dimension] ?? ''),
    String(row.exchanges),
    row.inputTokens,
    row.outputTokens,
    row.cacheReadTokens,
    row.cost.replace('$', ''),
    row.costNano,
    row.estimatedNano,
    String(row.unpriced),
  ]
  return toCsv([head, ...view.rows.map(line)])
}

function readQuery(question: Question, now: number): UsageQuery {
  const range = parseRange(question)
  // Usage is rolled up by the hour. The result names the hours that it really counts.
  const to = Math.ceil((range.to ?? now) / hourMs) * hourMs
  const from =
    range.from === undefined
      ? Math.floor((range.to ?? now) / dayMs) * dayMs - defaultDays * dayMs
      : Math.floor(range.from / hourMs) * hourMs
  if (from >= to)
    throw new ProblemError('bad-request', `from "${question.from}" is in the future; choose an earlier day.`)
  return {
    from,
    to,
    by: readDimensions(question.by ?? 'day'),
    now,
    ...filtersOf(question),
  }
}

const filterNames = [
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
  'tag',
] as const

function filtersOf(question: Question): Partial<Record<UsageFilter, string>> {
  const filters: Partial<Record<UsageFilter, string>> = {}
  for (const name of filterNames) {
    const text = question[name]
    if (text !== undefined) filters[name] = text
  }
  return filters
}

function readDimensions(text: string): UsageDimension[] {
  const names = text.split(',').map((name) => name.trim())
  const known = names.map((name) => {
    const dimension = usageDimensions.find((one) => one === name)
    if (dimension) return dimension
    throw new ProblemError(
      'bad-request',
      `by "${name}" is not a dimension; use ${usageDimensions.join(', ')}.`,
    )
  })
  return [...new Set(known)]
}

type Sums = Omit<UsageRow, 'group'>
const nothing: Sums = {
  exchanges: 0,
  inputTokens: 0n,
  outputTokens: 0n,
  cacheReadTokens: 0n,
  costNano: 0n,
  estimatedNano: 0n,
  unpriced: 0,
}

const add = (sum: Sums, row: UsageRow): Sums => ({
  exchanges: sum.exchanges + row.exchanges,
  inputTokens: sum.inputTokens + row.inputTokens,
  outputTokens: sum.outputTokens + row.outputTokens,
  cacheReadTokens: sum.cacheReadTokens + row.cacheReadTokens,
  costNano: sum.costNano + row.costNano,
  estimatedNano: sum.estimatedNano + row.estimatedNano,
  unpriced: sum.unpriced + row.unpriced,
})

const amounts = (row: Sums): Omit<UsageViewRow, 'group'> => ({
  exchanges: row.exchanges,
  inputTokens: row.inputTokens.toString(),
  outputTokens: row.outputTokens.toString(),
  cacheReadTokens: row.cacheReadTokens.toString(),
  costNano: row.costNano.toString(),
  cost: formatUsd(row.costNano),
  estimatedNano: row.estimatedNano.toString(),
  unpriced: row.unpriced,
})
