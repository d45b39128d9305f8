// `gatehouse config`: shows the active configuration, or reads it again.

import type { Command } from 'commander'
import { type Configuration, configurationSchema, reloadSchema } from '../contract/admin-api.ts'
import { adminCommand, type AdminCommandOptions, withGateway } from './client/admin-command.ts'
import { mistakeText } from './mistake-text.ts'
import { printFields } from './terminal/table.ts'
import type { Terminal } from './terminal/terminal.ts'

export function configCommand(program: Command, terminal: Terminal): void {
  const config = program.command('config').description('the configuration of the running gateway')

  const show = adminCommand(config, {
    usage: 'show',
    description: 'the active version, and the mistakes of the last edit that was rejected',
    examples: ['gatehouse config show', 'gatehouse config show --json | jq -r .version'],
  })
  show.action(() =>
    withGateway(terminal, show.opts<AdminCommandOptions>(), async ({ client, printJson }) => {
      const { value, raw } = await client.get('/configuration', configurationSchema)
      if (!printJson(raw)) printConfiguration(terminal, value)
    }),
  )

  const reload = adminCommand(config, {
    usage: 'reload',
    description:
      'read the configuration again; if it has mistakes, the last good one stays active and the exit code is 1',
    examples: ['gatehouse config reload'],
  })
  reload.action(() =>
    withGateway(terminal, reload.opts<AdminCommandOptions>(), async ({ client, printJson }) => {
      const { value, raw } = await client.post('/configuration/reload', reloadSchema)
      if (printJson(raw)) return
      terminal.print(value.isChanged ? 'changed' : 'no change')
      printConfiguration(terminal, value.configuration)
    }),
  )
}

function printConfiguration(terminal: Terminal, configuration: Configuration): void {
  printFields(terminal, [
    ['version', configuration.version],
    ['since', configuration.since],
    ['file', configuration.file ?? 'none (defaults)'],
    ['needs a restart', configuration.needsRestart.join(', ')],
  ])
  if (configuration.rejectedAt !== undefined)
    terminal.print(`the edit of ${configuration.rejectedAt} has mistakes and is not active:`)
  for (const problem of configuration.problems) terminal.print(mistakeText(problem))
}
