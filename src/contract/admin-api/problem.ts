// Refusals of the admin API: `application/problem+json` (RFC 9457) with a stable code for scripts.

import { z } from 'zod'

interface ProblemRow {
  status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 429 | 500 | 503
  title: string
}

export const problemTable = {
  'bad-request': { status: 400, title: 'The request cannot be read' },
  'no-key': { status: 401, title: 'The request has no admin key' },
  'bad-key': { status: 401, title: 'The admin key is wrong' },
  'own-approval': { status: 403, title: 'You cannot decide on your own call' },
  'not-found': { status: 404, title: 'There is nothing with this name' },
  'method-not-allowed': { status: 405, title: 'The path exists, but not for this HTTP method' },
  conflict: { status: 409, title: 'Its current state does not allow this' },
  'owned-by-file': { status: 409, title: 'The configuration file defines this; change it there' },
  'request-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body is not JSON' },
  'rejected-configuration': {
    status: 422,
    title: 'The configuration has mistakes; the last good one stays active',
  },
  'too-many-rows': { status: 422, title: 'The response would be too large' },
  'too-many-attempts': { status: 429, title: 'Too many wrong admin keys from this address' },
  'too-many-tails': { status: 429, title: 'Too many live tails are open' },
  'records-incomplete': { status: 503, title: 'Records of the previous build are still being migrated' },
  internal: { status: 500, title: 'A bug in Gatehouse' },
  'store-down': { status: 503, title: 'The store does not respond' },
} as const satisfies Record<string, ProblemRow>

export type ProblemCode = keyof typeof problemTable

export const mistakeSchema = z
  .object({
    path: z
      .string()
      .describe(
        'Where: a field of the request (`budgets.0.amount`) or of the configuration (`teams.research.allow`).',
      ),
    message: z.string().describe('The mistake, with the wrong value.'),
    fix: z.string().optional(),
    severity: z.enum(['error', 'warning']).optional().describe('Absent: error.'),
    file: z.string().optional(),
    line: z.number().int().optional().describe('From 1.'),
    column: z.number().int().optional(),
  })
  .meta({ id: 'Mistake' })
export type Mistake = z.infer<typeof mistakeSchema>

export const problemSchema = z
  .object({
    type: z.string().describe('`urn:gatehouse:problem:` and the code.'),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().describe('The reason, with the wrong value, and the fix.'),
    code: z.string(),
    errors: z.array(mistakeSchema).optional(),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof problemSchema>
