// One HTTP call to a checked origin, on Bun's fetch: what goes in, how long it may take, and how it can fail.
//
// What was measured on Bun 1.4.5 and is relied on (test/upstreams/dial.test.ts holds all but the last two):
// - It reports bodies that end before their content-length or last chunk, and compressed bodies that are broken or cut (gzip, deflate,
//   br, zstd). Bytes that arrive together with the end are then lost with it: a cut answer may give out less than was received.
//   A body without either length ends with its connection; whether it is whole is for the dialect's terminal event to say.
// - It never sends a POST twice. A kept connection that turns out to be dead fails the call: `upstream-cut`, because nobody knows
//   whether it was read. A GET it repeats by itself.
// - It inflates in pieces of 256 KB and stops reading when nobody pulls, so a compression bomb or a torrent stays bounded.
// - Its own time-out of about five minutes would end silent streams: `timeout: false`.
// - `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` of the environment apply to it, unless `proxy` is false.

import { GatewayError } from '../contract/errors.ts'
import type { Timeouts } from '../contract/snapshot.ts'
import type { UpstreamResponse } from '../contract/upstream.ts'
import type { Clock } from '../kit/clock.ts'
import { bounded } from './bounded.ts'
import { failure } from './failure.ts'
import { knock } from './knock.ts'
import type { Origin, Way } from './origin.ts'
import { Answer, dropEncoding } from './response.ts'
import { stopped } from './stopped.ts'
import { type TimeoutKind, watch } from './watch.ts'

export interface Sending {
  origin: Origin
  method: string
  /** The whole path with its query. */
  path: string
  headers: Record<string, string>
  body?: Uint8Array | string | undefined
  timeouts: Timeouts
  signal: AbortSignal
  /** Aborts by that very signal. */
  abort?: ((reason: GatewayError) => void) | undefined
  onSent?: (() => void) | undefined
}

export interface Line {
  clock: Clock
  /** A proxy stands between: connections say nothing about the provider. */
  isProxied: boolean
}

/** A provider that has answered within this time is there. */
const reachableForMs = 30_000

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** @throws GatewayError `upstream-unreachable` (never sent), `upstream-timeout`, `upstream-cut`, `upstream-garbage`, or why the signal aborted */
export async function send(sending: Sending, line: Line): Promise<UpstreamResponse> {
  const { origin, signal, timeouts } = sending
  const { clock } = line
  const found = origin.way()
  const way = found instanceof Promise ? await bounded(found, clock, timeouts.connectMs, signal, () => noConnection(origin, timeouts)) : found
  if (signal.aborted) throw stopped(signal)

  const own = sending.abort ? { signal, abort: sending.abort, release() {} } : follower(signal)
  const clocks = watch(clock, timeouts, (kind, ms) => own.abort(tooLate(kind, ms, origin)))
  const finish = () => {
    clocks.stop()
    own.release()
  }
  const stopLooking = lookForLife(sending, way, line, own.abort)
  try {
    sending.onSent?.()
    const raw = await fetchFrom(0, sending, way, own.signal)
    origin.answeredAt = clock.monotonic()
    const answer = new Answer(raw, origin, clocks, finish)
    if (raw.status < 200 || raw.status > 599) {
      await answer.cancel()
      throw new GatewayError('upstream-garbage', `${origin.name} answered with the status ${raw.status}, which HTTP does not have`)
    }
    const wrong = redirects.has(raw.status) ? redirected(origin, raw) : dropEncoding(raw.headers, origin.name)
    if (!wrong) return answer
    await answer.cancel()
    throw wrong
  } catch (thrown) {
    finish()
    throw failure(thrown, origin.name, origin.url, 'before-headers')
  } finally {
    stopLooking?.()
  }
}

/** A signal of our own that follows a shared one. */
function follower(signal: AbortSignal) {
  const controller = new AbortController()
  const onAbort = () => controller.abort(stopped(signal))
  signal.addEventListener('abort', onAbort)
  return {
    signal: controller.signal,
    abort: (reason: GatewayError) => controller.abort(reason),
    release: () => signal.removeEventListener('abort', onAbort),
  }
}

/** Walks through pinned addresses, on to the next one only when nothing was sent. */
function fetchFrom(at: number, sending: Sending, way: Way, signal: AbortSignal): Promise<Response> {
  const { origin, method, path, headers, body } = sending
  const fetched = way.fetch(way.bases[at] + path, {
    method,
    headers,
    signal,
    redirect: 'manual',
    timeout: false,
    ...(origin.isOfThisMachine && withoutProxy),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the DOM's types leave out shared memory, in which no body lies
    body: (body ?? null) as BodyInit | null,
  })
  if (at + 1 >= way.bases.length) return fetched
  return fetched.catch((thrown: unknown) => {
    const error = failure(thrown, origin.name, origin.url, 'before-headers')
    if (error.code !== 'upstream-unreachable') throw error
    return fetchFrom(at + 1, sending, way, signal)
  })
}

/** What this machine says of itself is not for a proxy. Bun's types do not know the value; test/upstreams/entra.test.ts holds it. */
const withoutProxy: object = { proxy: false }

/** Minds the connect time-out of an origin that has not been heard of lately. */
function lookForLife(sending: Sending, way: Way, line: Line, abort: (reason: GatewayError) => void): (() => void) | undefined {
  const { origin, timeouts } = sending
  const { clock } = line
  const base = way.bases[0]
  const half = timeouts.connectMs / 2
  if (half <= 0 || line.isProxied || !base || clock.monotonic() - origin.answeredAt < reachableForMs) return undefined
  let isOver = false
  const look = async () => {
    const isThere = await knock(base, half, clock)
    if (isThere) origin.answeredAt = clock.monotonic()
    else if (!isOver) abort(noConnection(origin, timeouts))
  }
  const timer = clock.after(half, () => void look())
  return () => {
    isOver = true
    timer.cancel()
  }
}

const noConnection = (origin: Origin, timeouts: Timeouts) =>
  new GatewayError('upstream-timeout', `${origin.name} took no connection within ${timeouts.connectMs} ms (connect time-out)`)

const timeoutWords: Record<TimeoutKind, string> = {
  'first-token': 'sent nothing',
  idle: 'fell silent',
  total: 'was not done',
}

const tooLate = (kind: TimeoutKind, ms: number, origin: Origin) =>
  new GatewayError('upstream-timeout', `${origin.name} ${timeoutWords[kind]} within ${ms} ms (${kind} time-out)`)

function redirected(origin: Origin, answer: Response): GatewayError {
  // The origin alone: a location's path and query may hold what is not for logs.
  const to = URL.parse(answer.headers.get('location') ?? '', origin.url)?.origin ?? 'nowhere'
  return new GatewayError(
    'upstream-garbage',
    `${origin.name} answered ${answer.status}, a redirect to ${to}; redirects are not followed: set its url to where it is`,
  )
}
