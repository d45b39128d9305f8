// The state of budgets: the cap, the spending, the holds of nodes, the money in doubt; and an administrator's
// decisions about it.

import { z } from 'zod'
import { ruleOwnerKinds } from '../rule-owners.ts'

const budgetId = z
  .string()
  .max(400)
  .describe('Its id: `team/research/month/usd`; all of its windows and runs.')

export const budgetsQuerySchema = z.strictObject({
  team: z.string().max(100).optional(),
  key: z.string().max(100).optional(),
  budget: budgetId.optional(),
  over: z
    .enum(['true', 'false'])
    .optional()
    .describe('`true`: also windows that ended and runs that are over. Default: `false`.'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  after: z.string().max(2_000).optional().describe('`next` of an earlier page.'),
})
export type BudgetsQuery = z.infer<typeof budgetsQuerySchema>

const amount = z.string().describe('US dollars (`$12.50`) or a count of tokens, exact.')

const decisionSchema = z
  .object({
    at: z.string(),
    action: z.enum(['release', 'write-off']),
    budget: z.string(),
    window: z.string(),
    holder: z.string().describe('The node that held the money.'),
    epoch: z.number(),
    amount,
    by: z.string(),
  })
  .meta({ id: 'DoubtDecision' })

const budgetSchema = z
  .object({
    id: z.string(),
    scope: z
      .object({ kind: z.enum([...ruleOwnerKinds, 'retired']), name: z.string() })
      .describe('`retired`: no rule names it any more.'),
    unit: z.enum(['usd', 'tokens']),
    per: z.string(),
    zone: z.string(),
    isHard: z.boolean(),
    each: z
      .string()
      .optional()
      .describe('The dimension that is counted separately: `person`, `resource`, `tag:customer`, …'),
    value: z
      .string()
      .optional()
      .describe(
        'The value of `each`. `+none`: calls without a value; `+others`: values beyond 1,000 of a soft budget.',
      ),
    window: z
      .string()
      .optional()
      .describe(
        'The instant at which the window began, `total`, or the run. Absent: nothing was ever charged.',
      ),
    endsAt: z.string().optional(),
    isOver: z
      .boolean()
      .describe('The window ended or the run had no call for `runs.idle`, and everything is settled.'),
    cap: amount,
    spent: amount.describe('Settled by records, or written off.'),
    left: amount.describe(
      'The amount that calls can still spend: the cap minus `spent` and `inDoubt`. Negative if the cap was lowered.',
    ),
    held: amount.describe('The part of `left` that nodes already hold.'),
    free: amount.describe('The part of `left` that no node holds yet.'),
    inDoubt: amount.describe(
      'Held by nodes that are silent or lost their journal. Counted as spent until proven otherwise, released or written off.',
    ),
    atBound: amount.describe(
      'The part of `spent` that was charged at the bound, because the vendor reported no usage.',
    ),
    estimated: amount.describe('The part of `spent` that we estimated.'),
    forgiven: amount.describe(
      'Not charged: the difference to the bound of calls that failed at the vendor. At most a tenth of the cap per window.',
    ),
    released: amount.describe('Freed by an administrator without proof.'),
    writtenOff: amount.describe('The part of `spent` that an administrator wrote off.'),
    decisions: z
      .array(decisionSchema)
      .describe('The latest five decisions of administrators about money in doubt.'),
  })
  .meta({ id: 'Budget' })
export type Budget = z.infer<typeof budgetSchema>

export const budgetListSchema = z
  .object({ budgets: z.array(budgetSchema), next: z.string().optional() })
  .meta({ id: 'BudgetList' })

export const doubtOrderSchema = z
  .strictObject({
    action: z
      .enum(['release', 'write-off'])
      .describe(
        '`release` frees money in doubt without proof; its node must have been silent for 24 hours. `write-off` books it as spent.',
      ),
    budget: budgetId.optional().describe('Absent: all budgets.'),
    window: z.string().max(300).optional().describe('Absent: all windows and runs.'),
  })
  .meta({ id: 'DoubtOrder' })
export type DoubtOrderBody = z.infer<typeof doubtOrderSchema>

export const doubtResultSchema = z
  .object({
    decisions: z.array(decisionSchema),
    tooRecent: z
      .number()
      .describe('Holds in doubt that were not released, because their node was heard of within 24 hours.'),
  })
  .meta({ id: 'DoubtResult' })
export type DoubtResultBody = z.infer<typeof doubtResultSchema>
