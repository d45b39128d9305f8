// The shape of all admin routes: the environment, JSON in and out, and problem+json for errors.

import type { RouteConfig, RouteHandler } from '@hono/zod-openapi'
import type { z } from 'zod'
import type { Actor } from '../../contract/actor.ts'
import { problemSchema } from '../../contract/admin-api.ts'
import type { Peer } from '../../contract/endpoint.ts'

export interface AdminEnvironment {
  Bindings: { peer: Peer }
  /** Set by the guard, which runs before every route. */
  Variables: { actor: Actor }
}

/** The only way to add a route, so that every handler gets the actor. */
export interface AdminApp {
  on<Route extends RouteConfig>(route: Route, handle: Handle<Route>): void
}

type Handle<Route extends RouteConfig> = (
  call: Parameters<RouteHandler<Route, AdminEnvironment>>[0],
  actor: Actor,
) => ReturnType<RouteHandler<Route, AdminEnvironment>>

export const security = [{ adminKey: [] }]

const problem = {
  description: 'Refused.',
  content: { 'application/problem+json': { schema: problemSchema } },
}

/** The responses of a route: JSON on success, a problem otherwise. */
export const jsonResponses = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  200: { description, content: { 'application/json': { schema } } },
  default: problem,
})

export const createdResponses = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  201: { description, content: { 'application/json': { schema } } },
  default: problem,
})

export const emptyResponses = (description: string) => ({ 204: { description }, default: problem })

export const textResponses = (type: string, description: string) => ({
  200: { description, content: { [type]: { schema: { type: 'string' as const } } } },
  default: problem,
})

export const jsonBody = <Schema extends z.ZodType>(schema: Schema, required = true) => ({
  body: { required, content: { 'application/json': { schema } } },
})
