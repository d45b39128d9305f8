// The shape that all admin routes share: the environment, JSON in and out, and problem+json for whatever goes wrong.

import type { OpenAPIHono } from '@hono/zod-openapi'
import type { z } from 'zod'
import { problemSchema } from '../../contract/admin-api.ts'
import type { Peer } from '../../contract/door.ts'

export interface AdminEnvironment {
  Bindings: { peer: Peer }
}
export type AdminApp = OpenAPIHono<AdminEnvironment>

export const security = [{ adminKey: [] }]

const problem = { description: 'Refused.', content: { 'application/problem+json': { schema: problemSchema } } }

/** One successful answer, and a problem otherwise. */
export const answers = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  200: { description, content: { 'application/json': { schema } } },
  default: problem,
})

export const createdAnswers = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  201: { description, content: { 'application/json': { schema } } },
  default: problem,
})

export const emptyAnswers = (description: string) => ({ 204: { description }, default: problem })

export const textAnswers = (type: string, description: string) => ({
  200: { description, content: { [type]: { schema: { type: 'string' as const } } } },
  default: problem,
})

export const jsonBody = <Schema extends z.ZodType>(schema: Schema, required = true) => ({
  body: { required, content: { 'application/json': { schema } } },
})
