// `gatehouse records`: lists records, shows one record, and stops a running exchange.

import type { Command } from 'commander'
import { type RecordView, recordPageSchema, recordSchema, sentSchema } from '../contract/admin-api.ts'
import { adminCommand, type AdminCommandOptions, withGateway } from './client/admin-command.ts'
import { type RecordFilterOptions, recordFilters, withRecordFilters } from './record-filters.ts'
import { costText, outcomeText, timeText, tokensText, warnOfRest } from './record-text.ts'
import { type Column, printFields, printTable } from './terminal/table.ts'
import type { Terminal } from './terminal/terminal.ts'

interface ListOptions extends AdminCommandOptions, RecordFilterOptions {
  from?: string
  to?: string
  limit: string
  after?: string
}

export function recordsCommand(program: Command, terminal: Terminal): void {
  const records = program.command('records').description('records of exchanges')

  const list = withRecordFilters(
    adminCommand(records, {
      usage: 'list',
      description: 'records, newest first',
      examples: [
        'gatehouse records list --key ci --outcome refused',
        'gatehouse records list --from 2026-11-23 --limit 1000 --json',
      ],
    }),
  )
    .option('--from <when>', 'a UTC day or an instant')
    .option('--to <when>', 'end; a day is included completely')
    .option('--limit <number>', 'maximum number of rows, up to 1000', '50')
    .option('--after <cursor>', 'continue after an earlier page')
  list.action(() =>
    withGateway(terminal, list.opts<AdminCommandOptions>(), async ({ client, printJson }) => {
      const { from, to, limit, after, ...options } = list.opts<ListOptions>()
      const { value, raw } = await client.get('/records', recordPageSchema, {
        from,
        to,
        ...recordFilters(options),
        limit,
        after,
      })
      if (printJson(raw)) return
      printTable(terminal, columns, value.records, 'no records')
      warnOfRest(terminal, value)
    }),
  )

  const show = adminCommand(records, {
    usage: 'show <id>',
    description: 'one record; its id is in the header x-gatehouse-exchange of the response',
    examples: ['gatehouse records show 01930000-0000-7000-8000-000000000001'],
  })
  show.action((id: string) =>
    withGateway(terminal, show.opts<AdminCommandOptions>(), async ({ client, printJson }) => {
      const { value, raw } = await client.get(`/records/${encodeURIComponent(id)}`, recordSchema)
      if (!printJson(raw)) printRecord(terminal, value)
    }),
  )

  const kill = adminCommand(records, {
    usage: 'kill <id>',
    description: 'stop a running exchange',
    examples: ['gatehouse records kill 01930000-0000-7000-8000-000000000001'],
  })
  kill.action((id: string) =>
    withGateway(terminal, kill.opts<AdminCommandOptions>(), async ({ client, printJson }) => {
      const { raw } = await client.post('/signals', sentSchema, { kind: 'kill-exchange', exchange: id })
      if (!printJson(raw)) terminal.print(`sent; the record shows whether the exchange was still running`)
    }),
  )
}

const columns: readonly Column<RecordView>[] = [
  { head: 'AT', cell: (record) => timeText(record.at) },
  { head: 'ID', cell: (record) => record.id },
  { head: 'KEY', cell: (record) => record.key ?? '-' },
  { head: 'MODEL', cell: (record) => record.resource.name },
  { head: 'TARGET', cell: (record) => record.target ?? '-' },
  { head: 'OUTCOME', cell: outcomeText },
  { head: 'STATUS', cell: (record) => String(record.status), isNumber: true },
  { head: 'TOKENS', cell: tokensText, isNumber: true },
  { head: 'COST', cell: costText, isNumber: true },
  { head: 'MS', cell: (record) => record.times.totalMs.toFixed(0), isNumber: true },
]

function printRecord(terminal: Terminal, record: RecordView): void {
  printFields(terminal, [
    ['id', record.id],
    ['at', timeText(record.at)],
    ['operation', `${record.kind} (${record.dialect}${record.isStream ? ', streamed' : ''})`],
    ['model', record.resource.name],
    ['key', record.key],
    ['team', record.teamPath?.join(' < ') ?? record.team],
    ['person', record.person],
    ['workload', record.workload],
    ['run', record.run],
    ['within', record.parent],
    ['principal', record.principal],
    [
      'tags',
      Object.entries(record.tags ?? {})
        .map(([name, value]) => `${name}=${value}`)
        .join(', '),
    ],
    ['address', record.address],
    ['outcome', `${outcomeText(record)} (status ${record.status})`],
    ['decided by', record.rule],
    ['target', record.target],
    ['upstream model', record.upstreamModel],
    ['upstream id', record.upstreamId],
    ['finish', record.finish && `${record.finish.unified} (${record.finish.raw})`],
    ['tokens in/out', tokensText(record)],
    ['cost', costText(record)],
    ['found in request', countsText(record.findings?.request)],
    ['found in response', countsText(record.findings?.response)],
    ['found', countsText(record.findings?.unphased)],
    ['policies', record.policies?.map((policy) => `${policy.name}: ${policy.effect}`).join(', ')],
    ['losses', record.losses?.map((loss) => `${loss.field} (${loss.side})`).join(', ')],
    [
      'charged to',
      record.charges?.map((charge) => `${charge.bucket} [${charge.window}] ${charge.amount}`).join(', '),
    ],
    ['bytes in/out', `${record.requestBytes}/${record.replyBytes}`],
    ['gate', `${record.times.gateMs.toFixed(2)} ms`],
    [
      'first token',
      record.times.firstTokenMs === undefined ? undefined : `${record.times.firstTokenMs.toFixed(0)} ms`,
    ],
    ['total', `${record.times.totalMs.toFixed(0)} ms`],
    ['configuration', record.snapshot],
  ])
  if (record.attempts.length === 0) return
  terminal.print('')
  printTable(terminal, attemptColumns, record.attempts, '')
}

const countsText = (counts: Readonly<Record<string, number>> = {}) =>
  Object.entries(counts)
    .map(([label, count]) => `${label}: ${count}`)
    .join(', ')

type Attempt = RecordView['attempts'][number]
const attemptColumns: readonly Column<Attempt>[] = [
  { head: 'ATTEMPT', cell: (attempt) => String(attempt.number), isNumber: true },
  { head: 'TARGET', cell: (attempt) => attempt.target },
  {
    head: 'OUTCOME',
    cell: (attempt) => [attempt.outcome, attempt.code, attempt.fault].filter(Boolean).join(' '),
  },
  { head: 'STATUS', cell: (attempt) => String(attempt.status ?? '-'), isNumber: true },
  { head: 'TOKENS', cell: tokensText, isNumber: true },
  { head: 'COST', cell: costText, isNumber: true },
  { head: 'FROM MS', cell: (attempt) => attempt.startedMs.toFixed(0), isNumber: true },
  { head: 'TO MS', cell: (attempt) => attempt.endedMs.toFixed(0), isNumber: true },
]
