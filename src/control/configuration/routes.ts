// `/configuration`: the active version, the mistakes of the last edit, reload.

import { createRoute } from '@hono/zod-openapi'
import { configurationSchema, reloadSchema } from '../../contract/admin-api.ts'
import { type AdminApp, jsonResponses, security } from '../admin/route.ts'
import { type ConfigurationNeeds, describeConfiguration, reload } from './rules.ts'

const shared = { security, tags: ['configuration'] }
const show = createRoute({
  ...shared,
  method: 'get',
  path: '/configuration',
  summary: 'The active configuration',
  responses: jsonResponses(
    configurationSchema,
    'Its version, and the mistakes of the last edit if it was rejected.',
  ),
})
const again = createRoute({
  ...shared,
  method: 'post',
  path: '/configuration/reload',
  summary: 'Read the configuration again; mistakes cause a 422 and change nothing',
  responses: jsonResponses(reloadSchema, 'The active configuration.'),
})

export const configurationRoutes = [show, again]

export function serveConfiguration(app: AdminApp, needs: ConfigurationNeeds): void {
  app.on(show, (call) => call.json(describeConfiguration(needs), 200))
  app.on(again, async (call, actor) => call.json(await reload(needs, actor), 200))
}
