// The doors to the outside: the listener of traffic, and one more for each of admin API and metrics that has
// an address of its own.

import type { ServerSettings } from '../control/index.ts'
import { serve } from '../gateway/server.ts'
import type { Clock } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'
import type { ControlPlane } from './control-plane.ts'
import type { DataPlane } from './data-plane.ts'
import { inside } from './inside.ts'
import type { Rules } from './rules.ts'
import type { Undo } from './undo.ts'

export interface Listeners {
  url: string
  adminUrl: string
  metricsUrl: string
  /** No new connections. Resolves when the last byte of the last answer has left. */
  stopListening(): Promise<unknown>
}

export interface ListenersParts {
  traffic: DataPlane
  admin: ControlPlane
  inForce: Rules['inForce']
  clock: Clock
  log: Log
  undo: Undo
}

/** @throws Error when an address is taken, or a certificate is none */
export function openListeners(
  settings: ServerSettings,
  { traffic, admin, inForce, clock, log, undo }: ListenersParts,
): Listeners {
  const { trustedProxies, tls, cors } = settings
  const { ready, metrics } = traffic
  const common = {
    trustedProxies,
    ...(tls ? { tls } : {}),
    limits: () => inForce().snapshot.limits,
    clock,
    log,
  }
  const { listen: adminListen } = settings.admin
  const { listen: metricsListen } = settings.metrics
  const shared = { ready, ...(metricsListen ? {} : { metrics }) }
  const main = serve({
    ...common,
    ...settings.listen,
    doors: traffic.doors,
    inside: inside({ ...shared, ...(adminListen ? {} : { admin }) }),
    ...(cors ? { cors } : {}),
  })
  undo.push(() => main.stopNow())
  const aside =
    adminListen && serve({ ...common, ...adminListen, doors: [], inside: inside({ ...shared, admin }) })
  if (aside) undo.push(() => aside.stopNow())
  const scraped =
    metricsListen && serve({ ...common, ...metricsListen, doors: [], inside: inside({ ready, metrics }) })
  if (scraped) undo.push(() => scraped.stopNow())
  return {
    url: main.url,
    adminUrl: aside?.url ?? main.url,
    metricsUrl: scraped?.url ?? main.url,
    stopListening: () =>
      Promise.all([main.stopListening(), aside?.stopListening(), scraped?.stopListening()]),
  }
}
