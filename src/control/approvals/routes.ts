// `/approvals`: calls that need an approval, and the decisions.

import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import {
  approvalListSchema,
  approvalSchema,
  approvalsQuerySchema,
  decideApprovalSchema,
} from '../../contract/admin-api.ts'
import { type AdminApp, jsonResponses, jsonBody, security } from '../admin/route.ts'
import { type ApprovalsNeeds, decideApproval, getApproval, listApprovals } from './rules.ts'

const params = z.object({ id: z.string().max(100) })
const shared = { security, tags: ['approvals'] }

const list = createRoute({
  ...shared,
  method: 'get',
  path: '/approvals',
  summary: 'Calls that need an approval, and decided ones, newest first',
  request: { query: approvalsQuerySchema },
  responses: jsonResponses(approvalListSchema, 'One page.'),
})
const get = createRoute({
  ...shared,
  method: 'get',
  path: '/approvals/{id}',
  summary: 'One approval, with the arguments of the call while it is pending',
  request: { params },
  responses: jsonResponses(approvalSchema, 'The approval.'),
})
const decide = createRoute({
  ...shared,
  method: 'post',
  path: '/approvals/{id}',
  summary: 'Approve or deny a call; once approved, the same call passes once within an hour',
  request: { params, ...jsonBody(decideApprovalSchema) },
  responses: jsonResponses(approvalSchema, 'The decided approval.'),
})

export const approvalRoutes = [list, get, decide]

export function serveApprovals(app: AdminApp, needs: ApprovalsNeeds): void {
  app.on(list, async (call) => call.json(await listApprovals(needs, call.req.valid('query')), 200))
  app.on(get, async (call) => call.json(await getApproval(needs, call.req.valid('param').id), 200))
  app.on(decide, async (call, actor) =>
    call.json(await decideApproval(needs, call.req.valid('param').id, call.req.valid('json'), actor), 200),
  )
}
