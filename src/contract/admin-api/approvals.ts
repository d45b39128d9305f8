// Calls that wait for an approval (`then: ask`), and the decision about one.

import { z } from 'zod'

export const approvalsQuerySchema = z.strictObject({
  state: z.enum(['pending', 'approved', 'denied', 'used', 'expired']).optional(),
  team: z.string().max(100).optional().describe('Only of this team, not of those below it.'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z.string().max(100).optional().describe('`next` of an earlier page.'),
})
export type ApprovalsQuery = z.infer<typeof approvalsQuerySchema>

export const approvalSchema = z
  .object({
    id: z.string(),
    state: z.enum(['pending', 'approved', 'denied', 'used', 'expired']),
    caller: z.string().describe('The key, person or workload that called.'),
    principal: z.string(),
    team: z.string(),
    run: z.string().optional().describe('Absent: the call names no run.'),
    marks: z.array(z.string()).describe('Kinds of data and effects that the run has had contact with.'),
    kind: z.string(),
    resource: z.object({ kind: z.string(), name: z.string() }),
    targets: z.array(z.string()).describe('Where the call goes.'),
    policies: z.array(z.string()).describe('The policies that require the approval.'),
    findings: z.record(z.string(), z.number()).describe('The findings in the request, by label.'),
    bytes: z.number().describe('Size of the request.'),
    exchange: z.string().describe('The record of the first call that needed it.'),
    askedAt: z.string(),
    expiresAt: z
      .string()
      .describe(
        'Pending: until then it can be decided. Approved: until then it can be used. Denied: until then the same call is refused.',
      ),
    decidedAt: z.string().optional(),
    decidedBy: z.string().optional(),
    note: z.string().optional(),
    usedBy: z.string().optional().describe('The exchange that it let through.'),
    arguments: z
      .string()
      .optional()
      .describe(
        'The arguments as JSON, at most 16,384 characters. Only for a single pending approval: the decision removes them.',
      ),
  })
  .meta({ id: 'Approval' })
export type ApprovalView = z.infer<typeof approvalSchema>

export const approvalListSchema = z
  .object({ approvals: z.array(approvalSchema), next: z.string().optional() })
  .meta({ id: 'ApprovalList' })

export const decideApprovalSchema = z
  .strictObject({
    decision: z.enum(['approve', 'deny']),
    note: z.string().min(1).max(500).optional().describe('After a denial, the caller sees it.'),
  })
  .meta({ id: 'DecideApproval' })
export type DecideApproval = z.infer<typeof decideApprovalSchema>
