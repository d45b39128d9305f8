// `/runs`: the activity of agents, by run.

import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import {
  runPageSchema,
  runsQuerySchema,
  runTreeQuerySchema,
  runTreeSchema,
} from '../../contract/admin-api.ts'
import type { Records } from '../../contract/records.ts'
import { type AdminApp, jsonResponses, security } from '../admin/route.ts'
import { listRuns, getRun } from './rules.ts'

const shared = { security, tags: ['runs'] }

const list = createRoute({
  ...shared,
  method: 'get',
  path: '/runs',
  summary: 'Runs, newest first by their first call, a page at a time',
  request: { query: runsQuerySchema },
  responses: jsonResponses(runPageSchema, 'A page; `next` leads to the one after it.'),
})
const get = createRoute({
  ...shared,
  method: 'get',
  path: '/runs/{id}',
  summary: 'One run with its exchanges, in the order of a tree',
  request: { params: z.object({ id: z.string().max(512) }), query: runTreeQuerySchema },
  responses: jsonResponses(runTreeSchema, 'The run. `next` leads to its earlier exchanges.'),
})

export const runRoutes = [list, get]

export function serveRuns(app: AdminApp, { records }: { records: Records }): void {
  app.on(list, async (call) => call.json(await listRuns(records, call.req.valid('query')), 200))
  app.on(get, async (call) =>
    call.json(await getRun(records, call.req.valid('param').id, call.req.valid('query').after), 200),
  )
}
