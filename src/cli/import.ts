// `gatehouse import`: a configuration of another gateway as one of Gatehouse. It asks no gateway.

import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { stringify } from 'yaml'
import { Failure } from './failure.ts'
import { plain } from './terminal/plain.ts'
import type { Terminal } from './terminal/terminal.ts'

export function importCommand(program: Command, terminal: Terminal): void {
  const parent = program
    .command('import')
    .description('turn the configuration of another gateway into one of Gatehouse')
  parent
    .command('litellm')
    .argument('<file>', 'config.yaml of a LiteLLM proxy')
    .description('print the configuration; settings that it cannot carry are listed on standard error')
    .addHelpText(
      'after',
      '\nExamples:\n  $ gatehouse import litellm config.yaml > gatehouse.yaml\n  $ gatehouse check --config gatehouse.yaml',
    )
    .action(async (path: string) => {
      const { importLiteLlm } = await import('../control/index.ts')
      const text = read(path)
      let imported: ReturnType<typeof importLiteLlm>
      try {
        imported = importLiteLlm(text)
      } catch (thrown) {
        throw new Failure('refused', `${path}: ${thrown instanceof Error ? thrown.message : 'not readable'}`)
      }
      terminal.print(stringify(imported.configuration, { lineWidth: 110 }).trimEnd())
      for (const { path: at, message } of imported.notes) terminal.warn(plain(`${at}: ${message}`))
      const count = imported.notes.length
      if (count > 0)
        terminal.warn(
          `gatehouse: ${count} ${count === 1 ? 'setting needs' : 'settings need'} a look; see above`,
        )
    })
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new Failure('usage', `cannot read ${path}: ${code}`)
  }
}
