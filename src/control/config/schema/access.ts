// Teams, workloads, keys: who calls, what they may use, and how much.

import { z } from 'zod'
import type { GrantKind } from '../../../contract/resource.ts'
import { parseUsd } from '../../../kit/money.ts'
import { secret } from '../secret.ts'
import { records } from './server.ts'
import { count, duration, fields, rate, told } from '../values.ts'

const globs = (examples: string) =>
  z
    .array(
      z.string().regex(/^[^\s/]+(\/\S+)?$/, {
        error: (issue) => told(`"${String(issue.input)}" is not a pattern`, `write ${examples}`),
      }),
      {
        error: ({ input }) =>
          typeof input === 'string'
            ? told(`"${input}" stands alone where a list is meant`, `write ["${input}"]`)
            : undefined,
      },
    )
    .optional()

const grant = fields({
  models: globs('a model ("fast", "*") or a target ("openai/*", "*/*")').describe(
    'Models and targets, as globs: `*` all models, `openai/*` all targets of a provider, `*/*` all targets.',
  ),
  tools: globs('a tool ("github/create_issue", "github/*", "*/*")').describe(
    'Tools, as globs: `github/*` all tools of a server, `*/*` all tools.',
  ),
  agents: globs('an agent ("refunds", "*") or what it offers ("refunds/*", "*/*")').describe(
    'Agents, as globs: `*` all agents, `refunds/*` all that an agent offers, `*/*` all that all offer.',
  ),
} satisfies Record<GrantKind, z.ZodType>)

const tags = z
  .record(
    z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
    z.union([z.string(), z.number(), z.boolean()]).transform(String),
  )
  .describe('`k=v` for attribution, on every record.')

const periods = ['hour', 'day', 'week', 'month', 'year', 'total', 'run'] as const

const isZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

const each = z.union([
  z.enum(['key', 'person', 'workload', 'resource']),
  fields({
    tag: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,64}$/)
      .describe('Name of a tag, from keys or from headers that a key lists.'),
  }).transform(({ tag }): `tag:${string}` => `tag:${tag}`),
])

export const budget = fields({
  amount: z
    .union([z.number(), z.string()])
    .describe('US dollars, or tokens with `unit: tokens` (`200k`, `2M`).'),
  unit: z.enum(['usd', 'tokens']).default('usd'),
  per: z.enum(periods).describe('The period, in the calendar of `zone`; `run` for each run.'),
  zone: z
    .string()
    .refine(isZone, {
      error: (issue) =>
        told(`"${String(issue.input)}" is not a time zone`, 'write an IANA name like Europe/Berlin, or UTC'),
    })
    .default('UTC')
    .describe('Where the days of this budget begin.'),
  hard: z
    .boolean()
    .default(true)
    .describe('Hard budgets refuse calls that they cannot cover; soft ones only count.'),
  capsOutput: z
    .boolean()
    .default(false)
    .describe(
      'Hard only: lowers the output limit of calls without an upper bound to what is left, instead of refusing them.',
    ),
  each: each
    .optional()
    .describe(
      'The whole amount for each value by itself: `person`, `workload` or `key` that calls, `resource` (model, tool or agent) that is asked for, or `{ tag: customer }`. Calls without a value share one amount. At most 1,000 values in a period: a hard budget refuses further ones, a soft one counts them together.',
    ),
}).transform((written, context) => {
  const amount = written.unit === 'usd' ? nano(written.amount) : count.safeParse(written.amount).data
  if (amount !== undefined && BigInt(amount) > 0n) return { ...written, amount: String(amount) }
  const [what, example] =
    written.unit === 'usd' ? ['an amount in US dollars', '500 or 12.5'] : ['a number of tokens', '200k or 2M']
  context.addIssue({
    code: 'custom',
    path: ['amount'],
    message: told(`"${String(written.amount)}" is not ${what} above zero`, `write it like ${example}`),
  })
  return z.NEVER
})
export type BudgetConfig = z.output<typeof budget>

