// `gatehouse budgets`: shows caps, spending, holds of nodes and money in doubt; `release` and `write-off`
// decide about money in doubt.

import type { Command } from 'commander'
import { type Budget, budgetListSchema, doubtResultSchema } from '../contract/admin-api.ts'
import { adminCommand, type AdminCommandOptions, withGateway } from './client/admin-command.ts'
import { type Column, printTable } from './terminal/table.ts'
import type { Terminal } from './terminal/terminal.ts'

interface ListOptions extends AdminCommandOptions {
  team?: string
  key?: string
  budget?: string
  over?: boolean
  limit?: string
  after?: string
}

export function budgetsCommand(program: Command, terminal: Terminal): void {
  const budgets = adminCommand(program, {
    usage: 'budgets',
    description: 'the state of all budgets',
    examples: [
      'gatehouse budgets',
      'gatehouse budgets --team research',
      'gatehouse budgets --key ci --over --json',
    ],
  })
    .option('--team <name>', 'only this team')
    .option('--key <name>', 'only this key')
    .option('--budget <id>', 'only this budget, such as team/research/month/usd')
    .option('--over', 'include windows and runs that are over')
    .option('--limit <number>', 'maximum number of rows (default: 100)')
    .option('--after <cursor>', 'continue after an earlier page')
  budgets.action(() =>
    withGateway(terminal, budgets.opts<ListOptions>(), async ({ client, printJson }) => {
      const { team, key, budget, over, limit, after } = budgets.opts<ListOptions>()
      const query = { team, key, budget, over: over ? 'true' : undefined, limit, after }
      const { value, raw } = await client.get('/budgets', budgetListSchema, query)
      if (printJson(raw)) return
      printTable(
        terminal,
        columns,
        value.budgets,
        'no budgets; add them to teams in the configuration, or to keys',
      )
      if (value.next) terminal.print(`more: add --after ${value.next}`)
    }),
  )
  decision(
    budgets,
    terminal,
    'release',
    'free money in doubt without proof; its node must be silent for 24 hours',
  )
  decision(budgets, terminal, 'write-off', 'book money in doubt as spent')
}

function decision(
  budgets: Command,
  terminal: Terminal,
  action: 'release' | 'write-off',
  description: string,
): void {
  const command = adminCommand(budgets, {
    usage: `${action} <budget>`,
    description,
    examples: [
      `gatehouse budgets ${action} team/research/month/usd`,
      `gatehouse budgets ${action} team/research/run/usd --window ci:run_7`,
    ],
  }).option('--window <window>', 'only this window or run (default: all)')
  command.action((budget: string) =>
    withGateway(
      terminal,
      command.optsWithGlobals<AdminCommandOptions & { window?: string }>(),
      async ({ client, printJson }) => {
        const { window } = command.opts<{ window?: string }>()
        const { value, raw } = await client.post('/budgets/decisions', doubtResultSchema, {
          action,
          budget,
          ...(window === undefined ? {} : { window }),
        })
        if (printJson(raw)) return
        for (const one of value.decisions)
          terminal.print(
            `${pastTense[action]} ${one.amount} of ${one.budget} (${one.window}), held by ${one.holder}`,
          )
        if (value.tooRecent > 0)
          terminal.print(
            `${value.tooRecent} holds were not released, because their nodes were heard of within 24 hours`,
          )
        if (value.decisions.length === 0 && value.tooRecent === 0)
          terminal.print(`${budget} has no money in doubt`)
      },
    ),
  )
}

const pastTense = { release: 'released', 'write-off': 'wrote off' } as const

const columns: readonly Column<Budget>[] = [
  { head: 'OF', cell: (budget) => `${budget.scope.kind} ${budget.scope.name}` },
  { head: 'PER', cell: (budget) => budget.per },
  { head: 'KIND', cell: (budget) => (budget.isHard ? 'hard' : 'soft') },
  { head: 'WINDOW', cell: (budget) => budget.window ?? '-' },
  { head: 'UNIT', cell: (budget) => budget.unit },
  { head: 'CAP', cell: (budget) => budget.cap, isNumber: true },
  { head: 'SPENT', cell: (budget) => budget.spent, isNumber: true },
  { head: 'LEFT', cell: (budget) => budget.left, isNumber: true },
  { head: 'HELD', cell: (budget) => budget.held, isNumber: true },
  { head: 'FREE', cell: (budget) => budget.free, isNumber: true },
  { head: 'IN DOUBT', cell: (budget) => budget.inDoubt, isNumber: true },
  { head: 'AT BOUND', cell: (budget) => budget.atBound, isNumber: true },
  { head: 'ESTIMATED', cell: (budget) => budget.estimated, isNumber: true },
  { head: 'FORGIVEN', cell: (budget) => budget.forgiven, isNumber: true },
]
