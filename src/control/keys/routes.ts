// `/keys`: list, create, rotate, revoke, delete.

import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import {
  createKeySchema,
  keyListSchema,
  keySchema,
  keyWithSecretSchema,
  revokeKeySchema,
  rotateKeySchema,
} from '../../contract/admin-api.ts'
import {
  type AdminApp,
  jsonResponses,
  createdResponses,
  emptyResponses,
  jsonBody,
  security,
} from '../admin/route.ts'
import type { Keys } from './rules.ts'

const params = z.object({ id: z.string().max(100) })
const shared = { security, tags: ['keys'] }

const list = createRoute({
  ...shared,
  method: 'get',
  path: '/keys',
  summary: 'All keys',
  responses: jsonResponses(keyListSchema, 'Sorted by id.'),
})
const get = createRoute({
  ...shared,
  method: 'get',
  path: '/keys/{id}',
  summary: 'One key',
  request: { params },
  responses: jsonResponses(keySchema, 'The key.'),
})
const create = createRoute({
  ...shared,
  method: 'post',
  path: '/keys',
  summary: 'Create a key; its secret is shown this once',
  request: jsonBody(createKeySchema),
  responses: createdResponses(keyWithSecretSchema, 'The key and its secret.'),
})
const rotate = createRoute({
  ...shared,
  method: 'post',
  path: '/keys/{id}/rotate',
  summary: 'Give a key a new secret; the old one stays valid for the overlap',
  request: { params, ...jsonBody(rotateKeySchema, false) },
  responses: jsonResponses(keyWithSecretSchema, 'The key and its new secret.'),
})
const revoke = createRoute({
  ...shared,
  method: 'post',
  path: '/keys/{id}/revoke',
  summary: 'Revoke a key at once; its running calls are stopped',
  request: { params, query: revokeKeySchema },
  responses: jsonResponses(keySchema, 'The revoked key.'),
})
const remove = createRoute({
  ...shared,
  method: 'delete',
  path: '/keys/{id}',
  summary: 'Delete a key; its running calls are stopped, its records stay',
  request: { params },
  responses: emptyResponses('Deleted.'),
})

export const keyRoutes = [list, get, create, rotate, revoke, remove]

export function serveKeys(app: AdminApp, keys: Keys): void {
  app.on(list, (call) => call.json({ keys: keys.list() }, 200))
  app.on(get, (call) => call.json(keys.get(call.req.valid('param').id), 200))
  app.on(create, async (call, actor) => call.json(await keys.create(call.req.valid('json'), actor), 201))
  app.on(rotate, async (call, actor) => {
    const overlap = call.req.valid('json').overlap ?? defaultOverlap
    return call.json(await keys.rotate(call.req.valid('param').id, overlap, actor), 200)
  })
  app.on(revoke, async (call, actor) =>
    call.json(
      await keys.revoke(call.req.valid('param').id, call.req.valid('query').keep === 'true', actor),
      200,
    ),
  )
  app.on(remove, async (call, actor) => {
    await keys.remove(call.req.valid('param').id, actor)
    return call.body(null, 204)
  })
}

// Without a body the schema is not applied, so its default is not either.
const defaultOverlap = '24h'
