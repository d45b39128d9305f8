// `gatehouse serve`: runs a gateway until a signal stops it.

import type { Command } from 'commander'
import { Failure } from './failure.ts'
import type { Main, Running, ServeOptions } from './main-api.ts'
import { mistakeText } from './mistake-text.ts'
import type { Terminal } from './terminal/terminal.ts'

interface Options {
  config?: string
  lastGood?: string | true
  listen?: string
}

export function serveCommand(program: Command, terminal: Terminal, loadMain: () => Promise<Main>): void {
  const serve = program
    .command('serve')
    .description('run the gateway')
    .option(
      '--config <path>',
      'configuration file (default: $GATEHOUSE_CONFIG, else ./gatehouse.yaml, else none)',
    )
    .option(
      '--last-good [folder]',
      'if the configuration has mistakes, start with the rules that were last active, from this data folder (default: data next to the configuration file)',
    )
    .option(
      '--listen <host:port>',
      'address to listen on (default: $GATEHOUSE_LISTEN, else as configured, else 127.0.0.1:8080)',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ gatehouse serve\n  $ gatehouse serve --listen 0.0.0.0:8090\n  $ gatehouse serve --config /etc/gatehouse.yaml\n  $ gatehouse serve --config /etc/gatehouse.yaml --last-good /var/lib/gatehouse',
    )
  serve.action(async () => {
    terminal.outliveOutput?.()
    const { config, lastGood, listen } = serve.opts<Options>()
    const options = {
      ...(config === undefined ? {} : { configPath: config }),
      ...(lastGood === undefined ? {} : { lastGood }),
      env: listen === undefined ? terminal.env : { ...terminal.env, GATEHOUSE_LISTEN: listen },
      print: terminal.print,
    }
    // Set before the start, because SIGHUP ends a process without a handler.
    const started = Promise.withResolvers<Running>()
    const hangUp = () =>
      void started.promise
        .then((running) => running.reload())
        .then((outcome) => terminal.warn(`gatehouse: SIGHUP: ${outcomes[outcome]}`))
    process.on('SIGHUP', hangUp)
    try {
      const running = await start(terminal, await loadMain(), options)
      started.resolve(running)
      await stopSignal()
      terminal.warn('gatehouse: draining; a second signal stops at once')
      await running.stop()
    } finally {
      process.off('SIGHUP', hangUp)
    }
  })
}

const outcomes = {
  changed: 'the new configuration is active',
  unchanged: 'the configuration did not change',
  rejected: 'the configuration has mistakes; the last good one stays active (gatehouse check lists them)',
}

async function start(terminal: Terminal, main: Main, options: ServeOptions): Promise<Running> {
  try {
    return await main.serve(options)
  } catch (thrown) {
    const { RejectedConfiguration } = await import('../control/index.ts')
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE')
      throw new Failure(
        'refused',
        `${thrown.message} Stop the process that uses the address, or set another one: gatehouse serve --listen 127.0.0.1:8090`,
      )
    if (!(thrown instanceof RejectedConfiguration)) throw thrown
    for (const problem of thrown.problems) terminal.warn(mistakeText(problem))
    throw new Failure('refused', 'the configuration has mistakes; nothing was started')
  }
}

/** Resolves at the first SIGTERM or SIGINT; the second has its usual effect. */
const stopSignal = (): Promise<void> =>
  new Promise((resolve) => {
    const stop = () => {
      process.off('SIGTERM', stop)
      process.off('SIGINT', stop)
      resolve()
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
  })
