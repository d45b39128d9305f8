// `/latency`: how fast targets and models are, and the time of Gatehouse itself.

import { createRoute } from '@hono/zod-openapi'
import { latencyQuerySchema, latencySchema } from '../../contract/admin-api.ts'
import { type AdminApp, jsonResponses, security } from '../admin/route.ts'
import { readLatency, type LatencyNeeds } from './rules.ts'

const get = createRoute({
  security,
  tags: ['usage'],
  method: 'get',
  path: '/latency',
  summary: 'Percentiles of latencies by target or model',
  request: { query: latencyQuerySchema },
  responses: jsonResponses(latencySchema, 'Rows by name and bucket.'),
})

export const latencyRoutes = [get]

export function serveLatency(app: AdminApp, needs: LatencyNeeds): void {
  app.on(get, async (call) => call.json(await readLatency(needs, call.req.valid('query')), 200))
}
