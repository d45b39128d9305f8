// `/explain`: which rule decides whether a key may use a model, a tool or an agent.

import { createRoute } from '@hono/zod-openapi'
import { explainQuerySchema, explanationSchema } from '../../contract/admin-api.ts'
import { type AdminApp, answers, security } from '../admin/route.ts'
import { type ExplainNeeds, explanation } from './rules.ts'

const explain = createRoute({
  security,
  tags: ['explain'],
  method: 'get',
  path: '/explain',
  summary: 'Which rule decides whether a key may use a model, a tool or an agent',
  request: { query: explainQuerySchema },
  responses: answers(explanationSchema, 'The decision and every rule that was looked at.'),
})

export const explainRoutes = [explain]

export function serveExplain(app: AdminApp, needs: ExplainNeeds): void {
  app.on(explain, (call) => call.json(explanation(needs, call.req.valid('query')), 200))
}
