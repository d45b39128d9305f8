// What all commands that ask a running gateway share: the options, `--json`, and how a refusal is told.

import type { Command } from 'commander'
import { Failure } from '../failure.ts'
import type { Terminal } from '../terminal/terminal.ts'
import type { AdminClient } from './admin-client.ts'
import { type ConnectOptions, connect, defaultUrl } from './connect.ts'

export interface AdminCommandOptions extends ConnectOptions {
  json?: boolean
}

export interface AdminCommandDescription {
  /** Name and arguments as commander takes them: `rotate <key>`. */
  usage: string
  description: string
  /** Whole command lines. */
  examples: readonly string[]
}

/** Adds the command and its shared options; the caller adds its own and an action. */
export function adminCommand(
  parent: Command,
  { usage, description, examples }: AdminCommandDescription,
): Command {
  return parent
    .command(usage)
    .description(description)
    .option('--url <url>', `where the gateway is (default: $GATEHOUSE_URL, else ${defaultUrl})`)
    .option('--admin-key-file <path>', 'file that holds the admin key (default: $GATEHOUSE_ADMIN_KEY)')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ ${example}`).join('\n')}`)
}

export interface Doing {
  client: AdminClient
  isJson: boolean
  /** With `--json` prints the answer and says true: then the command is done. */
  printJson: (raw: unknown) => boolean
}

/** Runs what a command does against the gateway; with `--json` a refusal is JSON too, on stderr. */
export async function withGateway(
  terminal: Terminal,
  options: AdminCommandOptions,
  run: (doing: Doing) => Promise<void>,
): Promise<void> {
  const isJson = options.json === true
  try {
    await run({
      client: connect(terminal, options),
      isJson,
      printJson(raw) {
        if (isJson) terminal.print(JSON.stringify(raw, null, 2))
        return isJson
      },
    })
  } catch (error) {
    if (!isJson || !(error instanceof Failure) || error.message === '') throw error
    terminal.warn(JSON.stringify({ error: error.problem ?? { code: error.kind, detail: error.message } }))
    throw new Failure(error.kind, '')
  }
}
