// The parts of the process that commands use: environment, output, and a clock.

import type { Clock } from '../../kit/clock.ts'
import { createRealClock } from '../../kit/real-clock.ts'

export interface Terminal {
  env: Readonly<Record<string, string | undefined>>
  /** Prints a line to stdout. */
  print: (text: string) => void
  /** Prints a line to stderr. */
  warn: (text: string) => void
  hasColor: boolean
  clock: Clock
  /** For commands that serve others: ignores a closed pipe or a full disk at stdout and stderr. */
  outliveOutput?: () => void
}

export function processTerminal(): Terminal {
  let outlivesOutput = false
  // `gatehouse records list | head` closes the pipe early, which is not an error. A gateway must not stop
  // because the reader of its log did.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: Error & { code?: string }) => {
      if (!outlivesOutput) process.exit(error.code === 'EPIPE' ? 0 : 1)
    })
  }
  return {
    env: process.env,
    print: (text) => void process.stdout.write(`${text}\n`),
    warn: (text) => void process.stderr.write(`${text}\n`),
    // https://no-color.org: any value that is not empty
    hasColor: process.stdout.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
    clock: createRealClock(),
    outliveOutput: () => void (outlivesOutput = true),
  }
}
