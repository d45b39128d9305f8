// `/signals`: stop an exchange or a run. Revoking a key is under `/keys`.

import { createRoute } from '@hono/zod-openapi'
import { killSchema, sentSchema } from '../../contract/admin-api.ts'
import { type AdminApp, jsonResponses, jsonBody, security } from '../admin/route.ts'
import { kill, type SignalsNeeds } from './rules.ts'

const send = createRoute({
  security,
  tags: ['signals'],
  method: 'post',
  path: '/signals',
  summary: 'Stop a running exchange or run',
  request: jsonBody(killSchema),
  responses: jsonResponses(sentSchema, 'Sent to every node. The record shows whether the call still ran.'),
})

export const signalRoutes = [send]

export function serveSignals(app: AdminApp, needs: SignalsNeeds): void {
  app.on(send, (call, actor) => call.json(kill(needs, call.req.valid('json'), actor), 200))
}
