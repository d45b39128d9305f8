// The command `gatehouse`. bin/gatehouse starts it with the pinned Bun.

import { run } from './program.ts'
import { processTerminal } from './terminal/terminal.ts'

process.exitCode = await run(process.argv.slice(2), processTerminal(), () => import('../main.ts'))
