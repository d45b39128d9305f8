// Which rule decides whether a key may use a model, and why.

import { z } from 'zod'
import { resourceKinds } from '../resource.ts'

export const explainQuerySchema = z.strictObject({
  key: z.string().min(1).max(100),
  model: z.string().min(1).max(256).describe('A model (`fast`) or a target (`openai/gpt-5-mini`).'),
})
export type ExplainQuery = z.infer<typeof explainQuerySchema>

const reasonSchema = z.object({
  rule: z.string().describe('Place in the configuration: `teams.research.deny.models[0]`, `models.fast`.'),
  effect: z.enum(['exists', 'unknown', 'allow', 'deny', 'no-match']),
  pattern: z.string().optional().describe('The glob, where a grant speaks.'),
  text: z.string(),
})

export const explanationSchema = z
  .object({
    key: z.string(),
    team: z.string(),
    resource: z.object({ kind: z.enum(resourceKinds), name: z.string() }),
    isAllowed: z.boolean(),
    reasons: z.array(reasonSchema).readonly().describe('In the order in which the gateway asks; the last one decides.'),
    decidedBy: z.string(),
    cure: z.string().optional().describe('What to do to open it; absent when it is open.'),
    targets: z.array(z.string()).readonly().describe('Where a call may go.'),
  })
  .meta({ id: 'Explanation' })
export type Explanation = z.infer<typeof explanationSchema>
