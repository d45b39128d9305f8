// All commands of `gatehouse`. Runs one and returns its exit code.

import { Command, CommanderError } from 'commander'
import { version } from '../../package.json' with { type: 'json' }
import { approvalsCommand } from './approvals.ts'
import { budgetsCommand } from './budgets.ts'
import { checkCommand } from './check.ts'
import { configCommand } from './config.ts'
import { doctorCommand } from './doctor.ts'
import { explainCommand } from './explain.ts'
import { exitCodeHelp, exitCodes, Failure } from './failure.ts'
import { importCommand } from './import.ts'
import { keysCommand } from './keys.ts'
import type { Main } from './main-api.ts'
import { providersCommand } from './providers.ts'
import { latencyCommand } from './latency.ts'
import { recordsCommand } from './records.ts'
import { runsCommand } from './runs.ts'
import { serveCommand } from './serve.ts'
import { tailCommand } from './tail.ts'
import { paint } from './terminal/color.ts'
import { statusCommand } from './status.ts'
import { storeCommand } from './store.ts'
import type { Terminal } from './terminal/terminal.ts'
import { usageCommand } from './usage.ts'

/** @returns the exit code */
export async function run(
  args: readonly string[],
  terminal: Terminal,
  loadMain: () => Promise<Main>,
): Promise<number> {
  try {
    await program(terminal, loadMain).parseAsync(args, { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    const message = error instanceof Error ? error.message : String(error)
    if (message !== '') terminal.warn(`${paint(terminal, 'red', 'gatehouse:')} ${message}`)
    return exitCodes[error instanceof Failure ? error.kind : 'refused']
  }
}

/** All commands as commander knows them, for the reference of the command line. */
export function program(terminal: Terminal, loadMain: () => Promise<Main>): Command {
  const gatehouse = new Command('gatehouse')
    .description('AI gateway and control plane: one governed endpoint for every model, tool and agent.')
    .version(version, '--version', 'print the version')
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for usage)')
    .addHelpText('after', exitCodeHelp)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.warn(text.trimEnd()),
    })
  serveCommand(gatehouse, terminal, loadMain)
  checkCommand(gatehouse, terminal, loadMain)
  doctorCommand(gatehouse, terminal, loadMain)
  statusCommand(gatehouse, terminal)
  keysCommand(gatehouse, terminal)
  explainCommand(gatehouse, terminal)
  usageCommand(gatehouse, terminal)
  latencyCommand(gatehouse, terminal)
  budgetsCommand(gatehouse, terminal)
  approvalsCommand(gatehouse, terminal)
  recordsCommand(gatehouse, terminal)
  runsCommand(gatehouse, terminal)
  tailCommand(gatehouse, terminal)
  providersCommand(gatehouse, terminal)
  configCommand(gatehouse, terminal)
  storeCommand(gatehouse, terminal, loadMain)
  importCommand(gatehouse, terminal)
  return gatehouse
}
