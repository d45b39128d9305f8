// Sends one HTTP request to a checked origin, with its time-outs and failures. The connections and the protocol are
// in http/.

import { GatewayError } from '../contract/errors.ts'
import type { UpstreamResponse } from '../contract/upstream.ts'
import { waitForShared } from './bounded.ts'
import { decodeResponse } from './http/decoded.ts'
import { Exchange, noConnection } from './http/exchange.ts'
import type { Origin } from './origin.ts'
import type { Line, Sending } from './sending.ts'
import { stopped } from './stopped.ts'

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * @throws GatewayError `upstream-unreachable` (never sent), `upstream-timeout`, `upstream-cut`,
 * `upstream-garbage`, or the reason of the signal
 */
export async function send(sending: Sending, line: Line): Promise<UpstreamResponse> {
  const { origin, signal, timeouts } = sending
  if (signal.aborted) throw stopped(signal)
  const found = origin.route()
  const isKnown = !(found instanceof Promise)
  const route = isKnown
    ? found
    : await waitForShared(found, line.clock, timeouts.connectMs, signal, () =>
        noConnection(origin.name, timeouts),
      )
  const response = await new Exchange(sending, line).run(route)
  try {
    if (response.status > 599)
      throw new GatewayError(
        'upstream-garbage',
        `${origin.name} responded with ${response.status}, which is not an HTTP status`,
      )
    if (redirects.has(response.status)) throw redirected(origin, response)
    return decodeResponse(response, origin.name)
  } catch (wrong) {
    await response.body.cancel()
    throw wrong
  }
}

function redirected(origin: Origin, { status, headers }: UpstreamResponse): GatewayError {
  // Only the origin is quoted, because the path and the query of a location may contain private data.
  const to = URL.parse(headers.get('location') ?? '', origin.url)?.origin ?? 'nowhere'
  return new GatewayError(
    'upstream-garbage',
    `${origin.name} answered ${status}, a redirect to ${to}; redirects are not followed; set its url to the new address`,
  )
}
