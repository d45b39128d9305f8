// Usage over the admin API: rows by the dimensions asked for, exact to the nano-dollar.

import { z } from 'zod'

export const usageDimensions = ['day', 'model', 'team', 'key', 'outcome', 'target'] as const
export type UsageDimensionName = (typeof usageDimensions)[number]

const instant = z.string().max(40)

export const usageQuerySchema = z.strictObject({
  from: instant.optional().describe('A UTC day or an instant, taken back to its full hour; default: the beginning of the day 30 days ago.'),
  to: instant.optional().describe('Up to the end of the hour of this instant; a bare day is included. Default: now.'),
  by: z
    .string()
    .max(80)
    .optional()
    .describe(`Comma-separated, out of ${usageDimensions.join(', ')}; default: day.`),
  key: z.string().max(100).optional(),
  team: z.string().max(100).optional(),
  model: z.string().max(256).optional(),
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
  unpriced: z.number().int().describe('Exchanges that reached a target without a known price; their cost is not in `cost`.'),
}

export const usageRowSchema = z.object({ group: z.partialRecord(z.enum(usageDimensions), z.string()), ...amounts }).meta({ id: 'UsageRow' })
export const usageSchema = z
  .object({ from: z.string(), to: z.string(), by: z.array(z.enum(usageDimensions)), rows: z.array(usageRowSchema), total: z.object(amounts) })
  .meta({ id: 'Usage' })
export type UsageAnswer = z.infer<typeof usageSchema>
export type UsageAnswerRow = z.infer<typeof usageRowSchema>
