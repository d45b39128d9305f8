// The OpenAPI document of the admin API, generated from the served routes.
// docs/reference/admin-openapi.json is its committed copy.

import { OpenAPIHono } from '@hono/zod-openapi'
import { approvalRoutes } from './approvals/routes.ts'
import { budgetRoutes } from './budgets/routes.ts'
import { configurationRoutes } from './configuration/routes.ts'
import { explainRoutes } from './explain/routes.ts'
import { keyRoutes } from './keys/routes.ts'
import { providerRoutes } from './providers/routes.ts'
import { recordRoutes } from './records/routes.ts'
import { latencyRoutes } from './latency/routes.ts'
import { runRoutes } from './runs/routes.ts'
import { signalRoutes } from './signals/routes.ts'
import { usageRoutes } from './usage/routes.ts'

export const adminBasePath = '/admin/v1'

const description = `What administrators, the command line and the console use. Every path needs the admin key as a bearer token.
Bodies are JSON; a field that is not named here is refused. Refusals are problem+json (RFC 9457) and carry a stable \`code\`.`

/** Paths are below `/admin/v1`. */
export const adminRoutes = [
  ...keyRoutes,
  ...explainRoutes,
  ...usageRoutes,
  ...latencyRoutes,
  ...budgetRoutes,
  ...recordRoutes,
  ...runRoutes,
  ...providerRoutes,
  ...configurationRoutes,
  ...signalRoutes,
  ...approvalRoutes,
]

export type AdminDocument = ReturnType<OpenAPIHono['getOpenAPI31Document']>

export function adminDocument(): AdminDocument {
  const document = new OpenAPIHono()
  document.openAPIRegistry.registerComponent('securitySchemes', 'adminKey', {
    type: 'http',
    scheme: 'bearer',
  })
  for (const route of adminRoutes) document.openAPIRegistry.registerPath(route)
  return document.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Gatehouse admin API', version: '1', description },
    servers: [{ url: adminBasePath }],
  })
}
