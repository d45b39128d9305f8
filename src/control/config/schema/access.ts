// Teams, workloads, people and keys: the callers, what they may use, and how much.

import { z } from 'zod'
import type { GrantKind } from '../../../contract/resource.ts'
import { parseUsd } from '../../../kit/money.ts'
import { secret } from '../secret.ts'
import { records } from './server.ts'
import { count, duration, strictFields, rate, withFix } from '../values.ts'

const globs = (examples: string) =>
  z
    .array(
      z.string().regex(/^[^\s/]+(\/\S+)?$/, {
        error: (issue) => withFix(`"${String(issue.input)}" is not a pattern`, `write ${examples}`),
      }),
      {
        error: ({ input }) =>
          typeof input === 'string'
            ? withFix(`"${input}" must be in a list`, `write ["${input}"]`)
            : undefined,
      },
    )
    .optional()

const grant = strictFields({
  models: globs('a model ("fast", "*") or a target ("openai/*", "*/*")').describe(
    'Models and targets, as globs: `*` all models, `openai/*` all targets of a provider, `*/*` all targets.',
  ),
  tools: globs('a tool ("github/create_issue", "github/*", "*/*")').describe(
    'Tools, as globs: `github/*` all tools of a server, `*/*` all tools.',
  ),
  agents: globs('an agent ("refunds", "*") or its skills ("refunds/*", "*/*")').describe(
    'Agents, as globs: `*` all agents, `refunds/*` all skills of an agent, `*/*` all skills of all agents.',
  ),
} satisfies Record<GrantKind, z.ZodType>)

const tags = z
  .record(
    z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
    z.union([z.string(), z.number(), z.boolean()]).transform(String),
  )
  .describe('Names and values for attribution, on every record: `cost: r42`.')

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
  strictFields({
    tag: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,64}$/)
      .describe('Name of a tag. Its value comes from the key, or from a header that the key lists.'),
  }).transform(({ tag }): `tag:${string}` => `tag:${tag}`),
])

