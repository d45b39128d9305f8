// Usage in the admin API: rows by the requested dimensions, exact to the nano-dollar.

import { z } from 'zod'
import { usageDimensions } from '../records.ts'
import { outcome } from './records.ts'

export { usageDimensions }

const instant = z.string().max(40)

export const usageQuerySchema = z.strictObject({
  from: instant
    .optional()
    .describe(
      'A UTC day or an instant, rounded down to its hour, or to its day if only days are stored. Default: the start of the day 30 days ago.',
    ),
  to: instant
    .optional()
    .describe('The end of the hour (or day) of this instant. A day is included completely. Default: now.'),
  by: z
    .string()
    .max(120)
    .optional()
    .describe(
      `Comma-separated list of ${usageDimensions.join(', ')}; default: day. By the hour: kind with outcome and code, model with target, team, or key. ` +
        'A tag can be combined with day and model. A call with several tags counts under each.',
    ),
  key: z.string().max(100).optional(),
  team: z.string().max(100).optional().describe('With the teams below it, by the path on each record.'),
  person: z.string().max(256).optional(),
  workload: z.string().max(256).optional(),
  kind: z.string().max(40).optional(),
  model: z.string().max(256).optional(),
  target: z.string().max(513).optional(),
  destination: z.string().max(100).optional(),
  outcome: outcome.optional(),
  code: z.string().max(64).optional(),
  tag: z.string().max(512).optional().describe('`name=value`.'),
  format: z.enum(['json', 'csv']).default('json'),
})

const count = z
  .string()
  .regex(/^-?\d+$/)
  .describe('A decimal string: exact beyond 2^53.')

const amounts = {
  exchanges: z.number().int(),
  inputTokens: count,
  outputTokens: count,
  cacheReadTokens: count,
  costNano: count.describe('Nano-dollars.'),
  cost: z.string().describe('The same in US dollars, exact: `$12.345678901`.'),
  estimatedNano: count.describe('The part of the cost that was estimated, or charged at a bound.'),
  unpriced: z
    .number()
    .int()
    .describe('Exchanges that used a target without a known price. Their cost is not in `cost`.'),
}

export const usageRowSchema = z
  .object({ group: z.partialRecord(z.enum(usageDimensions), z.string()), ...amounts })
  .meta({ id: 'UsageRow' })
export const usageSchema = z
  .object({
    from: z.string(),
    to: z.string(),
    by: z.array(z.enum(usageDimensions)),
    rows: z.array(usageRowSchema),
    total: z.object(amounts),
  })
  .meta({ id: 'Usage' })
export type UsageView = z.infer<typeof usageSchema>
export type UsageViewRow = z.infer<typeof usageRowSchema>
