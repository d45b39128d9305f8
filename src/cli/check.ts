// `gatehouse check`: prints all mistakes of a configuration, with line and fix, and runs the policy tests.

import type { Command } from 'commander'
import { Failure } from './failure.ts'
import type { Main } from './main-api.ts'
import { mistakeText } from './mistake-text.ts'
import type { Terminal } from './terminal/terminal.ts'

export function checkCommand(program: Command, terminal: Terminal, loadMain: () => Promise<Main>): void {
  const check = program
    .command('check')
    .description('check a configuration and run its policy tests; exit code 1 if there is a mistake')
    .option('--config <path>', 'configuration file (default: $GATEHOUSE_CONFIG, else ./gatehouse.yaml)')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExamples:\n  $ gatehouse check\n  $ gatehouse check --config teams.yaml --json')
  check.action(async () => {
    const { config, json } = check.opts<{ config?: string; json?: boolean }>()
    const main = await loadMain()
    const report = await main.checkConfiguration({
      ...(config === undefined ? {} : { configPath: config }),
      env: terminal.env,
    })
    const { file, problems, policyTests } = report
    const mistakes = problems.filter((problem) => problem.severity !== 'warning').length
    if (json) terminal.print(JSON.stringify({ file, problems, policyTests }, null, 2))
    else for (const problem of problems) terminal.print(mistakeText(problem))
    if (mistakes > 0)
      throw new Failure('refused', json ? '' : `${mistakes} ${mistakes === 1 ? 'mistake' : 'mistakes'}`)
    if (!json)
      terminal.print(
        `${file ?? 'no configuration file: the defaults'}: ok, ${policyTests} policy ${policyTests === 1 ? 'test' : 'tests'} passed`,
      )
  })
}
