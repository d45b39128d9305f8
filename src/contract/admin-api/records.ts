// Records in the admin API: contract/record.ts as a schema, pages of records, and the filters of the live
// tail.

import { z } from 'zod'
import { runMarks } from '../run.ts'

export const outcome = z.enum(['ok', 'refused', 'failed', 'canceled', 'cut'])

const filters = {
  key: z.string().max(100).optional(),
  team: z.string().max(100).optional().describe('With the teams below it, by the path on each record.'),
  person: z.string().max(256).optional(),
  workload: z.string().max(256).optional(),
  kind: z.string().max(40).optional().describe('`model.generate`, `tool.call`, …'),
  model: z.string().max(256).optional().describe('The model, tool or agent as the caller named it.'),
  target: z.string().max(513).optional(),
  destination: z.string().max(100).optional().describe('A provider, server or agent.'),
  outcome: outcome.optional(),
  code: z.string().max(64).optional().describe('Of a refusal or failure.'),
  run: z.string().max(512).optional(),
  parent: z.string().max(64).optional().describe('Id of the exchange that it is part of.'),
  tag: z.string().max(512).optional().describe('`name=value`.'),
  policy: z.string().max(100).optional().describe('Name of a policy or guard that applied.'),
  finding: z.string().max(200).optional().describe('A label, or its first part: `pii/email`, `pii`.'),
  costAtLeast: z
    .string()
    .regex(/^\d{1,9}(\.\d{1,9})?$/, 'must be an amount in US dollars, like 0.05')
    .optional()
    .describe('US dollars.'),
}

/** Parameters of all pages of records and runs. */
export const pageQuery = {
  from: z.string().max(40).optional().describe('A UTC day or an instant.'),
  to: z.string().max(40).optional().describe('The end. A day is included completely.'),
  limit: z
    .string()
    .regex(/^([1-9]\d?\d?|1000)$/, 'must be a number from 1 to 1000')
    .default('50'),
  after: z.string().max(512).optional().describe('`next` of the previous page.'),
}

export const pageEnd = {
  next: z
    .string()
    .optional()
    .describe(
      'Pass it as `after` for the next page, also if `isPartial` is true. Absent: this is the last page.',
    ),
  isPartial: z
    .literal(true)
    .optional()
    .describe('The search stopped at `scannedTo`, because there are many records and few match.'),
  scannedTo: z.string().optional().describe('All newer records were searched.'),
}

export const tailQuerySchema = z.strictObject(filters)
export type TailQuery = z.infer<typeof tailQuerySchema>

export const recordsQuerySchema = z.strictObject({
  ...filters,
  ...pageQuery,
})

const usageFields = {
  inputTokens: z.number().optional(),
  outputTokens: z.number().optional(),
  cacheReadTokens: z.number().optional(),
  cacheWriteTokens: z.number().optional(),
  cacheWriteLongTokens: z.number().optional(),
  cacheWrite12hTokens: z.number().optional(),
  reasoningTokens: z.number().optional(),
  inputAudioTokens: z.number().optional(),
  outputAudioTokens: z.number().optional(),
  fees: z.record(z.string(), z.number()).optional(),
  terms: z
    .array(z.string())
    .readonly()
    .optional()
    .describe('Terms that change the rates: `flex`, `priority`, `batch`, `fast`, `geo-us`.'),
  reportedNano: z.number().optional().describe('The cost that the provider reported, nano-dollars.'),
  isEstimated: z.boolean().optional(),
}

const usage = z.object({
  ...usageFields,
  others: z
    .array(z.object({ model: z.string(), usage: z.object(usageFields) }))
    .readonly()
    .optional()
    .describe('Usage of other models for the same response: an advisor, a fallback at the vendor.'),
})

const cost = {
  costNano: z.string().optional().describe('Nano-dollars. Absent: unknown price.'),
  costBasis: z.enum(['reported', 'usage', 'estimated', 'forgiven', 'bound', 'free']).optional(),
}

const attempt = z.object({
  number: z.number(),
  target: z.string(),
  startedMs: z.number(),
  endedMs: z.number(),
  outcome: z.enum(['ok', 'failed', 'canceled', 'not-sent']),
  status: z.number().optional(),
  code: z.string().optional(),
  fault: z.string().optional(),
  usage: usage.optional(),
  ...cost,
  listedNano: z
    .string()
    .optional()
    .describe('The cost by our price list, if the provider reported a cost that differs by more than 1 %.'),
  isCostDisputed: z
    .boolean()
    .optional()
    .describe('The reported cost and our price list disagree by more than 1 %.'),
})

