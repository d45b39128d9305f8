// Reads runs: pages, and one run with its exchanges in the order of a tree.

import type { z } from 'zod'
import type {
  RunExchange,
  RunTree,
  RunView,
  runPageSchema,
  runsQuerySchema,
} from '../../contract/admin-api.ts'
import type { ExchangeRecord } from '../../contract/record.ts'
import type { Records, RunSummary } from '../../contract/records.ts'
import { formatUsd, parseUsd } from '../../kit/money.ts'
import { requireComplete } from '../admin/complete.ts'
import { isoInstant } from '../admin/moment.ts'
import { ProblemError } from '../admin/problem.ts'
import { parseRange } from '../admin/range.ts'
import { endOf, readCursor } from '../records/rules.ts'

/** The most exchanges of one run in one response. */
const mostExchanges = 5_000

export async function listRuns(
  records: Records,
  query: z.infer<typeof runsQuerySchema>,
): Promise<z.infer<typeof runPageSchema>> {
  const { from, to, limit, after, key, team, outcome, calls, costAtLeast } = query
  const range = parseRange({ from, to })
  await requireComplete(records, range.from ?? 0)
  const page = await records.runs({
    ...range,
    limit: Number(limit),
    ...(after === undefined ? {} : { after: readCursor(after) }),
    ...(key === undefined ? {} : { key }),
    ...(team === undefined ? {} : { team }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(calls === undefined ? {} : { callsAtLeast: Number(calls) }),
    ...(costAtLeast === undefined ? {} : { costAtLeast: parseUsd(costAtLeast) }),
  })
  return { runs: page.runs.map(view), ...endOf(page) }
}

/** @throws ProblemError `not-found` */
export async function getRun(records: Records, id: string, after: string | undefined): Promise<RunTree> {
  const run = await records.run(id)
  if (!run)
    throw new ProblemError(
      'not-found',
      `there is no run "${id}"; responses have the id of their run in the header x-gatehouse-run, and records have it, too.`,
    )
  await requireComplete(records, run.firstAt)
  const page = await records.list({
    run: id,
    limit: mostExchanges,
    ...(after === undefined ? {} : { after: readCursor(after) }),
  })
  return { run: view(run), exchanges: inTreeOrder(page.records.toReversed()), ...endOf(page) }
}

const view = (run: RunSummary): RunView => ({
  id: run.name,
  firstAt: isoInstant(run.firstAt),
  lastAt: isoInstant(run.lastAt),
  root: run.root,
  ...(run.key === undefined ? {} : { key: run.key }),
  ...(run.team === undefined ? {} : { team: run.team }),
  calls: run.calls,
  failed: run.failed,
  inputTokens: String(run.inputTokens),
  outputTokens: String(run.outputTokens),
  costNano: String(run.costNano),
  cost: formatUsd(run.costNano),
  unpriced: run.unpriced,
  outcome: run.outcome,
  depth: run.depth,
})

/**
 * Children follow their parents, and siblings are sorted by time. An exchange whose parent is missing is shown as a
 * root.
 */
function inTreeOrder(records: readonly ExchangeRecord[]): RunExchange[] {
  const known = new Set(records.map(({ id }) => id))
  const children = new Map<string, ExchangeRecord[]>()
  const roots: ExchangeRecord[] = []
  for (const record of records) {
    const { parent } = record
    if (parent === undefined || parent === record.id || !known.has(parent)) roots.push(record)
    else children.set(parent, [...(children.get(parent) ?? []), record])
  }
  const ordered: RunExchange[] = []
  const waiting = roots.toReversed().map((record) => ({ record, depth: 0 }))
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { record, depth } = next
    ordered.push(exchange(record, depth))
    for (const child of (children.get(record.id) ?? []).toReversed())
      waiting.push({ record: child, depth: depth + 1 })
  }
  return ordered
}

const exchange = (record: ExchangeRecord, depth: number): RunExchange => ({
  id: record.id,
  ...(record.parent === undefined ? {} : { parent: record.parent }),
  depth,
  at: record.at,
  totalMs: record.times.totalMs,
  kind: record.kind,
  direction: record.direction ?? 'forward',
  resource: record.resource,
  ...(record.target === undefined ? {} : { target: record.target }),
  ...(record.key === undefined ? {} : { key: record.key }),
  outcome: record.outcome,
  ...(record.code === undefined ? {} : { code: record.code }),
  ...(record.usage?.inputTokens === undefined ? {} : { inputTokens: record.usage.inputTokens }),
  ...(record.usage?.outputTokens === undefined ? {} : { outputTokens: record.usage.outputTokens }),
  ...(record.costNano === undefined ? {} : { costNano: record.costNano }),
})
