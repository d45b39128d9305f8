// Doors in, bytes out: finds the door, reads the body within bounds, and lets nothing thrown reach the runtime.
// What happens to a call stands in pipeline.ts; what a dialect looks like, in the rooms of traffic/.

import { type ErrorCode, GatewayError, asGatewayError } from '../contract/errors.ts'
import type { Door, DoorCall, Peer } from '../contract/traffic.ts'
import type { Clock } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'
import { type BodyLimits, type Room, bodyRoom, readBody } from './body.ts'
import { type Cors, corsHeaders, preflight } from './cors.ts'
import { type DoorTable, doorTable } from './doors.ts'
import { type PeerOf, peerOf } from './peer.ts'

export interface ServerOptions {
  host: string
  port: number
  doors: readonly Door[]
  /** Answers that are not traffic: health, metrics, the admin API. Asked first; undefined passes on. */
  inside(request: Request, path: string, peer: Peer): Response | Promise<Response> | undefined
  tls?: { cert: string; key: string }
  trustedProxies: readonly string[]
  cors?: Cors
  /** Read on each call, so that a new configuration takes effect at once. */
  limits(): BodyLimits
  clock: Clock
  log: Log
  /** How long a connection may be silent that no identified call runs on; default 120. */
  idleSeconds?: number
}

export interface Listening {
  url: string
  port: number
  /** No new connections; those that are busy go on until `stopNow`. Resolves when the last byte of the last answer has left. */
  stopListening(): Promise<void>
  stopNow(): Promise<void>
}

// Beyond this, Bun itself answers 413; below it the door words the refusal in its dialect.
const hardestBodyLimit = 1024 ** 3

/** @throws Error when the port is taken, or the certificate is none */
export function serve(options: ServerOptions): Listening {
  try {
    return listening(options)
  } catch (thrown) {
    if (!options.tls || !(thrown instanceof Error) || !/PEM|OPENSSL|X509|SSL/.test(thrown.message)) throw thrown
    const { cert, key } = options.tls
    throw new Error(`tls: "${cert}" and "${key}" are not a certificate and its key in PEM form (${thrown.message})`, { cause: thrown })
  }
}

function listening(options: ServerOptions): Listening {
  const table = doorTable(options.doors)
  const peers = peerOf(options.trustedProxies)
  const rooms = bodyRoom()
  const server = Bun.serve({
    hostname: options.host,
    port: options.port,
    maxRequestBodySize: hardestBodyLimit,
    // Strangers could otherwise hold connections for ever by saying nothing. It ends where a door asks for a body, which it does when it knows the
    // caller: streams may be silent for long, and our own clocks (body, first token, idle, total) say when enough is enough.
    idleTimeout: options.idleSeconds ?? 120,
    ...(options.tls ? { tls: { cert: Bun.file(options.tls.cert), key: Bun.file(options.tls.key) } } : {}),
    fetch(request, bun) {
      const connection = { address: () => bun.requestIP(request)?.address ?? '', mayBeSilent: () => bun.timeout(request, 0) }
      return answer(request, connection, options, table, peers, rooms())
    },
    error(thrown) {
      options.log.error('a request failed outside of any door', {}, thrown)
      return plain(500, 'internal', 'Gatehouse failed on this request; the log has the cause.')
    },
  })
  const scheme = options.tls ? 'https' : 'http'
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return {
    url: `${scheme}://${host}:${server.port}`,
    port: server.port ?? options.port,
    stopListening: () => server.stop(false),
    stopNow: () => server.stop(true),
  }
}

interface Connection {
  address(): string
  mayBeSilent(): void
}

async function answer(
  request: Request,
  connection: Connection,
  options: ServerOptions,
  table: DoorTable,
  peers: PeerOf,
  room: Room,
): Promise<Response> {
  const startedAt = options.clock.monotonic()
  const path = pathOf(request.url)
  const origin = options.cors ? request.headers.get('origin') : null
  const respond = (response: Response) => (origin && options.cors ? corsHeaders(response, origin, options.cors) : response)

  const malformed = malformedHeader(request.headers)
  if (malformed) return plain(400, 'bad-request', malformed)
  const peer = peers(connection.address(), request.headers)
  const inside = options.inside(request, path, peer)
  if (inside) return inside
  // Behind the admin API, which no page of another origin may use.
  if (origin && options.cors && request.method === 'OPTIONS') return preflight(request, origin, options.cors)

  const found = table.find(request, path)
  if (found.kind === 'none') return respond(plain(404, 'not-found', `No door at ${path}; see docs/reference for the paths that Gatehouse answers.`))
  if (found.kind === 'method') {
    const refusal = new GatewayError('method-not-allowed', `${path} does not answer ${request.method}; it answers ${found.allowed.join(', ')}.`)
    const response = found.door.refuse(refusal)
    response.headers.set('allow', found.allowed.join(', '))
    return respond(response)
  }
  const body = () => {
    connection.mayBeSilent()
    return readBody(request, options.limits(), options.clock, room)
  }
  const call: DoorCall = { request, path, peer, startedAt, body, take: (bytes) => room.take(bytes, options.limits().bodiesBytes) }
  try {
    return respond(await found.door.handle(call))
  } catch (thrown) {
    // A door promises not to throw; this is the net beneath it.
    const error = asGatewayError(thrown)
    options.log.error('a door failed', { path, code: error.code }, error.cause ?? error)
    return respond(found.door.refuse(error))
  } finally {
    room.giveBack()
  }
}

/** `http://host/path?query` → `/path`, without paying for a URL object. */
function pathOf(url: string): string {
  const start = url.indexOf('/', 8)
  if (start < 0) return '/'
  const query = url.indexOf('?', start)
  return query < 0 ? url.slice(start) : url.slice(start, query)
}

// Bun joins what came twice. A request with two hosts or two credentials means different things to different readers: refuse it.
function malformedHeader(headers: Headers): string | undefined {
  if (headers.get('host')?.includes(',')) return 'The request has more than one Host header.'
  if (headers.get('authorization')?.includes(', ')) return 'The request has more than one Authorization header.'
  return undefined
}

/** For answers outside of any dialect. */
export function plain(status: number, code: ErrorCode, message: string): Response {
  return Response.json({ error: { code, message } }, { status })
}
