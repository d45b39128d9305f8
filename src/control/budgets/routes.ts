// `/budgets`: caps, spending, holds and doubt.

import { createRoute } from '@hono/zod-openapi'
import { budgetListSchema, budgetsQuerySchema } from '../../contract/admin-api.ts'
import { type AdminApp, answers, security } from '../admin/route.ts'
import { type BudgetsNeeds, budgets } from './rules.ts'

const list = createRoute({
  security,
  tags: ['budgets'],
  method: 'get',
  path: '/budgets',
  summary: 'Budgets as they stand, of a team, a key, or all',
  request: { query: budgetsQuerySchema },
  responses: answers(budgetListSchema, 'One entry per budget and window.'),
})

export const budgetRoutes = [list]

export function serveBudgets(app: AdminApp, needs: BudgetsNeeds): void {
  app.openapi(list, async (call) => call.json({ budgets: await budgets(needs, call.req.valid('query')) }, 200))
}
