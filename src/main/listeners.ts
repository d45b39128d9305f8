// Opens the listener for traffic, and one more for each of the admin API and the metrics that has a separate
// address.

import type { ServerSettings } from '../control/index.ts'
import { serve } from '../gateway/server.ts'
import type { Clock } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'
import type { ControlPlane } from './control-plane.ts'
import type { DataPlane } from './data-plane.ts'
import { createInternalEndpoints } from './internal-endpoints.ts'
import type { Rules } from './rules.ts'
import type { Undo } from './undo.ts'

export interface Listeners {
  url: string
  adminUrl: string
  metricsUrl: string
  /** Accepts no new connections. Resolves when the last byte of the last response has left. */
  stopListening(): Promise<unknown>
}

export interface ListenersParts {
  dataPlane: DataPlane
  controlPlane: ControlPlane
  runtime: Rules['runtime']
  clock: Clock
  log: Log
  undo: Undo
}

/** @throws Error if an address is in use, or a certificate cannot be read */
export function openListeners(
  settings: ServerSettings,
  { dataPlane, controlPlane, runtime, clock, log, undo }: ListenersParts,
): Listeners {
  const { trustedProxies, tls, cors } = settings
  const { ready, metrics } = dataPlane
  const common = {
    trustedProxies,
    ...(tls ? { tls } : {}),
    limits: () => runtime().snapshot.limits,
    clock,
    log,
  }
  const { listen: adminListen } = settings.admin
  const { listen: metricsListen } = settings.metrics
  const shared = { ready, ...(metricsListen ? {} : { metrics }) }
  const traffic = serve({
    ...common,
    ...settings.listen,
    endpoints: dataPlane.doors,
    inside: createInternalEndpoints({ ...shared, ...(adminListen ? {} : { controlPlane }) }),
    ...(cors ? { cors } : {}),
  })
  undo.push(() => traffic.stopNow())
  const admin =
    adminListen &&
    serve({
      ...common,
      ...adminListen,
      endpoints: [],
      inside: createInternalEndpoints({ ...shared, controlPlane }),
    })
  if (admin) undo.push(() => admin.stopNow())
  const scrape =
    metricsListen &&
    serve({ ...common, ...metricsListen, endpoints: [], inside: createInternalEndpoints({ ready, metrics }) })
  if (scrape) undo.push(() => scrape.stopNow())
  return {
    url: traffic.url,
    adminUrl: admin?.url ?? traffic.url,
    metricsUrl: scrape?.url ?? traffic.url,
    stopListening: () =>
      Promise.all([traffic.stopListening(), admin?.stopListening(), scrape?.stopListening()]),
  }
}
