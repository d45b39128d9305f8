// `gatehouse explain`: shows which rule decides whether a key may use a model, a tool or an agent.

import { type Command, Option } from 'commander'
import { explanationSchema } from '../contract/admin-api.ts'
import { type ResourceKind, resourceKinds } from '../contract/resource.ts'
import { adminCommand, type AdminCommandOptions, withGateway } from './client/admin-command.ts'
import { Failure } from './failure.ts'
import { paint } from './terminal/color.ts'
import { plain } from './terminal/plain.ts'
import type { Terminal } from './terminal/terminal.ts'

interface ExplainOptions extends AdminCommandOptions {
  kind: ResourceKind
}

export function explainCommand(program: Command, terminal: Terminal): void {
  const explain = adminCommand(program, {
    usage: 'explain <key> <name>',
    description:
      'which rule decides whether a key may use a model, a tool or an agent; exit code 1 if it may not',
    examples: [
      'gatehouse explain ci fast',
      'gatehouse explain ci openai/gpt-5-mini --json',
      'gatehouse explain ci github/create_issue --kind tool',
    ],
  }).addOption(new Option('--kind <kind>', 'kind of the resource').choices(resourceKinds).default('model'))
  explain.action((key: string, name: string) =>
    withGateway(terminal, explain.opts<ExplainOptions>(), async ({ client, printJson }) => {
      const { value, raw } = await client.get('/explain', explanationSchema, {
        key,
        [explain.opts<ExplainOptions>().kind]: name,
      })
      if (!printJson(raw)) {
        const verdict = value.isAllowed
          ? paint(terminal, 'green', 'may use')
          : paint(terminal, 'red', 'may not use')
        terminal.print(
          `key ${plain(value.key)} (team ${plain(value.team)}) ${verdict} ${value.resource.kind === 'model' ? '' : `${value.resource.kind} `}${plain(value.resource.name)}`,
        )
        for (const reason of value.reasons)
          terminal.print(`  ${reason.effect.padEnd(8)}  ${plain(reason.rule)}: ${plain(reason.text)}`)
        terminal.print(`decided by ${plain(value.decidedBy)}`)
        if (value.fix !== undefined) terminal.print(`to allow it: ${plain(value.fix)}`)
        if (value.targets.length > 0) terminal.print(`goes to ${value.targets.map(plain).join(', ')}`)
      }
      if (!value.isAllowed) throw new Failure('refused', '')
    }),
  )
}
