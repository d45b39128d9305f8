// `/explain`: which rule decides whether a key may use a model, a tool or an agent.

import { createRoute } from '@hono/zod-openapi'
import { explainQuerySchema, explanationSchema } from '../../contract/admin-api.ts'
import { type AdminApp, jsonResponses, security } from '../admin/route.ts'
import { type ExplainNeeds, explain } from './rules.ts'

const explainRoute = createRoute({
  security,
  tags: ['explain'],
  method: 'get',
  path: '/explain',
  summary: 'Which rule decides whether a key may use a model, a tool or an agent',
  request: { query: explainQuerySchema },
  responses: jsonResponses(explanationSchema, 'The decision and every rule that was checked.'),
})

export const explainRoutes = [explainRoute]

export function serveExplain(app: AdminApp, needs: ExplainNeeds): void {
  app.on(explainRoute, async (call) => call.json(await explain(needs, call.req.valid('query')), 200))
}
