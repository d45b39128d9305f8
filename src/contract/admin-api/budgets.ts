// Budgets as they stand: the cap, what is spent, what nodes hold.

import { z } from 'zod'

export const budgetsQuerySchema = z.strictObject({
  team: z.string().max(100).optional(),
  key: z.string().max(100).optional(),
  budget: z.string().max(256).optional().describe('Its id: `team/research/month/usd`.'),
})
export type BudgetsQuery = z.infer<typeof budgetsQuerySchema>

const amount = z.string().describe('US dollars (`$12.50`) or a count of tokens, exact.')

const budgetSchema = z
  .object({
    id: z.string(),
    scope: z.object({ kind: z.enum(['team', 'key', 'retired']), name: z.string() }).describe('`retired`: no rule names it any longer.'),
    unit: z.enum(['usd', 'tokens']),
    per: z.string(),
    zone: z.string(),
    isHard: z.boolean(),
    window: z.string().optional().describe('The instant at which the window began, `total`, or the run. Absent: nothing was ever charged.'),
    endsAt: z.string().optional(),
    cap: amount,
    spent: amount.describe('Settled by records.'),
    committed: amount.describe('Granted to nodes and not returned; what is spent is in it.'),
    inDoubt: amount.describe('Held by nodes that are silent; counted as spent until proven.'),
    left: amount.describe('What can still be granted; negative after a cap was lowered.'),
  })
  .meta({ id: 'Budget' })
export type Budget = z.infer<typeof budgetSchema>

export const budgetListSchema = z.object({ budgets: z.array(budgetSchema) }).meta({ id: 'BudgetList' })
