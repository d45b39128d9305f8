// `/providers`: readiness, breakers, last errors, calls in flight.

import { createRoute } from '@hono/zod-openapi'
import { pardonedSchema, pardonSchema, providerListSchema } from '../../contract/admin-api.ts'
import { type AdminApp, jsonResponses, jsonBody, security } from '../admin/route.ts'
import { pardon, type ProvidersNeeds, listProviders } from './rules.ts'

const list = createRoute({
  security,
  tags: ['providers'],
  method: 'get',
  path: '/providers',
  summary: 'Providers and their targets: ready or why not, breakers, last errors, calls in flight',
  responses: jsonResponses(providerListSchema, 'As this node sees them.'),
})

const forgive = createRoute({
  security,
  tags: ['providers'],
  method: 'post',
  path: '/providers/pardon',
  summary: 'Allow a target that was billed above its bound under hard budgets again',
  request: jsonBody(pardonSchema),
  responses: jsonResponses(pardonedSchema, 'Pardoned on this node.'),
})

export const providerRoutes = [list, forgive]

export function serveProviders(app: AdminApp, needs: ProvidersNeeds): void {
  app.on(list, (call) => call.json({ providers: listProviders(needs) }, 200))
  app.on(forgive, (call, actor) => call.json(pardon(needs, call.req.valid('json').target, actor), 200))
}
