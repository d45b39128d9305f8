// Shared by all commands that ask a running gateway: the options, `--json`, and how a refusal is printed.

import type { Command } from 'commander'
import { Failure } from '../failure.ts'
import type { Terminal } from '../terminal/terminal.ts'
import type { AdminClient } from './admin-client.ts'
import { type ConnectOptions, connect, defaultUrl } from './connect.ts'

export interface AdminCommandOptions extends ConnectOptions {
  json?: boolean
}

export interface AdminCommandDescription {
  /** Name and arguments in commander's format: `rotate <key>`. */
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
    .option('--url <url>', `address of the gateway (default: $GATEHOUSE_URL, else ${defaultUrl})`)
    .option('--admin-key-file <path>', 'file with the admin key (default: $GATEHOUSE_ADMIN_KEY)')
    .option('--json', 'print the response as JSON')
    .addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ ${example}`).join('\n')}`)
}

export interface Doing {
  client: AdminClient
  isJson: boolean
  /** With `--json`: prints the response and returns true. The command is then done. */
  printJson: (raw: unknown) => boolean
}

/** Runs a command against the gateway. With `--json`, a refusal is printed as JSON too, on stderr. */
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
