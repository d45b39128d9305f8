// The admin API: `/admin/v1`, on the port that main chooses. The admin key of every request is checked first.

import { OpenAPIHono } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import { type Actor, actorFields } from '../contract/actor.ts'
import type { Peer } from '../contract/endpoint.ts'
import type { Log } from '../kit/log.ts'
import { type AdminCredential, createAdminGuard } from './admin/guard.ts'
import { createAttempts } from './admin/attempts.ts'
import type { ApprovalsNeeds } from './approvals/rules.ts'
import { serveApprovals } from './approvals/routes.ts'
import type { BudgetsNeeds } from './budgets/rules.ts'
import { serveBudgets } from './budgets/routes.ts'
import type { ConfigurationNeeds } from './configuration/rules.ts'
import { serveConfiguration } from './configuration/routes.ts'
import type { ExplainNeeds } from './explain/rules.ts'
import { serveExplain } from './explain/routes.ts'
import { invalidInput } from './admin/invalid.ts'
import { type KeysNeeds, createKeys } from './keys/rules.ts'
import { serveKeys } from './keys/routes.ts'
import { missingPathError } from './admin/no-such-path.ts'
import { adminBasePath, adminDocument } from './openapi.ts'
import { toProblem, ProblemError, problemResponse } from './admin/problem.ts'
import type { ProvidersNeeds } from './providers/rules.ts'
import { serveProviders } from './providers/routes.ts'
import { type RecordsNeeds, serveRecords } from './records/routes.ts'
import type { AdminApp, AdminEnvironment } from './admin/route.ts'
import type { SignalsNeeds } from './signals/rules.ts'
import { serveLatency } from './latency/routes.ts'
import { serveRuns } from './runs/routes.ts'
import { serveSignals } from './signals/routes.ts'
import type { UsageNeeds } from './usage/rules.ts'
import { serveUsage } from './usage/routes.ts'

const bodyBytes = 256 * 1024

export interface AdminApiNeeds
  extends KeysNeeds,
    ExplainNeeds,
    UsageNeeds,
    BudgetsNeeds,
    RecordsNeeds,
    ProvidersNeeds,
    ConfigurationNeeds,
    SignalsNeeds,
    ApprovalsNeeds {
  /** Every valid admin key, with its actor. */
  adminCredentials: () => readonly AdminCredential[]
  log: Log
}

export interface AdminApi {
  /** Never rejects. For paths at and below `/admin/v1`; `peer` is the caller after trusted proxies. */
  fetch: (request: Request, peer: Peer) => Promise<Response>
}

export function createAdminApi(needs: AdminApiNeeds): AdminApi {
  const hono = new OpenAPIHono<AdminEnvironment>({
    defaultHook: (result) => {
      if (!result.success)
        throw invalidInput(
          places[result.target] ?? result.target,
          result.error,
          'data' in result ? result.data : undefined,
        )
    },
  }).basePath(adminBasePath)
  const app = routesOf(hono, needs.log)

  hono.onError((thrown) => {
    const problem = toProblem(thrown)
    if (problem.code === 'internal') needs.log.error('the admin API failed', {}, problem.cause)
    return problemResponse(problem)
  })
  hono.notFound((call) => problemResponse(missingPathError(call.req.method, call.req.path)))
  hono.use('*', createAdminGuard(needs.adminCredentials, createAttempts(needs.clock)))
  hono.use('*', async (call, next) => {
    // Hono would run the GET, and a tail without a reader would stay open.
    if (call.req.raw.method === 'HEAD') throw missingPathError('HEAD', call.req.path)
    await next()
  })
  hono.use('*', bodyLimit({ maxSize: bodyBytes, onError: tooLarge }))

  const document = JSON.stringify(adminDocument())
  hono.get('/openapi.json', (call) => call.body(document, 200, { 'content-type': 'application/json' }))
  serveKeys(app, createKeys(needs))
  serveExplain(app, needs)
  serveUsage(app, needs)
  serveLatency(app, needs)
  serveBudgets(app, needs)
  serveRecords(app, needs)
  serveRuns(app, needs)
  serveProviders(app, needs)
  serveConfiguration(app, needs)
  serveSignals(app, needs)
  serveApprovals(app, needs)
  return { fetch: async (request, peer) => hono.fetch(request, { peer }) }
}

/** Adds routes. A route that is called without the guard does nothing. */
export function routesOf(hono: OpenAPIHono<AdminEnvironment>, log: Log): AdminApp {
  return {
    on: (route, handle) =>
      void hono.openapi(route, (call) => {
        const actor = actorOf(call.var)
        log.debug('an administrator asks', { route: `${route.method} ${route.path}`, ...actorFields(actor) })
        return handle(call, actor)
      }),
  }
}

/** A call without the guard is a bug. The route then does nothing. */
function actorOf({ actor }: { actor?: Actor }): Actor {
  if (actor) return actor
  throw new ProblemError('internal', 'an admin route was called without an actor.')
}

const places: Readonly<Record<string, string>> = { json: 'body', query: 'query', param: 'path' }

function tooLarge(): never {
  throw new ProblemError(
    'request-too-large',
    `the body is larger than ${bodyBytes} bytes, the limit of the admin API.`,
  )
}
