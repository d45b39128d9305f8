// Checks the running gateway: whether it responds, its clock and its providers. If none runs: whether its
// port is free.

import { providerListSchema } from '../../contract/admin-api.ts'
import type { Clock } from '../../kit/clock.ts'
import { connect, gatewayUrl } from '../client/connect.ts'
import { Failure } from '../failure.ts'
import type { Terminal } from '../terminal/terminal.ts'
import type { Finding } from './finding.ts'

const responseTimeoutMs = 3_000
const clocksMayDifferMs = 2_000
const builtAfter = Date.UTC(2026, 0, 1)

interface Listen {
  host: string
  port: number
}

export interface Options {
  url?: string
  adminKeyFile?: string
}

/** @param listen where a gateway with this configuration would listen */
export async function probeGateway(
  terminal: Terminal,
  options: Options,
  listen: Listen | undefined,
): Promise<Finding[]> {
  const url = gatewayUrl(terminal, options)
  const health = await readHealth(url, terminal.clock)
  if (!health) return [probeClock(terminal.clock), ...(listen === undefined ? [] : [probePort(listen)])]
  const gateway: Finding = { probe: 'gateway', verdict: 'ok', detail: `${url.origin} responds` }
  return [gateway, probeClock(terminal.clock, health.date), ...(await probeProviders(terminal, options))]
}

async function readHealth(url: URL, clock: Clock): Promise<{ date: number | undefined } | undefined> {
  const abort = new AbortController()
  const timer = clock.after(responseTimeoutMs, () => abort.abort())
  try {
    const response = await fetch(new URL('/healthz', url), { signal: abort.signal, redirect: 'manual' })
    await response.body?.cancel()
    const date = Date.parse(response.headers.get('date') ?? '')
    return { date: Number.isNaN(date) ? undefined : date }
  } catch {
    return undefined
  } finally {
    timer.cancel()
  }
}

/** Budget windows and key expiry use this clock. */
function probeClock(clock: Clock, gatewayDate?: number): Finding {
  const probe = 'clock'
  const now = clock.now()
  const detail = `it is ${new Date(now).toISOString()}`
  if (now < builtAfter)
    return { probe, verdict: 'problem', detail: `${detail}, which is not possible; set the clock` }
  // The header contains whole seconds.
  const apart = gatewayDate === undefined ? 0 : Math.abs(now - gatewayDate)
  if (apart > clocksMayDifferMs + 1_000)
    return {
      probe,
      verdict: 'warning',
      detail: `${detail}; the gateway's clock is ${(apart / 1_000).toFixed(0)} s away. Run NTP on both`,
    }
  return { probe, verdict: 'ok', detail }
}

function probePort({ host, port }: Listen): Finding {
  const probe = 'port'
  const listen = `${host}:${port}`
  try {
    void Bun.serve({ hostname: host, port, fetch: () => new Response() }).stop(true)
    return { probe, verdict: 'ok', detail: `${listen} is free` }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed'
    return {
      probe,
      verdict: 'problem',
      detail: `${listen} is in use or not allowed (${code}); stop the process that uses it, or set "listen" to another address`,
    }
  }
}

async function probeProviders(terminal: Terminal, options: Options): Promise<Finding[]> {
  try {
    const { value } = await connect(terminal, options).get('/providers', providerListSchema)
    return value.providers.map(({ name, isReady, reason, targets }): Finding => {
      const probe = `provider ${name}`
      if (!isReady) return { probe, verdict: 'warning', detail: reason ?? 'not ready' }
      const open = targets
        .filter((target) => target.breaker !== 'closed')
        .map((target) => `${target.id} (${target.lastError?.code ?? target.breaker})`)
      return open.length === 0
        ? { probe, verdict: 'ok', detail: 'ready' }
        : { probe, verdict: 'warning', detail: `recent failures: ${open.join(', ')}` }
    })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return [{ probe: 'providers', verdict: 'not checked', detail: error.message }]
  }
}
