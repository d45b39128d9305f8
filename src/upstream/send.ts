// One HTTP call to a checked origin: what goes in, how long it may take, and how it can fail. The connections
// and the protocol are in http/.

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
 * `upstream-garbage`, or why the signal aborted
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
  const answer = await new Exchange(sending, line).run(route)
  try {
    if (answer.status > 599)
      throw new GatewayError(
        'upstream-garbage',
        `${origin.name} answered with the status ${answer.status}, which HTTP does not have`,
      )
    if (redirects.has(answer.status)) throw redirected(origin, answer)
    return decodeResponse(answer, origin.name)
  } catch (wrong) {
    await answer.body.cancel()
    throw wrong
  }
}

function redirected(origin: Origin, { status, headers }: UpstreamResponse): GatewayError {
  // The origin alone: a location's path and query may hold what is not for logs.
  const to = URL.parse(headers.get('location') ?? '', origin.url)?.origin ?? 'nowhere'
  return new GatewayError(
    'upstream-garbage',
    `${origin.name} answered ${status}, a redirect to ${to}; redirects are not followed; set its url to the new address`,
  )
}