export const budget = strictFields({
  amount: z
    .union([z.number(), z.string()])
    .describe('US dollars, or tokens with `unit: tokens` (`200k`, `2M`).'),
  unit: z.enum(['usd', 'tokens']).default('usd'),
  per: z.enum(periods).describe('The period, in the calendar of `zone`; `run` for each run.'),
  zone: z
    .string()
    .refine(isZone, {
      error: (issue) =>
        withFix(
          `"${String(issue.input)}" is not a time zone`,
          'write an IANA name like Europe/Berlin, or UTC',
        ),
    })
    .default('UTC')
    .describe('The time zone in which the periods of this budget begin.'),
  hard: z
    .boolean()
    .default(true)
    .describe('Hard budgets refuse calls that they cannot cover; soft ones only count.'),
  capsOutput: z
    .boolean()
    .default(false)
    .describe(
      'For hard budgets: a call without an output limit gets a limit that fits the remaining amount. Without this setting such a call is refused.',
    ),
  each: each
    .optional()
    .describe(
      'Gives the whole amount to each value of: `person`, `workload` or `key` (the caller), `resource` (the requested model, tool or agent), or `{ tag: customer }`. Calls without a value share one amount. A period has at most 1,000 values: a hard budget refuses further ones, a soft one counts them together.',
    ),
}).transform((written, context) => {
  const amount = written.unit === 'usd' ? nano(written.amount) : count.safeParse(written.amount).data
  if (amount !== undefined && BigInt(amount) > 0n) return { ...written, amount: String(amount) }
  const [what, example] =
    written.unit === 'usd' ? ['an amount in US dollars', '500 or 12.5'] : ['a number of tokens', '200k or 2M']
  context.addIssue({
    code: 'custom',
    path: ['amount'],
    message: withFix(`"${String(written.amount)}" is not ${what} above zero`, `write it like ${example}`),
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

const runLimits = strictFields({
  calls: count.optional().describe('The number of calls in one run.'),
  depth: z
    .int()
    .min(0)
    .max(1_000)
    .optional()
    .describe('How deep calls may be nested in other calls; 0 allows no nested calls.'),
  time: duration.optional().describe('The time from the first call of a run, after which calls are refused.'),
})

const limits = strictFields({
  requests: rate.optional().describe('Calls, for instance `600/min`.'),
  tokens: rate.optional().describe('Input and output tokens, for instance `200k/min`.'),
  concurrent: count.optional().describe('Concurrent calls.'),
  each: z
    .array(
      strictFields({
        of: each.describe('The same values as `each` of budgets.'),
        requests: rate.optional(),
        tokens: rate.optional(),
      }),
    )
    .optional()
    .describe(
      'Separate rates for each value, for instance `{ of: { tag: customer }, requests: 10/min }`. Beyond 1,000 values in a period, the further ones share one rate.',
    ),
  run: runLimits.optional().describe('Limits of one run. For its money and tokens use budgets `per: run`.'),
})

const shared = {
  allow: grant
    .optional()
    .describe('The resources that the caller may use. Without an allow, a resource is denied.'),
  deny: grant
    .optional()
    .describe(
      'The resources that the caller may not use. Any deny on the path wins over every allow, and removes the denied targets from models.',
    ),
  tags: tags.optional(),
  limits: limits.optional().describe('Rates. A call beyond them gets a 429 with Retry-After.'),
  budgets: z
    .array(budget)
    .optional()
    .describe('Amounts of money or tokens per period. At most one budget for each unit and period.'),
}

export const team = strictFields({
  parent: z
    .string()
    .min(1)
    .optional()
    .describe('The team above. Its grants, limits and budgets apply here too.'),
  records: records
    .optional()
    .describe(
      'How long records of this team and of the teams below it are kept. Default: as for all records. Usage and budgets do not depend on it.',
    ),
  ...shared,
})
export type TeamConfig = z.output<typeof team>

/** The settings of everything that can have limits and budgets. */
export const own = { limits: shared.limits, budgets: shared.budgets }

export const workload = strictFields({
  team: z.string().min(1).describe('The team of the workload.'),
  acts: z
    .literal('as-itself', {
      error: () => withFix('"acts" has one value', 'write acts: as-itself, or leave it out'),
    })
    .optional()
    .describe(
      '`as-itself`: in a run that it joined with a token, the workload keeps its own grants. Default: it may use only what both it and the owner of the run may use.',
    ),
  ...own,
})

export const person = strictFields({
  allow: grant.optional().describe('Additional grants of the person, beyond those of the team of the key.'),
  deny: shared.deny,
  ...own,
})

const moment = z.union([z.string(), z.date()]).transform((value, context) => {
  const ms =
    value instanceof Date ? value.getTime() : /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN
  if (!Number.isNaN(ms)) return ms
  context.addIssue({
    code: 'custom',
    message: withFix(`"${String(value)}" is not a date`, 'write it like 2027-03-01 or 2027-03-01T12:00:00Z'),
  })
  return z.NEVER
})
const date = moment.meta({
  description: 'A date (its first moment in UTC) or a moment: `2027-03-01`, `2027-03-01T12:00:00Z`.',
})

export const key = strictFields({
  team: z
    .string()
    .min(1)
    .optional()
    .describe('The team of the key. Not needed with `workload`, which has a team.'),
  workload: z.string().min(1).optional().describe('The program that uses the key.'),
  person: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe('The person who uses the key. An entry under `people` is optional.'),
  secret: secret.describe('The text that callers send. Gatehouse keeps only a hash.'),
  previous: strictFields({ secret, until: date })
    .optional()
    .describe('During a rotation: the previous secret, and the date until which it is valid.'),
  expires: date.optional(),
  tagHeaders: z
    .array(
      z.string().regex(/^x-[a-z0-9-]+$/i, {
        error: () => withFix('a tag header begins with "x-"', 'name it like x-cost-center'),
      }),
    )
    .optional()
    .describe('Headers in which callers may set tags: `x-customer: acme` sets the tag `customer`.'),
  ...shared,
})
export type KeyConfig = z.output<typeof key>
