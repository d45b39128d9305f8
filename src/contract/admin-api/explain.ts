// Which rule decides whether a key may use a model, a tool or an agent, and why.

import { z } from 'zod'
import { type ResourceKind, resourceKinds } from '../resource.ts'

const name = z.string().min(1).max(256).optional()

export const explainQuerySchema = z
  .strictObject({
    key: z.string().min(1).max(100),
    model: name.describe('A model (`fast`) or a target (`openai/gpt-5-mini`).'),
    tool: name.describe('A tool: `github/create_issue`.'),
    agent: name.describe('An agent: `refunds`.'),
  } satisfies Record<'key' | ResourceKind, z.ZodType>)
  .refine((query) => resourceKinds.filter((kind) => query[kind] !== undefined).length === 1, {
    error: `must name one of ${resourceKinds.join(', ')}, and only one`,
  })
export type ExplainQuery = z.infer<typeof explainQuerySchema>

const reasonSchema = z.object({
  rule: z.string().describe('Place in the configuration: `teams.research.deny.models[0]`, `models.fast`.'),
  effect: z
    .enum(['exists', 'unknown', 'allow', 'deny', 'no-match', 'ask', 'only', 'depends'])
    .describe('`depends`: a policy reads facts that only a call has, so the call decides.'),
  pattern: z.string().optional().describe('The glob, if the reason is a grant.'),
  text: z.string(),
})

export const explanationSchema = z
  .object({
    key: z.string(),
    team: z.string(),
    resource: z.object({ kind: z.enum(resourceKinds), name: z.string() }),
    isAllowed: z.boolean(),
    reasons: z.array(reasonSchema).readonly().describe('In the order of evaluation; the last one decides.'),
    decidedBy: z.string(),
    fix: z.string().optional().describe('How to allow it. Absent if it is allowed.'),
    targets: z.array(z.string()).readonly().describe('The targets that a call may use.'),
  })
  .meta({ id: 'Explanation' })
export type Explanation = z.infer<typeof explanationSchema>
