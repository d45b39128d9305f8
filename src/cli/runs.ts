// `gatehouse runs`: lists the runs of agents, and shows one run as a tree.

import type { Command } from 'commander'
import { type RunExchange, type RunView, runPageSchema, runTreeSchema } from '../contract/admin-api.ts'
import { formatUsd } from '../kit/money.ts'
import { adminCommand, type AdminCommandOptions, withGateway } from './client/admin-command.ts'
import { timeText, warnOfRest } from './record-text.ts'
import { type Column, printFields, printTable } from './terminal/table.ts'
import type { Terminal } from './terminal/terminal.ts'

interface ListOptions extends AdminCommandOptions {
  from?: string
  to?: string
  key?: string
  team?: string
  outcome?: string
  calls?: string
  cost?: string
  limit: string
  after?: string
}

export function runsCommand(program: Command, terminal: Terminal): void {
  const runs = program.command('runs').description('runs of agents')

  const list = adminCommand(runs, {
    usage: 'list',
    description: 'runs, newest first; a call without a run is its own run',
    examples: ['gatehouse runs list --calls 2', 'gatehouse runs list --team research --cost 0.5 --json'],
  })
    .option('--from <when>', 'a UTC day or an instant')
    .option('--to <when>', 'end; a day is included completely')
    .option('--key <name>', 'only this key')
    .option('--team <name>', 'only this team and the teams below it')
    .option('--outcome <outcome>', 'outcome of the last call: ok, refused, failed, canceled or cut')
    .option('--calls <number>', 'minimum number of calls')
    .option('--cost <usd>', 'minimum cost in US dollars')
    .option('--limit <number>', 'maximum number of rows, up to 1000', '50')
    .option('--after <cursor>', 'continue after an earlier page')
  list.action(() =>
    withGateway(terminal, list.opts<AdminCommandOptions>(), async ({ client, printJson }) => {
      const { from, to, key, team, outcome, calls, cost, limit, after } = list.opts<ListOptions>()
      const query = { from, to, key, team, outcome, calls, costAtLeast: cost, limit, after }
      const { value, raw } = await client.get('/runs', runPageSchema, query)
      if (printJson(raw)) return
      printTable(terminal, columns, value.runs, 'no runs')
      warnOfRest(terminal, value)
    }),
  )

  const show = adminCommand(runs, {
    usage: 'show <id>',
    description:
      'one run with its exchanges as a tree; the id is in the header x-gatehouse-run of the response',
    examples: ['gatehouse runs show ci:nightly'],
  }).option('--after <cursor>', 'continue with earlier exchanges')
  show.action((id: string) =>
    withGateway(terminal, show.opts<AdminCommandOptions>(), async ({ client, printJson }) => {
      const { after } = show.opts<{ after?: string }>()
      const { value, raw } = await client.get(`/runs/${encodeURIComponent(id)}`, runTreeSchema, { after })
      if (printJson(raw)) return
      printRun(terminal, value.run)
      terminal.print('')
      printTable(terminal, treeColumns, value.exchanges, 'its records are no longer stored')
      warnOfRest(terminal, value)
    }),
  )
}

const columns: readonly Column<RunView>[] = [
  { head: 'BEGAN', cell: (run) => run.firstAt },
  { head: 'RUN', cell: (run) => run.id },
  { head: 'TEAM', cell: (run) => run.team ?? '-' },
  { head: 'CALLS', cell: (run) => String(run.calls), isNumber: true },
  { head: 'FAILED', cell: (run) => String(run.failed), isNumber: true },
  { head: 'DEPTH', cell: (run) => String(run.depth), isNumber: true },
  { head: 'COST', cell: (run) => run.cost, isNumber: true },
  { head: 'LAST', cell: (run) => run.outcome },
]

function printRun(terminal: Terminal, run: RunView): void {
  printFields(terminal, [
    ['run', run.id],
    ['key', run.key],
    ['team', run.team],
    ['began', run.firstAt],
    ['ended', run.lastAt],
    ['calls', `${run.calls}, ${run.failed} of them failed`],
    ['tokens in/out', `${run.inputTokens}/${run.outputTokens}`],
    ['cost', run.unpriced > 0 ? `${run.cost}, and ${run.unpriced} calls without a known price` : run.cost],
    ['last call', run.outcome],
  ])
}

const treeColumns: readonly Column<RunExchange>[] = [
  { head: 'AT', cell: (exchange) => timeText(exchange.at) },
  {
    head: 'CALL',
    cell: ({ depth, direction, kind, resource }) =>
      `${'  '.repeat(depth)}${direction === 'reverse' ? '<- ' : ''}${kind} ${resource.name}`,
  },
  { head: 'TARGET', cell: (exchange) => exchange.target ?? '-' },
  { head: 'OUTCOME', cell: ({ outcome, code }) => (code === undefined ? outcome : `${outcome} ${code}`) },
  {
    head: 'TOKENS',
    cell: ({ inputTokens, outputTokens }) => `${inputTokens ?? '-'}/${outputTokens ?? '-'}`,
    isNumber: true,
  },
  {
    head: 'COST',
    cell: ({ costNano }) => (costNano === undefined ? '?' : formatUsd(BigInt(costNano))),
    isNumber: true,
  },
  { head: 'MS', cell: (exchange) => exchange.totalMs.toFixed(0), isNumber: true },
  { head: 'ID', cell: (exchange) => exchange.id },
]
