// `gatehouse store`: decisions about the store while no gateway uses it.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Main } from './main-api.ts'
import type { Terminal } from './terminal/terminal.ts'

interface AdoptOptions {
  config?: string
  data?: string
  restored?: boolean
}

export function storeCommand(program: Command, terminal: Terminal, loadMain: () => Promise<Main>): void {
  const store = program
    .command('store')
    .description('decisions about a store that was restored from a backup')
  const adopt = store
    .command('adopt')
    .description('accept the store as it is; the gateway must be stopped')
    .option(
      '--config <path>',
      'configuration file (default: $GATEHOUSE_CONFIG, else ./gatehouse.yaml, else none)',
    )
    .option('--data <path>', 'data folder (default: as configured, else ./data)')
    .option('--restored', 'the whole data folder was restored: first count every open budget window as spent')
    .addHelpText(
      'after',
      '\nExamples:\n  $ gatehouse store adopt\n  $ gatehouse store adopt --restored --data /var/lib/gatehouse',
    )
  adopt.action(async () => {
    const { config, data, restored } = adopt.opts<AdoptOptions>()
    const main = await loadMain()
    const { settings } = await main.checkConfiguration({
      ...(config === undefined ? {} : { configPath: config }),
      env: terminal.env,
    })
    terminal.print(await main.adoptStore(resolve(data ?? settings?.data ?? 'data'), restored === true))
  })
}
