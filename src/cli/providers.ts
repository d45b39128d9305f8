// `gatehouse providers`: shows whether providers are ready, their circuit breakers and last errors.

import type { Command } from 'commander'
import { pardonedSchema, type ProviderHealth, providerListSchema } from '../contract/admin-api.ts'
import { adminCommand, type AdminCommandOptions, withGateway } from './client/admin-command.ts'
import { type Column, printTable } from './terminal/table.ts'
import type { Terminal } from './terminal/terminal.ts'

export function providersCommand(program: Command, terminal: Terminal): void {
  const providers = adminCommand(program, {
    usage: 'providers',
    description: 'providers and their targets: readiness, circuit breakers, last errors, running calls',
    examples: ['gatehouse providers', 'gatehouse providers --json'],
  })
  providers.action(() =>
    withGateway(terminal, providers.opts<AdminCommandOptions>(), async ({ client, printJson }) => {
      const { value, raw } = await client.get('/providers', providerListSchema)
      if (printJson(raw)) return
      printTable(terminal, columns, value.providers, 'no providers')
      const targets = value.providers.flatMap((provider) => provider.targets)
      if (targets.length === 0) return
      terminal.print('')
      printTable(terminal, targetColumns, targets, '')
    }),
  )

  const pardon = adminCommand(providers, {
    usage: 'pardon <target>',
    description: 'let calls under hard budgets use a target again that was billed above its bound',
    examples: ['gatehouse providers pardon openai/gpt-5-mini'],
  })
  pardon.action((target: string) =>
    withGateway(terminal, pardon.opts<AdminCommandOptions>(), async ({ client, printJson }) => {
      const { raw } = await client.post('/providers/pardon', pardonedSchema, { target })
      if (!printJson(raw)) terminal.print(`${target} is pardoned: calls under hard budgets can use it again`)
    }),
  )
}

const columns: readonly Column<ProviderHealth>[] = [
  { head: 'PROVIDER', cell: (provider) => provider.name },
  { head: 'KIND', cell: (provider) => provider.kind },
  { head: 'READY', cell: (provider) => (provider.isReady ? 'yes' : 'no') },
  {
    head: 'IN FLIGHT',
    cell: ({ inFlight, capacity }) => (capacity === undefined ? String(inFlight) : `${inFlight}/${capacity}`),
    isNumber: true,
  },
  { head: 'WHY NOT', cell: (provider) => provider.reason ?? '' },
]

type Target = ProviderHealth['targets'][number]
const targetColumns: readonly Column<Target>[] = [
  { head: 'TARGET', cell: (target) => target.id },
  { head: 'BREAKER', cell: (target) => (target.isBarred ? `${target.breaker}, barred` : target.breaker) },
  { head: 'IN FLIGHT', cell: (target) => String(target.inFlight), isNumber: true },
  { head: 'LAST SUCCESS', cell: (target) => target.lastSuccessAt ?? '-' },
  {
    head: 'LAST ERROR',
    cell: ({ lastError }) =>
      lastError
        ? `${lastError.at} ${lastError.code}${lastError.status === undefined ? '' : ` (${lastError.status})`}`
        : '-',
  },
]
