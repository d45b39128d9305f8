// `/providers`: readiness, breakers, last errors, calls in flight.

import { createRoute } from '@hono/zod-openapi'
import { providerListSchema } from '../../contract/admin-api.ts'
import { type AdminApp, answers, security } from '../admin/route.ts'
import { type ProvidersNeeds, providers } from './rules.ts'

const list = createRoute({
  security,
  tags: ['providers'],
  method: 'get',
  path: '/providers',
  summary: 'Providers and their targets: ready or why not, breakers, last errors, calls in flight',
  responses: answers(providerListSchema, 'As this node sees them.'),
})

export const providerRoutes = [list]

export function serveProviders(app: AdminApp, needs: ProvidersNeeds): void {
  app.openapi(list, (call) => call.json({ providers: providers(needs) }, 200))
}
