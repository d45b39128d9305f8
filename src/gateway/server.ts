// Doors in, bytes out: finds the door, reads the body within bounds, and lets nothing thrown reach the
// runtime. What happens to a call stands in pipeline.ts; what a dialect looks like, in the rooms of traffic/.

import type { Server } from 'bun'
import { type ErrorCode, GatewayError, asGatewayError } from '../contract/errors.ts'
import type { Door, Peer } from '../contract/door.ts'
import { type Clock, delay } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'
import { bodyMemory, type Room } from './body-memory.ts'
import { type BodyLimits, lengthOf, upload } from './body.ts'
import { type Cors, corsHeaders, preflight } from './cors.ts'
import { Connection, ServedCall } from './door-call.ts'
import { type DoorTable, doorTable } from './doors.ts'
import { pathOf, routes } from './paths.ts'
import { type PeerOf, peerOf } from './peer.ts'
import { type ClientSocket, socketHandler } from './sockets.ts'

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
  /**
   * No new connections; those that are busy go on until `stopNow`. Resolves when the last byte of the last
   * answer has left.
   */
  stopListening(): Promise<void>
  stopNow(): Promise<void>
}

// Beyond this, Bun itself answers 413; below it the door words the refusal in its dialect.
const hardestBodyLimit = 1024 ** 3

/** TLS 1.3 has forward secrecy throughout; of TLS 1.2 only these. */
const ciphers = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')

const usualIdleSeconds = 120

/** @throws Error when the port is taken, or the certificate is none */
export function serve(options: ServerOptions): Listening {
  try {
    return listening(options)
  } catch (thrown) {
    if (!options.tls || !(thrown instanceof Error) || !/PEM|OPENSSL|X509|SSL/.test(thrown.message))
      throw thrown
    const { cert, key } = options.tls
    throw new Error(
      `tls: "${cert}" and "${key}" are not a certificate and its key in PEM form (${thrown.message})`,
      { cause: thrown },
    )
  }
}

function listening(options: ServerOptions): Listening {
  const table = doorTable(options.doors)
  const peers = peerOf(options.trustedProxies)
  const rooms = bodyMemory()
  const idleSeconds = options.idleSeconds ?? usualIdleSeconds
  const known = options.doors.filter(({ path }) => !path.endsWith('*')).map(({ path }) => path)
  const handle = (request: Request, bun: Server<ClientSocket>, path: string) =>
    answer(request, path, new Connection(request, bun, idleSeconds), options, table, peers, rooms())
  const refuse = async () =>
    plain(
      400,
      'bad-request',
      'The path is not in normal form: send it without dot segments ("." or "..", encoded ones too) and backslashes.',
    )
  const server = Bun.serve({
    hostname: options.host,
    port: options.port,
    maxRequestBodySize: hardestBodyLimit,
    // Strangers could otherwise hold connections for ever by saying nothing. It ends where a door asks for a
    // body, which it does when it knows the caller, until the response is out: streams may be silent for
    // long, and our own clocks (body, first token, idle, total) say when enough is enough.
    idleTimeout: idleSeconds,
    ...(options.tls
      ? { tls: { cert: Bun.file(options.tls.cert), key: Bun.file(options.tls.key), ciphers } }
      : {}),
    routes: routes(known, handle, refuse),
    // What no route knows: an empty segment, a trailing slash, very many segments.
    fetch: (request) => plain(404, 'not-found', noDoor(pathOf(request.url))),
    websocket: socketHandler(options.limits().bodyBytes),
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

const noDoor = (path: string) =>
  `No door at ${path}; see docs/reference for the paths that Gatehouse answers.`

async function answer(
  request: Request,
  path: string,
  connection: Connection,
  options: ServerOptions,
  table: DoorTable,
  peers: PeerOf,
  room: Room,
): Promise<Response | undefined> {
  const startedAt = options.clock.monotonic()
  const origin = options.cors ? request.headers.get('origin') : null
  const withCors = (response: Response) =>
    origin && options.cors ? corsHeaders(response, origin, options.cors) : response

  const malformed = malformedHeader(request.headers)
  if (malformed) return closing(plain(400, 'bad-request', malformed))
  const sent = upload(request, options.clock, room)
  /** A client that is refused while it still sends is not read for ever. */
  const respond = async (response: Response) => {
    const rest = await sent.discard(options.limits())
    if (rest === 'whole') return response
    return rest === 'silent' ? closing(response) : lingering(response, options.clock)
  }

  const peer = peers(connection.address, request.headers)
  const inside = options.inside(request, path, peer)
  if (inside) return respond(await inside)
  // Behind the admin API, which no page of another origin may use.
  if (origin && options.cors && request.method === 'OPTIONS') return preflight(request, origin, options.cors)

  const found = table.find(request, path)
  if (found.kind === 'none') return respond(withCors(plain(404, 'not-found', noDoor(path))))
  if (found.kind === 'method') {
    const refusal = new GatewayError(
      'method-not-allowed',
      `${path} does not answer ${request.method}; it answers ${found.allowed.join(', ')}.`,
    )
    const response = found.door.refuse(refusal)
    response.headers.set('allow', found.allowed.join(', '))
    return respond(withCors(response))
  }
  const call = new ServedCall({
    request,
    path,
    peer,
    startedAt,
    connection,
    upload: sent,
    room,
    limits: options.limits,
    log: options.log,
  })
  try {
    const response = await found.door.handle(call)
    return call.isUpgraded ? undefined : respond(withCors(response))
  } catch (thrown) {
    // A door promises not to throw; this is the net beneath it.
    const error = asGatewayError(thrown)
    options.log.error('a door failed', { path, code: error.code }, error.cause ?? error)
    return respond(withCors(found.door.refuse(error)))
  } finally {
    call.answered()
    room.giveBack()
  }
}

const lingerMs = 500

/**
 * A connection that closes with bytes unread is reset, and the client may lose the response: it gets some
 * time to read it first.
 */
async function lingering(response: Response, clock: Clock): Promise<Response> {
  const bytes = await response.bytes()
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(bytes)
      await delay(clock, lingerMs)
      controller.close()
    },
  })
  return closing(new Response(body, response))
}

function closing(response: Response): Response {
  response.headers.set('connection', 'close')
  return response
}

// Bun joins what came twice. A request with two hosts or two credentials means different things to different
// readers: refuse it.
function malformedHeader(headers: Headers): string | undefined {
  try {
    lengthOf(headers)
  } catch (thrown) {
    return asGatewayError(thrown).message
  }
  if (headers.get('host')?.includes(',')) return 'The request has more than one Host header.'
  if (isJoined(headers.get('authorization'))) return 'The request has more than one Authorization header.'
  return undefined
}

/**
 * One header may have parameters (`AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…`); a second one begins with
 * a scheme of its own.
 */
function isJoined(authorization: string | null): boolean {
  const [first = '', ...rest] = authorization?.split(', ') ?? []
  if (rest.length === 0) return false
  return !/^[\w-]+ \w+=\S+$/.test(first) || !rest.every((parameter) => /^\w+=\S+$/.test(parameter))
}

/** For answers outside of any dialect. */
export function plain(status: number, code: ErrorCode, message: string): Response {
  return Response.json({ error: { code, message } }, { status })
}
