// `gatehouse status`: asks the gateway whether it is ready. Needs no admin key, so that a container's health
// check can use it.

import type { Command } from 'commander'
import { z } from 'zod'
import { gatewayUrl } from './client/connect.ts'
import { Failure } from './failure.ts'
import { plain } from './terminal/plain.ts'
import type { Terminal } from './terminal/terminal.ts'

const responseWithinMs = 3_000
const readinessSchema = z.object({
  ready: z.boolean(),
  reasons: z.array(z.string()),
  warnings: z.array(z.string()),
})

interface Options {
  url?: string
  json?: boolean
}

export function statusCommand(program: Command, terminal: Terminal): void {
  const status = program
    .command('status')
    .description('ask the gateway whether it is ready; exit code 1 if it is not, 3 if it cannot be reached')
    .option(
      '--url <url>',
      'address of the gateway (default: $GATEHOUSE_URL, else where it listens on this machine)',
    )
    .option('--json', 'print what the gateway reports as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ gatehouse status\n  $ gatehouse status --url https://gateway.example',
    )
  status.action(async () => {
    const options = status.opts<Options>()
    const url = gatewayUrl(terminal, options)
    const readiness = await readReadiness(url, terminal)
    const { ready, reasons, warnings } = readiness
    if (options.json) terminal.print(JSON.stringify({ url: url.href, ...readiness }, null, 2))
    else {
      terminal.print(`${url.origin}: ${ready ? 'ready' : 'not ready'}`)
      for (const reason of reasons) terminal.print(`  ${plain(reason)}`)
      for (const warning of warnings) terminal.print(`  warning: ${plain(warning)}`)
    }
    if (!ready) throw new Failure('refused', '')
  })
}

async function readReadiness(url: URL, { clock }: Terminal): Promise<z.infer<typeof readinessSchema>> {
  const abort = new AbortController()
  const timer = clock.after(responseWithinMs, () => abort.abort())
  try {
    const response = await fetch(new URL(`${url.pathname.replace(/\/+$/, '')}/readyz`, url), {
      signal: abort.signal,
      redirect: 'manual',
    })
    const readiness = readinessSchema.safeParse(await response.json().catch(() => undefined))
    if (readiness.success) return readiness.data
    throw new Failure(
      'unreachable',
      `${url.origin}/readyz returned ${response.status} and is not a Gatehouse gateway; check --url (or $GATEHOUSE_URL)`,
    )
  } catch (error) {
    if (error instanceof Failure) throw error
    const why = abort.signal.aborted ? `no response within ${responseWithinMs / 1_000} s` : 'no connection'
    throw new Failure(
      'unreachable',
      `cannot reach the gateway at ${url.origin}: ${why}; check that it runs, and --url (or $GATEHOUSE_URL)`,
    )
  } finally {
    timer.cancel()
  }
}