const counts = z.record(z.string(), z.number())

export const recordSchema = z
  .object({
    id: z.string(),
    at: z.number().describe('Milliseconds since the epoch.'),
    kind: z.string(),
    direction: z
      .enum(['forward', 'reverse'])
      .optional()
      .describe('`reverse`: the upstream asked the client.'),
    resource: z.object({ kind: z.string(), name: z.string() }),
    dialect: z.string(),
    isStream: z.boolean(),
    parent: z.string().optional().describe('The exchange that this one is part of.'),
    depth: z.number().int().optional().describe('How many exchanges it is nested in. Absent: none.'),
    run: z.string().optional(),
    principal: z.string().optional(),
    key: z.string().optional(),
    person: z.string().optional(),
    workload: z.string().optional(),
    team: z.string().optional(),
    teamPath: z.array(z.string()).readonly().optional(),
    tags: z.record(z.string(), z.string()).optional(),
    address: z.string().optional(),
    outcome,
    status: z.number(),
    code: z.string().optional(),
    rule: z.string().optional(),
    approval: z.string().optional().describe('The approval that let it pass, or that it waits for.'),
    target: z.string().optional(),
    destination: z.string().optional().describe('The provider, server or agent of the target.'),
    upstreamModel: z.string().optional(),
    upstreamId: z.string().optional(),
    finish: z.object({ unified: z.string(), raw: z.string() }).optional(),
    usage: usage.optional(),
    ...cost,
    isBoundBroken: z.boolean().optional(),
    attempts: z.array(attempt).readonly(),
    findings: z
      .object({
        request: counts.optional(),
        response: counts.optional(),
        unphased: counts.optional().describe('Of records of earlier builds, which did not record the side.'),
      })
      .optional()
      .describe('Counts of findings by label.'),
    facts: z
      .object({
        maxOutputTokens: z.number().optional(),
        tools: z.array(z.string()).readonly().optional(),
        toolCount: z.number().int().optional().describe('Present if `tools` names only some of them.'),
        media: z.array(z.string()).readonly().optional(),
        claims: z.array(z.string()).readonly().optional().describe('Names, never values.'),
        traits: z
          .array(z.string())
          .readonly()
          .optional()
          .describe('Traits that all targets of the resource had.'),
        run: z
          .object({
            calls: z.number().int().optional(),
            tokens: z.number().int().optional(),
            costNano: z.string().optional(),
            startedAt: z.number().optional(),
            findings: z.array(z.string()).readonly().optional(),
            marks: z.array(z.enum(runMarks)).readonly().optional(),
          })
          .optional()
          .describe('The earlier calls of the run. Absent members are zero.'),
      })
      .optional()
      .describe('Further facts that request policies read: names, counts and sizes.'),
    policies: z
      .array(z.object({ name: z.string(), effect: z.string() }))
      .readonly()
      .optional(),
    isRedacted: z.boolean().optional(),
    losses: z
      .array(z.object({ field: z.string(), side: z.enum(['request', 'response']) }))
      .readonly()
      .optional(),
    charges: z
      .array(
        z.object({
          bucket: z.string(),
          window: z.string(),
          amount: z.string(),
          epoch: z.number().optional(),
        }),
      )
      .readonly()
      .optional(),
    requestBytes: z.number(),
    replyBytes: z.number(),
    times: z.object({
      gateMs: z.number(),
      firstByteMs: z.number().optional(),
      firstTokenMs: z.number().optional(),
      totalMs: z.number(),
    }),
    snapshot: z.string().optional(),
    isTrimmed: z.boolean().optional().describe('Some members were left out. Money is never left out.'),
    repeats: z
      .number()
      .int()
      .optional()
      .describe('The number of anonymous refusals of one kind that this record represents.'),
  })
  .meta({ id: 'ExchangeRecord' })
export type RecordView = z.infer<typeof recordSchema>

export const recordPageSchema = z
  .object({
    records: z.array(recordSchema).readonly(),
    ...pageEnd,
  })
  .meta({ id: 'RecordPage' })
export type RecordPage = z.infer<typeof recordPageSchema>
