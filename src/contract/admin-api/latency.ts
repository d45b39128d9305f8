// Latencies in the admin API: percentiles by target or model, over time.

import { z } from 'zod'

export const latencyQuerySchema = z.strictObject({
  from: z.string().max(40).optional().describe('A UTC day or an instant; default: a day ago.'),
  to: z.string().max(40).optional().describe('Default: now.'),
  by: z
    .enum(['target', 'model'])
    .default('target')
    .describe('One row per target, or per model as callers name it.'),
  name: z.string().max(513).optional().describe('Only this target or model.'),
  bucket: z
    .enum(['hour', 'day', 'all'])
    .default('all')
    .describe('`all`: one row for the whole range. Hours are stored for 100 days.'),
})

const percentiles = z
  .object({ count: z.number().int(), p50: z.number(), p95: z.number(), p99: z.number() })
  .meta({ id: 'Percentiles' })
  .describe('From histograms with four buckets per doubling: within 9 %.')

export const latencySchema = z
  .object({
    from: z.string(),
    to: z.string(),
    rows: z
      .array(
        z.object({
          name: z.string().optional(),
          at: z.string().optional().describe('Start of the bucket.'),
          total: percentiles.optional().describe('Total time of successful calls, milliseconds.'),
          firstToken: percentiles.optional().describe('Time to the first token, milliseconds.'),
          gate: percentiles
            .optional()
            .describe('Time in Gatehouse before the first attempt was sent, milliseconds.'),
          speed: percentiles.optional().describe('Output tokens per second after the first one.'),
        }),
      )
      .readonly(),
  })
  .meta({ id: 'Latency' })
export type LatencyView = z.infer<typeof latencySchema>
