// `/records` and `/tail`: earlier calls, and calls that close now.

import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import {
  recordPageSchema,
  recordSchema,
  recordsQuerySchema,
  tailQuerySchema,
} from '../../contract/admin-api.ts'
import type { ExchangeRecord } from '../../contract/record.ts'
import type { Records } from '../../contract/records.ts'
import type { Clock } from '../../kit/clock.ts'
import { ProblemError } from '../admin/problem.ts'
import { type AdminApp, jsonResponses, security, textResponses } from '../admin/route.ts'
import { isTailed, getRecord, listRecords } from './rules.ts'
import { streamTail } from './tail.ts'

export interface RecordsNeeds {
  records: Records
  clock: Clock
  /** Subscribes to every record that closes on this node. Returns the function that ends the subscription. */
  tail: (receive: (record: ExchangeRecord) => void) => () => void
}

const mostTails = 32
const shared = { security, tags: ['records'] }

const list = createRoute({
  ...shared,
  method: 'get',
  path: '/records',
  summary: 'Records, newest first, a page at a time',
  request: { query: recordsQuerySchema },
  responses: jsonResponses(recordPageSchema, 'A page; `next` leads to the one after it.'),
})
const get = createRoute({
  ...shared,
  method: 'get',
  path: '/records/{id}',
  summary: 'One record',
  request: { params: z.object({ id: z.string().max(64) }) },
  responses: jsonResponses(recordSchema, 'The record of the exchange.'),
})
const live = createRoute({
  ...shared,
  method: 'get',
  path: '/tail',
  summary:
    'Records as they close, as server-sent events: `record`, and `dropped` with a count if the reader is too slow',
  request: { query: tailQuerySchema },
  responses: textResponses('text/event-stream', 'Stays open; a comment every 15 s keeps it alive.'),
})

export const recordRoutes = [list, get, live]

export function serveRecords(app: AdminApp, needs: RecordsNeeds): void {
  let open = 0
  app.on(list, async (call) => call.json(await listRecords(needs.records, call.req.valid('query')), 200))
  app.on(get, async (call) => call.json(await getRecord(needs.records, call.req.valid('param').id), 200))
  app.on(live, (call) => {
    if (open >= mostTails)
      throw new ProblemError(
        'too-many-tails',
        `${open} tails are open; close one, or read pages of /records.`,
      )
    open += 1
    const query = call.req.valid('query')
    const options = {
      subscribe: needs.tail,
      accepts: (record: ExchangeRecord) => isTailed(record, query),
      clock: needs.clock,
      ended: () => void (open -= 1),
    }
    return new Response(streamTail(options, call.req.raw.signal), {
      headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' },
    })
  })
}
