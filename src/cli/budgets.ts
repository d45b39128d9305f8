// `gatehouse budgets`: caps, spending, what nodes hold, what is in doubt.

import type { Command } from 'commander'
import { type Budget, budgetListSchema } from '../contract/admin-api.ts'
import { adminCommand, type AdminCommandOptions, withGateway } from './client/admin-command.ts'
import { type Column, printTable } from './terminal/table.ts'
import type { Terminal } from './terminal/terminal.ts'

export function budgetsCommand(program: Command, terminal: Terminal): void {
  const budgets = adminCommand(program, {
    usage: 'budgets',
    description: 'budgets as they stand',
    examples: ['gatehouse budgets', 'gatehouse budgets --team research', 'gatehouse budgets --key ci --json'],
  })
    .option('--team <name>', 'only of this team')
    .option('--key <name>', 'only of this key')
  budgets.action(() =>
    withGateway(terminal, budgets.opts<AdminCommandOptions>(), async ({ client, printJson }) => {
      const { team, key } = budgets.opts<{ team?: string; key?: string }>()
      const { value, raw } = await client.get('/budgets', budgetListSchema, { team, key })
      if (!printJson(raw)) printTable(terminal, columns, value.budgets, 'no budgets; add them to teams in the configuration, or to keys')
    }),
  )
}

const columns: readonly Column<Budget>[] = [
  { head: 'OF', cell: (budget) => `${budget.scope.kind} ${budget.scope.name}` },
  { head: 'PER', cell: (budget) => budget.per },
  { head: 'KIND', cell: (budget) => (budget.isHard ? 'hard' : 'soft') },
  { head: 'WINDOW', cell: (budget) => budget.window ?? '-' },
  { head: 'UNIT', cell: (budget) => budget.unit },
  { head: 'CAP', cell: (budget) => budget.cap, isNumber: true },
  { head: 'SPENT', cell: (budget) => budget.spent, isNumber: true },
  { head: 'COMMITTED', cell: (budget) => budget.committed, isNumber: true },
  { head: 'IN DOUBT', cell: (budget) => budget.inDoubt, isNumber: true },
  { head: 'LEFT', cell: (budget) => budget.left, isNumber: true },
]
