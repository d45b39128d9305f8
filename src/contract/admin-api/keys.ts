// Keys in the admin API. Fields are written as in the configuration file. The secret appears only once, in
// the response that created it.

import { z } from 'zod'
import type { GrantKind } from '../resource.ts'

/** Names of the configuration. They have no slash, because a slash separates provider and model. */
const name = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/,
    'must begin with a letter or digit and have at most 100 letters, digits, ".", "_", ":" and "-"',
  )
const globs = z.array(z.string().min(1).max(256)).max(256)
const accessSchema = z.strictObject({
  models: globs.optional().describe('Globs over models (`*`) and targets (`openai/*`).'),
  tools: globs.optional().describe('Globs over tools: `github/*`.'),
  agents: globs.optional().describe('Globs over agents: `refunds`, `*`.'),
} satisfies Record<GrantKind, z.ZodType>)
const tagName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 letters, digits, ".", "_" and "-"')
const tagHeader = z.string().regex(/^x-[a-z0-9-]{1,62}$/i, 'must begin with "x-", like x-cost-center')

const keyIdSchema = name.describe('Name of the key in records and configuration.').meta({ examples: ['ci'] })

const limitsSchema = z.strictObject({
  requests: z.string().max(40).optional().describe('`600/min`; units s, min, h, d.'),
  tokens: z.string().max(40).optional().describe('`200k/min`; k means thousand, m means million.'),
  concurrent: z.int().min(1).max(1_000_000).optional().describe('Concurrent calls.'),
  run: z
    .strictObject({
      calls: z.int().min(1).max(1_000_000_000).optional().describe('Calls of one run.'),
      depth: z.int().min(0).max(1_000).optional().describe('Calls within calls; 0: none.'),
      time: z
        .string()
        .max(40)
        .optional()
        .describe('From the first call of a run: `1h`; later calls are refused.'),
    })
    .optional()
    .describe('Limits of one run. For its money and tokens, set a budget `per: run`.'),
})
export type LimitsText = z.infer<typeof limitsSchema>

const budgetTextSchema = z.strictObject({
  amount: z
    .union([z.string().max(40), z.number()])
    .describe('US dollars (`500`, `"0.25"`), or a count with `unit: tokens`.'),
  unit: z.enum(['usd', 'tokens']).default('usd'),
  per: z.enum(['hour', 'day', 'week', 'month', 'year', 'total', 'run']),
  zone: z.string().max(64).default('UTC').describe('IANA time zone of the windows.'),
  hard: z.boolean().default(true).describe('Hard budgets refuse calls; soft budgets only count.'),
  capsOutput: z
    .boolean()
    .default(false)
    .describe(
      'Lower the output limit to the amount that is left, instead of refusing calls without a bound.',
    ),
})
export type BudgetText = z.infer<typeof budgetTextSchema>

export const createKeySchema = z
  .strictObject({
    id: keyIdSchema,
    team: z.string().min(1).max(100),
    workload: name.optional(),
    person: z.string().min(1).max(256).optional(),
    expires: z
      .string()
      .max(40)
      .optional()
      .describe(
        'A day (`2027-03-01`, its beginning in UTC), an instant (`2027-03-01T12:00:00Z`) or a time from now (`90d`).',
      ),
    allow: accessSchema
      .optional()
      .describe(
        'What the key itself allows. Absent: everything that its team may use. Keys can only narrow.',
      ),
    deny: accessSchema.optional(),
    tags: z.record(tagName, z.string().max(256)).optional(),
    tagHeaders: z.array(tagHeader).max(32).optional().describe('Headers with which callers may set tags.'),
    limits: limitsSchema.optional(),
    budgets: z.array(budgetTextSchema).max(16).optional(),
    loopbackOnly: z.boolean().optional().describe('Valid only for calls from the gateway’s own machine.'),
  })
  .meta({ id: 'CreateKey' })
export type CreateKey = z.infer<typeof createKeySchema>

export const rotateKeySchema = z
  .strictObject({
    overlap: z
      .string()
      .max(20)
      .default('24h')
      .describe('How long the old secret stays valid: `0s`, `24h`, `7d`; at most 90 days.'),
  })
  .meta({ id: 'RotateKey' })

export const revokeKeySchema = z.strictObject({
  keep: z
    .enum(['true', 'false'])
    .optional()
    .describe(
      '`true`: stored responses of its workload or person stay available to their other keys. Default: they are erased.',
    ),
})

export const keySchema = z
  .object({
    id: z.string(),
    team: z.string(),
    workload: z.string().optional(),
    person: z.string().optional(),
    owner: z.enum(['file', 'admin']).describe('`file`: read-only here, except that it can be revoked.'),
    state: z.enum(['active', 'expired', 'revoked']),
    createdAt: z.string().optional().describe('Absent for keys of the configuration file.'),
    expiresAt: z.string().optional(),
    revokedAt: z.string().optional(),
    allow: accessSchema.optional(),
    deny: accessSchema.optional(),
    tags: z.record(z.string(), z.string()),
    tagHeaders: z.array(z.string()).optional(),
    limits: limitsSchema.optional(),
    budgets: z.array(budgetTextSchema).optional(),
    loopbackOnly: z.boolean().optional(),
    secrets: z
      .array(z.object({ fingerprint: z.string(), validUntil: z.string().optional() }))
      .describe('Valid secrets. A fingerprint is the beginning of the SHA-256.'),
    notes: z
      .array(z.string())
      .describe('Notes for administrators, such as grants that the team does not cover.'),
  })
  .meta({ id: 'Key' })
export type Key = z.infer<typeof keySchema>

export const keyListSchema = z.object({ keys: z.array(keySchema) }).meta({ id: 'KeyList' })
export const keyWithSecretSchema = z
  .object({ key: keySchema, secret: z.string().describe('Shown this once; only its hash is kept.') })
  .meta({ id: 'KeyWithSecret' })
export type KeyWithSecret = z.infer<typeof keyWithSecretSchema>
