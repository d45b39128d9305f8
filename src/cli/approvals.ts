// `gatehouse approvals`: lists calls that wait for an approval; shows, approves or denies one.

import type { Command } from 'commander'
import { type ApprovalView, approvalListSchema, approvalSchema } from '../contract/admin-api.ts'
import { adminCommand, type AdminCommandOptions, withGateway } from './client/admin-command.ts'
import { type Column, printFields, printTable } from './terminal/table.ts'
import type { Terminal } from './terminal/terminal.ts'

interface ListOptions extends AdminCommandOptions {
  state?: string
  team?: string
  limit?: string
  after?: string
}

export function approvalsCommand(program: Command, terminal: Terminal): void {
  const approvals = adminCommand(program, {
    usage: 'approvals',
    description: 'calls that wait for an approval',
    examples: ['gatehouse approvals', 'gatehouse approvals --state used --team research'],
  })
    .option('--state <state>', 'pending, approved, denied, used or expired (default: pending)')
    .option('--team <name>', 'only this team')
    .option('--limit <number>', 'maximum number of rows (default: 50)')
    .option('--after <cursor>', 'continue after an earlier page')
  approvals.action(() =>
    withGateway(terminal, approvals.opts<ListOptions>(), async ({ client, printJson }) => {
      const { state = 'pending', team, limit, after } = approvals.opts<ListOptions>()
      const { value, raw } = await client.get('/approvals', approvalListSchema, { state, team, limit, after })
      if (printJson(raw)) return
      printTable(
        terminal,
        columns,
        value.approvals,
        state === 'pending' ? 'no calls wait for an approval' : `no approvals are ${state}`,
      )
      if (value.next !== undefined) terminal.print(`more: add --after ${value.next}`)
    }),
  )

  const show = adminCommand(approvals, {
    usage: 'show <id>',
    description: 'one approval, with the arguments of the call while it is pending',
    examples: ['gatehouse approvals show apr_01930000-0000-7000-8000-000000000001'],
  })
  show.action((id: string) =>
    withGateway(terminal, show.optsWithGlobals<AdminCommandOptions>(), async ({ client, printJson }) => {
      const { value, raw } = await client.get(`/approvals/${encodeURIComponent(id)}`, approvalSchema)
      if (!printJson(raw)) printApproval(terminal, value)
    }),
  )
  decision(approvals, terminal, 'approve', 'let the same call pass once, if it is sent again within an hour')
  decision(approvals, terminal, 'deny', 'refuse the call when it is sent again')
}

function decision(
  approvals: Command,
  terminal: Terminal,
  name: 'approve' | 'deny',
  description: string,
): void {
  const command = adminCommand(approvals, {
    usage: `${name} <id>`,
    description,
    examples: [`gatehouse approvals ${name} apr_01930000-0000-7000-8000-000000000001`],
  }).option('--note <text>', 'reason; after a denial, the caller sees it')
  command.action((id: string) =>
    withGateway(terminal, command.optsWithGlobals<AdminCommandOptions>(), async ({ client, printJson }) => {
      const { note } = command.opts<{ note?: string }>()
      const body = { decision: name, ...(note !== undefined && { note }) }
      const { value, raw } = await client.post(`/approvals/${encodeURIComponent(id)}`, approvalSchema, body)
      if (!printJson(raw)) terminal.print(`${value.id} is ${value.state} until ${value.expiresAt}`)
    }),
  )
}

const labelsOf = ({ findings }: ApprovalView) =>
  Object.entries(findings)
    .map(([label, count]) => `${label} ×${count}`)
    .join(', ')

function printApproval(terminal: Terminal, approval: ApprovalView): void {
  const {
    id,
    state,
    caller,
    team,
    run,
    resource,
    targets,
    policies,
    marks,
    bytes,
    exchange,
    askedAt,
    expiresAt,
  } = approval
  printFields(terminal, [
    ['id', id],
    ['state', state],
    ['call', `${resource.kind} ${resource.name} (${bytes} bytes)`],
    ['arguments', approval.arguments],
    ['to', targets.join(', ')],
    ['caller', `${caller} of ${team}`],
    ['run', run],
    ['marks', marks.join(', ')],
    ['found', labelsOf(approval)],
    ['policies', policies.join(', ')],
    ['exchange', exchange],
    ['asked', askedAt],
    ['expires', expiresAt],
    ['decided', approval.decidedAt && `${approval.decidedAt} by ${approval.decidedBy ?? ''}`],
    ['note', approval.note],
    ['used by', approval.usedBy],
  ])
}

const columns: readonly Column<ApprovalView>[] = [
  { head: 'ID', cell: ({ id }) => id },
  { head: 'CALL', cell: ({ resource }) => `${resource.kind} ${resource.name}` },
  { head: 'CALLER', cell: ({ caller }) => caller },
  { head: 'TEAM', cell: ({ team }) => team },
  { head: 'POLICY', cell: ({ policies }) => policies.join(', ') },
  { head: 'FOUND', cell: labelsOf },
  { head: 'EXPIRES', cell: ({ expiresAt }) => expiresAt },
]
