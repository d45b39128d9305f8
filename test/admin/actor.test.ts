// Tests the audit trail. Every route of the admin API receives its actor. Every change names the actor in its
// signal and in the log, without a secret.

import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { OpenAPIHono } from '@hono/zod-openapi'
import { actorFields, adminActor } from '../../src/contract/actor.ts'
import { createJsonLog } from '../../src/kit/log.ts'
import { adminRoutes } from '../../src/control/openapi.ts'
import { adminKey, otherAdminKey, record, type World, world } from './world.ts'

let here: World
beforeEach(() => void (here = world()))
afterEach(() => here.stop())

const url = (path: string) => `/admin/v1${path.replace('{id}', 'ci').replace(/\{[^}]+\}/g, 'x')}`

test('every route hands an actor to its handler', async () => {
  for (const { method, path } of adminRoutes) {
    const { query = '', body } = wanted[`${method} ${path}`] ?? {}
    const response = await here.call(url(path) + query, {
      method: method.toUpperCase(),
      ...(body ? { body } : {}),
    })
    await response.body?.cancel()
  }
  // Add a new route that needs a body or a query to `wanted`. A request that its schema refuses never reaches
  // its handler.
  expect(here.asked).toEqual(
    adminRoutes.map(({ method, path }) =>
      JSON.stringify({ route: `${method} ${path}`, ...actorFields(adminActor) }),
    ),
  )
})

const wanted: Readonly<Record<string, { body?: object; query?: string }>> = {
  'post /keys': { body: { id: 'new', team: 'research' } },
  'get /explain': { query: '?key=ci&model=fast' },
  'post /budgets/decisions': { body: { action: 'release' } },
  'post /providers/pardon': { body: { target: 'demo/flaky' } },
  'post /approvals/{id}': { body: { decision: 'deny' } },
  'post /signals': { body: { kind: 'kill-run', run: 'r' } },
}

test('a route without its key check fails with an internal error and does nothing', async () => {
  const bare = new OpenAPIHono()
  // The type of AdminApp prevents such a route. This test bypasses the type.
  const { routesOf } = await import('../../src/control/server.ts')
  let isReached = false
  const silentLog = createJsonLog(() => {}, Date.now)
  const route = { method: 'get', path: '/bare', responses: {} } as const
  routesOf(bare as never, silentLog).on(route, ((call: { body(text: string): Response }) => {
    isReached = true
    return call.body('')
  }) as never)
  const response = await bare.request('/bare')
  expect([response.status, isReached]).toEqual([500, false])
})

describe('a change names its actor', () => {
  const lines = () => here.logged.splice(0)
  const write = (path: string, body?: object, method = 'POST', key = adminKey) =>
    here.call(`/admin/v1${path}`, {
      method,
      ...(body ? { body } : {}),
      headers: { authorization: `Bearer ${key}` },
    })
  const by = '"actor":"admin","actorKind":"admin-key"'

  test('every change to a key names its actor in the log, and never the secret of the key', async () => {
    const made = (await (await write('/keys', { id: 'ci', team: 'research' })).json()) as { secret: string }
    expect(lines()).toEqual([`a key was created {"key":"ci","team":"research",${by}} `])
    const rotated = (await (await write('/keys/ci/rotate', { overlap: '1h' })).json()) as { secret: string }
    expect(lines()).toEqual([`a key was rotated {"key":"ci","overlapMs":3600000,${by}} `])
    await write('/keys/ci/revoke')
    expect(lines()).toEqual([`a key was revoked {"key":"ci",${by}} `])
    await write('/keys/ci', undefined, 'DELETE')
    const all = lines()
    expect(all).toEqual([`a key was deleted {"key":"ci",${by}} `])
    for (const secret of [made.secret, rotated.secret, adminKey]) expect(all.join()).not.toContain(secret)
  })

  test('a signal names its actor, and another administrator is another actor', async () => {
    await write('/signals', { kind: 'kill-exchange', exchange: record(1).id }, 'POST', otherAdminKey)
    expect(here.signals.sent).toEqual([
      { kind: 'kill-exchange', exchange: record(1).id, by: { ...adminActor, id: 'other' } },
    ])
    expect(lines()).toEqual([expect.stringContaining('"actor":"other"')])
  })

  test('changes to money in doubt, pardons and configuration name their actor', async () => {
    await write('/budgets/decisions', { action: 'release' })
    await write('/providers/pardon', { target: 'demo/flaky' })
    await write('/configuration/reload')
    expect(lines()).toEqual([
      `an administrator decided on money in doubt {"action":"release","holds":0,${by}} `,
      `an administrator pardoned a target {"target":"demo/flaky",${by}} `,
    ])
    expect(here.reloadedBy).toEqual([adminActor])
  })

  test('a refused change is not logged as done', async () => {
    await write('/keys', { id: 'ci', team: 'nobody' })
    await write('/providers/pardon', { target: 'demo/x' })
    expect(lines()).toEqual([])
  })
})
