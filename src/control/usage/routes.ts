// `/usage`: exchanges, tokens and cost by dimensions, as JSON or CSV.

import { createRoute } from '@hono/zod-openapi'
import { usageQuerySchema, usageSchema } from '../../contract/admin-api.ts'
import { type AdminApp, jsonResponses, security } from '../admin/route.ts'
import { type UsageNeeds, readUsage, toUsageCsv } from './rules.ts'

const responses = jsonResponses(usageSchema, 'Rows by the requested dimensions, and their total.')
const byDimensions = createRoute({
  security,
  tags: ['usage'],
  method: 'get',
  path: '/usage',
  summary: 'Exchanges, tokens and cost by the requested dimensions',
  request: { query: usageQuerySchema },
  responses: {
    ...responses,
    200: {
      description: responses[200].description,
      content: { ...responses[200].content, 'text/csv': { schema: { type: 'string' as const } } },
    },
  },
})

export const usageRoutes = [byDimensions]

export function serveUsage(app: AdminApp, needs: UsageNeeds): void {
  app.on(byDimensions, async (call) => {
    const question = call.req.valid('query')
    const view = await readUsage(needs, question)
    if (question.format === 'json') return call.json(view, 200)
    call.header('content-disposition', 'attachment; filename="gatehouse-usage.csv"')
    call.header('content-type', 'text/csv; charset=utf-8; header=present')
    return call.body(toUsageCsv(view), 200)
  })
}
