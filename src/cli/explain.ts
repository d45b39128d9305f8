// `gatehouse explain`: which rule decides whether a key may use a model.

import type { Command } from 'commander'
import { explanationSchema } from '../contract/admin-api.ts'
import { adminCommand, type AdminCommandOptions, withGateway } from './client/admin-command.ts'
import { Failure } from './failure.ts'
import { paint } from './terminal/color.ts'
import { plain } from './terminal/plain.ts'
import type { Terminal } from './terminal/terminal.ts'

export function explainCommand(program: Command, terminal: Terminal): void {
  const explain = adminCommand(program, {
    usage: 'explain <key> <model>',
    description: 'which rule decides whether a key may use a model; exit code 1 if it may not',
    examples: ['gatehouse explain ci fast', 'gatehouse explain ci openai/gpt-5-mini --json'],
  })
  explain.action((key: string, model: string) =>
    withGateway(terminal, explain.opts<AdminCommandOptions>(), async ({ client, printJson }) => {
      const { value, raw } = await client.get('/explain', explanationSchema, { key, model })
      if (!printJson(raw)) {
        const verdict = value.isAllowed ? paint(terminal, 'green', 'may use') : paint(terminal, 'red', 'may not use')
        terminal.print(`key ${plain(value.key)} (team ${plain(value.team)}) ${verdict} ${plain(value.resource.name)}`)
        for (const reason of value.reasons) terminal.print(`  ${reason.effect.padEnd(8)}  ${plain(reason.rule)}: ${plain(reason.text)}`)
        terminal.print(`decided by ${plain(value.decidedBy)}`)
        if (value.cure !== undefined) terminal.print(`to open it: ${plain(value.cure)}`)
        if (value.targets.length > 0) terminal.print(`goes to ${value.targets.map(plain).join(', ')}`)
      }
      if (!value.isAllowed) throw new Failure('refused', '')
    }),
  )
}
