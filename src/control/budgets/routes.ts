// `/budgets`: caps, spending, holds and amounts in doubt, and decisions on money in doubt.

import { createRoute } from '@hono/zod-openapi'
import {
  budgetListSchema,
  budgetsQuerySchema,
  doubtOrderSchema,
  doubtResultSchema,
} from '../../contract/admin-api.ts'
import { type AdminApp, jsonResponses, jsonBody, security } from '../admin/route.ts'
import { type BudgetsNeeds, listBudgets, decideDoubt } from './rules.ts'

const list = createRoute({
  security,
  tags: ['budgets'],
  method: 'get',
  path: '/budgets',
  summary: 'The state of budgets of a team, a key, or all, in pages',
  request: { query: budgetsQuerySchema },
  responses: jsonResponses(budgetListSchema, 'One entry per budget and window.'),
})

const decideRoute = createRoute({
  security,
  tags: ['budgets'],
  method: 'post',
  path: '/budgets/decisions',
  summary: 'Releases or writes off money in doubt',
  request: jsonBody(doubtOrderSchema),
  responses: jsonResponses(doubtResultSchema, 'The decisions, one entry per hold.'),
})

export const budgetRoutes = [list, decideRoute]

export function serveBudgets(app: AdminApp, needs: BudgetsNeeds): void {
  app.on(list, async (call) => call.json(await listBudgets(needs, call.req.valid('query')), 200))
  app.on(decideRoute, async (call, actor) =>
    call.json(await decideDoubt(needs, call.req.valid('json'), actor), 200),
  )
}
