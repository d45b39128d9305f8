// Every command of the command line, with its help as it is printed.

import type { Command } from 'commander'
import { program } from '../../src/cli/program.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'

export interface CommandHelp {
  /** `gatehouse keys create` */
  line: string
  description: string
  help: string
}

export function commands(): CommandHelp[] {
  const terminal = { env: {}, print: () => {}, warn: () => {}, hasColor: false, clock: createFakeClock() }
  const root = program(terminal, () => Promise.reject(new Error('help runs nothing')))
  return withThoseBelow(root, 'gatehouse')
}

const withThoseBelow = (command: Command, line: string): CommandHelp[] => [
  { line, description: command.description(), help: helpOf(command) },
  ...command.commands
    .filter((one) => one.name() !== 'help')
    .flatMap((one) => withThoseBelow(one, `${line} ${one.name()}`)),
]

function helpOf(command: Command): string {
  let text = ''
  // a width of its own, so that the page is the same on every terminal
  command
    .configureHelp({ helpWidth: 120 })
    .configureOutput({ writeOut: (part) => void (text += part), getOutHasColors: () => false })
  command.outputHelp()
  return text.trimEnd()
}
