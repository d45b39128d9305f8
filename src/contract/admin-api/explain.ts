// Which rule decides whether a key may use a model, and why.

import { z } from 'zod'

export const explainQuerySchema = z.strictObject({
  key: z.string().min(1).max(64),
  model: z.string().min(1).max(256).describe('A model (`fast`) or a target (`openai/gpt-5-mini`).'),
})
export type ExplainQuery = z.infer<typeof explainQuerySchema>

export const explanationSchema = z
  .object({
    key: z.string(),
    model: z.string(),
    team: z.string(),
    isAllowed: z.boolean(),
    rule: z.string().describe('The rule that decides: `teams.research.deny.models "openai/*"`, `default`.'),
    reason: z.string().describe('The decision in words, with the cure if it is a refusal.'),
    steps: z
      .array(z.object({ rule: z.string(), effect: z.enum(['allows', 'denies', 'does not match', 'narrows']) }))
      .describe('Every rule that was looked at, in order.'),
    targets: z.array(z.string()).describe('What the model stands for, in the order of its configuration.'),
  })
  .meta({ id: 'Explanation' })
export type Explanation = z.infer<typeof explanationSchema>
