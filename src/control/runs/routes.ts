// `/runs`: what agents did, run by run.

import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import {
  runPageSchema,
  runsQuerySchema,
  runTreeQuerySchema,
  runTreeSchema,
} from '../../contract/admin-api.ts'
import type { Records } from '../../contract/records.ts'
import { type AdminApp, answers, security } from '../admin/route.ts'
import { runPage, runTree } from './rules.ts'

const shared = { security, tags: ['runs'] }

const list = createRoute({
  ...shared,
  method: 'get',
  path: '/runs',
  summary: 'Runs, newest first by their first call, a page at a time',
  request: { query: runsQuerySchema },
  responses: answers(runPageSchema, 'A page; `next` leads to the one after it.'),
})
const get = createRoute({
  ...shared,
  method: 'get',
  path: '/runs/{id}',
  summary: 'One run with its exchanges, in the order of a tree',
  request: { params: z.object({ id: z.string().max(512) }), query: runTreeQuerySchema },
  responses: answers(runTreeSchema, 'The run. `next` leads to its earlier exchanges.'),
})

export const runRoutes = [list, get]

export function serveRuns(app: AdminApp, { records }: { records: Records }): void {
  app.on(list, async (call) => call.json(await runPage(records, call.req.valid('query')), 200))
  app.on(get, async (call) =>
    call.json(await runTree(records, call.req.valid('param').id, call.req.valid('query').after), 200),
  )
}
