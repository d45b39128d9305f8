// `/configuration`: the version in force, what was wrong with the last edit, reload.

import { createRoute } from '@hono/zod-openapi'
import { configurationSchema, reloadSchema } from '../../contract/admin-api.ts'
import { type AdminApp, jsonResponses, security } from '../admin/route.ts'
import { type ConfigurationNeeds, describeConfiguration, reload } from './rules.ts'

const shared = { security, tags: ['configuration'] }
const show = createRoute({
  ...shared,
  method: 'get',
  path: '/configuration',
  summary: 'The configuration in force',
  responses: jsonResponses(
    configurationSchema,
    'Its version, and the mistakes of the last edit that was not taken.',
  ),
})
const again = createRoute({
  ...shared,
  method: 'post',
  path: '/configuration/reload',
  summary: 'Read the configuration again; mistakes are answered with 422 and change nothing',
  responses: jsonResponses(reloadSchema, 'The configuration in force now.'),
})

export const configurationRoutes = [show, again]

export function serveConfiguration(app: AdminApp, needs: ConfigurationNeeds): void {
  app.on(show, (call) => call.json(describeConfiguration(needs), 200))
  app.on(again, async (call, actor) => call.json(await reload(needs, actor), 200))
}
