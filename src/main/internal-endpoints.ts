// The endpoints other than traffic: health, metrics and the admin API.

import type { Peer } from '../contract/endpoint.ts'
import type { Readiness } from './readiness.ts'

export interface InternalEndpointsParts {
  ready(): Readiness
  /** Absent on a listener without metrics. */
  metrics?: () => string
  /** Absent on a listener without the admin API. */
  controlPlane?: { fetch(request: Request, peer: Peer): Promise<Response> }
}

export function createInternalEndpoints(
  parts: InternalEndpointsParts,
): (request: Request, path: string, peer: Peer) => Response | Promise<Response> | undefined {
  return (request, path, peer) => {
    // Traffic comes first, because one comparison is then enough for most calls.
    if (path.startsWith('/v1/')) return undefined
    if (parts.controlPlane && (path === '/admin/v1' || path.startsWith('/admin/v1/')))
      return parts.controlPlane.fetch(request, peer)
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined
    if (path === '/healthz') return new Response('ok\n')
    if (path === '/readyz') {
      const state = parts.ready()
      return Response.json(
        { ready: state.isReady, reasons: state.reasons, warnings: state.warnings },
        { status: state.isReady ? 200 : 503 },
      )
    }
    if (parts.metrics && path === '/metrics')
      return new Response(parts.metrics(), {
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      })
    return undefined
  }
}
