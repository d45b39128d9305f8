// `gatehouse usage`: exchanges, tokens and cost by the requested dimensions, as a table, CSV or JSON.

import { type Command, Option } from 'commander'
import { type UsageViewRow, usageDimensions, usageSchema } from '../contract/admin-api.ts'
import { adminCommand, type AdminCommandOptions, withGateway } from './client/admin-command.ts'
import { type Column, printTable } from './terminal/table.ts'
import type { Terminal } from './terminal/terminal.ts'

interface Options extends AdminCommandOptions, Partial<Record<(typeof filters)[number], string>> {
  by: string
  from?: string
  to?: string
  csv?: boolean
}

const filters = [
  'key',
  'team',
  'person',
  'workload',
  'kind',
  'model',
  'target',
  'destination',
  'outcome',
  'code',
  'tag',
] as const

export function usageCommand(program: Command, terminal: Terminal): void {
  const usage = adminCommand(program, {
    usage: 'usage',
    description: 'exchanges, tokens and cost by team, key, model, …',
    examples: [
      'gatehouse usage --by day,model --from 2026-11-01 --to 2026-11-30',
      'gatehouse usage --by team,key --csv > november.csv',
      'gatehouse usage --by target --key ci --json',
      'gatehouse usage --by hour,model --from 2026-11-23',
    ],
  })
    .option('--by <dimensions>', `comma-separated list of ${usageDimensions.join(', ')}`, 'day')
    .option('--from <when>', 'a UTC day or an instant (default: 30 days ago)')
    .option('--to <when>', 'end; a day is included completely (default: now)')
    .addOption(new Option('--csv', 'print CSV').conflicts('json'))
  for (const filter of filters)
    usage.option(
      `--${filter} <name>`,
      `only this ${filter}${filter === 'team' ? ' and the teams below it' : ''}`,
    )
  usage.action(() =>
    withGateway(terminal, usage.opts<Options>(), async ({ client, printJson }) => {
      const { by, from, to, csv, ...options } = usage.opts<Options>()
      const query = {
        by,
        from,
        to,
        ...Object.fromEntries(filters.map((filter) => [filter, options[filter]])),
      }
      if (csv) return terminal.print((await client.text('/usage', { ...query, format: 'csv' })).trimEnd())
      const { value, raw } = await client.get('/usage', usageSchema, query)
      if (printJson(raw)) return
      terminal.print(`${value.from} to ${value.to}`)
      const dimensions = value.by.map(
        (name): Column<UsageViewRow> => ({
          head: name.toUpperCase(),
          cell: (row) => row.group[name] ?? '-',
        }),
      )
      const total: UsageViewRow = { group: value.by[0] ? { [value.by[0]]: 'total' } : {}, ...value.total }
      printTable(
        terminal,
        [...dimensions, ...amounts],
        value.rows.length > 1 ? [...value.rows, total] : value.rows,
        'no usage in this time',
      )
    }),
  )
}

const amounts: readonly Column<UsageViewRow>[] = [
  { head: 'EXCHANGES', cell: (row) => String(row.exchanges), isNumber: true },
  { head: 'INPUT', cell: (row) => row.inputTokens, isNumber: true },
  { head: 'CACHED', cell: (row) => row.cacheReadTokens, isNumber: true },
  { head: 'OUTPUT', cell: (row) => row.outputTokens, isNumber: true },
  { head: 'COST', cell: (row) => row.cost, isNumber: true },
  { head: 'UNPRICED', cell: (row) => String(row.unpriced), isNumber: true },
]
