// Runs in the admin API: pages of runs, and one run with its exchanges.

import { z } from 'zod'
import { pageEnd, pageQuery, outcome } from './records.ts'

export const runsQuerySchema = z.strictObject({
  key: z.string().max(100).optional(),
  team: z.string().max(100).optional().describe('With the teams below it.'),
  outcome: outcome.optional().describe('Of the call that ended last.'),
  calls: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'must be a number from 1')
    .optional()
    .describe('The minimum number of calls. A call without a run is its own run.'),
  costAtLeast: z
    .string()
    .regex(/^\d{1,9}(\.\d{1,9})?$/, 'must be an amount in US dollars, like 0.05')
    .optional()
    .describe('US dollars.'),
  ...pageQuery,
})

const count = z.string().describe('A decimal string: exact beyond 2^53.')

export const runSchema = z
  .object({
    id: z.string().describe('As on its records, and in the header x-gatehouse-run.'),
    firstAt: z.string().describe('When its first call opened.'),
    lastAt: z.string().describe('When its last call ended.'),
    root: z.string().describe('Id of its first exchange.'),
    key: z.string().optional(),
    team: z.string().optional(),
    calls: z.number().int(),
    failed: z.number().int().describe('Calls that failed, were refused, canceled or cut.'),
    inputTokens: count,
    outputTokens: count,
    costNano: count.describe('Nano-dollars.'),
    cost: z.string().describe('The same in US dollars, exact.'),
    unpriced: z.number().int().describe('Calls that reached a target without a known price.'),
    outcome: outcome.describe('Of the call that ended last.'),
    depth: z.number().int().describe('Of its deepest call.'),
  })
  .meta({ id: 'Run' })
export type RunView = z.infer<typeof runSchema>

export const runPageSchema = z
  .object({ runs: z.array(runSchema).readonly(), ...pageEnd })
  .meta({ id: 'RunPage' })

export const runTreeQuerySchema = z.strictObject({ after: pageQuery.after })

export const runExchangeSchema = z
  .object({
    id: z.string(),
    parent: z.string().optional(),
    depth: z.number().int().describe('How many exchanges of this response it is nested in.'),
    at: z.number().describe('Milliseconds since the epoch.'),
    totalMs: z.number(),
    kind: z.string(),
    direction: z.enum(['forward', 'reverse']),
    resource: z.object({ kind: z.string(), name: z.string() }),
    target: z.string().optional(),
    key: z.string().optional(),
    outcome,
    code: z.string().optional(),
    inputTokens: z.number().optional(),
    outputTokens: z.number().optional(),
    costNano: z.string().optional(),
  })
  .meta({ id: 'RunExchange' })
export type RunExchange = z.infer<typeof runExchangeSchema>

export const runTreeSchema = z
  .object({
    run: runSchema,
    exchanges: z
      .array(runExchangeSchema)
      .readonly()
      .describe(
        'Each after its parent, otherwise by time. At most 5,000; if there are more, pages start with the newest.',
      ),
    ...pageEnd,
  })
  .meta({ id: 'RunTree' })
export type RunTree = z.infer<typeof runTreeSchema>
