// `gatehouse latency`: latencies of targets and models, and the time that Gatehouse itself takes.

import { type Command, Option } from 'commander'
import { latencySchema, type LatencyView } from '../contract/admin-api.ts'
import { adminCommand, type AdminCommandOptions, withGateway } from './client/admin-command.ts'
import { type Column, printTable } from './terminal/table.ts'
import type { Terminal } from './terminal/terminal.ts'

interface Options extends AdminCommandOptions {
  by: string
  name?: string
  bucket: string
  from?: string
  to?: string
}

export function latencyCommand(program: Command, terminal: Terminal): void {
  const latency = adminCommand(program, {
    usage: 'latency',
    description: 'percentiles of the latency of successful calls, in milliseconds',
    examples: [
      'gatehouse latency --from 2026-11-23',
      'gatehouse latency --by model --name fast --bucket hour',
    ],
  })
    .addOption(new Option('--by <what>', 'one row for each').choices(['target', 'model']).default('target'))
    .option('--name <name>', 'only this target or model')
    .addOption(
      new Option('--bucket <length>', 'one row for each').choices(['hour', 'day', 'all']).default('all'),
    )
    .option('--from <when>', 'a UTC day or an instant (default: a day ago)')
    .option('--to <when>', 'end; a day is included completely (default: now)')
  latency.action(() =>
    withGateway(terminal, latency.opts<AdminCommandOptions>(), async ({ client, printJson }) => {
      const { by, name, bucket, from, to } = latency.opts<Options>()
      const { value, raw } = await client.get('/latency', latencySchema, { by, name, bucket, from, to })
      if (printJson(raw)) return
      terminal.print(`${value.from} to ${value.to}`)
      printTable(terminal, columns(by, bucket !== 'all'), value.rows, 'no measurements in this time')
    }),
  )
}

type Row = LatencyView['rows'][number]

const columns = (by: string, isBucketed: boolean): readonly Column<Row>[] => [
  ...(isBucketed ? [{ head: 'AT', cell: (row: Row) => row.at ?? '-' }] : []),
  { head: by.toUpperCase(), cell: (row) => row.name ?? '-' },
  { head: 'CALLS', cell: ({ total }) => String(total?.count ?? 0), isNumber: true },
  ...(['total', 'firstToken', 'gate'] as const).flatMap((measure) =>
    (['p50', 'p95', 'p99'] as const).map((share) => ({
      head: `${{ total: 'TOTAL', firstToken: 'FIRST TOKEN', gate: 'GATE' }[measure]} ${share.toUpperCase()}`,
      cell: (row: Row) => String(row[measure]?.[share] ?? '-'),
      isNumber: true,
    })),
  ),
  { head: 'TOKENS/S', cell: ({ speed }) => String(speed?.p50 ?? '-'), isNumber: true },
]