function nano(amount: string | number): bigint | undefined {
  try {
    return parseUsd(amount)
  } catch {
    return undefined
  }
}

const runLimits = fields({
  calls: count.optional().describe('Calls of one run.'),
  depth: z.int().min(0).max(1_000).optional().describe('Calls within calls; 0: none.'),
  time: duration.optional().describe('From the first call of a run; later calls are refused.'),
})

const limits = fields({
  requests: rate.optional().describe('Calls: `600/min`.'),
  tokens: rate.optional().describe('Tokens in and out: `200k/min`.'),
  concurrent: count.optional().describe('Calls at once.'),
  each: z
    .array(
      fields({
        of: each.describe('As `each` of budgets.'),
        requests: rate.optional(),
        tokens: rate.optional(),
      }),
    )
    .optional()
    .describe(
      'Rates for each value by itself: `{ of: { tag: customer }, requests: 10/min }`. Beyond 1,000 values in a period further ones share one rate.',
    ),
  run: runLimits.optional().describe('What one run may do. Its money and tokens are budgets `per: run`.'),
})

const shared = {
  allow: grant.optional().describe('What may be used. What nobody allows is denied.'),
  deny: grant
    .optional()
    .describe(
      'What may not be used, whoever allows it: any deny on the path wins, also over targets behind a model.',
    ),
  tags: tags.optional(),
  limits: limits.optional().describe('Rates; beyond them 429 with Retry-After.'),
  budgets: z
    .array(budget)
    .optional()
    .describe('Amounts of money or tokens per period. One of each unit and period.'),
}

export const team = fields({
  parent: z
    .string()
    .min(1)
    .optional()
    .describe('The team above; its grants, limits and budgets hold here too.'),
  records: records
    .optional()
    .describe(
      'How long records of this team and of those below it are kept, if not as long as the others. Usage and budgets do not depend on it.',
    ),
  ...shared,
})
export type TeamConfig = z.output<typeof team>

/** Of whatever can have limits and budgets. */
export const own = { limits: shared.limits, budgets: shared.budgets }

export const workload = fields({
  team: z.string().min(1).describe('The team that it belongs to.'),
  acts: z
    .literal('as-itself', {
      error: () => told('"acts" has one value', 'write acts: as-itself, or leave it out'),
    })
    .optional()
    .describe(
      '`as-itself`: in a run that it joined by a token, it may use all that it may use elsewhere. Default: what both it and the owner of the run may use.',
    ),
  ...own,
})

export const person = fields({
  allow: grant.optional().describe('What the person may use beyond what the team of the key allows.'),
  deny: shared.deny,
  ...own,
})

const moment = z.union([z.string(), z.date()]).transform((value, context) => {
  const ms =
    value instanceof Date ? value.getTime() : /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN
  if (!Number.isNaN(ms)) return ms
  context.addIssue({
    code: 'custom',
    message: told(`"${String(value)}" is not a date`, 'write it like 2027-03-01 or 2027-03-01T12:00:00Z'),
  })
  return z.NEVER
})
const date = moment.meta({
  description: 'A date (its first moment in UTC) or a moment: `2027-03-01`, `2027-03-01T12:00:00Z`.',
})

export const key = fields({
  team: z.string().min(1).optional().describe('The team that it belongs to; or `workload`, which has one.'),
  workload: z.string().min(1).optional().describe('The program that holds it.'),
  person: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe('The person who holds it, as named under `people` or elsewhere.'),
  secret: secret.describe('What callers send. Kept as a hash only.'),
  previous: fields({ secret, until: date })
    .optional()
    .describe('While a rotation overlaps: the secret of before, valid until then.'),
  expires: date.optional(),
  tagHeaders: z
    .array(
      z.string().regex(/^x-[a-z0-9-]+$/i, {
        error: () => told('a tag header begins with "x-"', 'name it like x-cost-center'),
      }),
    )
    .optional()
    .describe('Headers that callers may set tags with.'),
  ...shared,
})
export type KeyConfig = z.output<typeof key>
