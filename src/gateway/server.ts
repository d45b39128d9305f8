// The HTTP server: finds the endpoint of a request, reads the body within limits, and lets no error reach the
// runtime. pipeline.ts has the life of a call, the modules of traffic/ have the dialects.

import type { Server } from 'bun'
import { type ErrorCode, GatewayError, asGatewayError } from '../contract/errors.ts'
import type { Endpoint, Peer } from '../contract/endpoint.ts'
import { type Clock, delay } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'
import { BodyMemory } from './body-memory.ts'
import { type BodyLimits, Upload } from './body.ts'
import { type Cors, addCorsHeaders, respondToPreflight } from './cors.ts'
import { ClientConnection, ServedCall } from './endpoint-call.ts'
import { type EndpointTable, type Found, createEndpointTable } from './endpoint-table.ts'
import { pathOf, routes } from './paths.ts'
import { type ReadPeer, createPeerReader } from './peer.ts'
import { type ClientSocket, socketHandler } from './sockets.ts'
import { refuseUnknownPath } from './unknown-path.ts'

export interface ServerOptions {
  host: string
  port: number
  endpoints: readonly Endpoint[]
  /**
   * Responses that are not traffic: health, metrics, the admin API. Called first; undefined passes the
   * request on.
   */
  inside(request: Request, path: string, peer: Peer): Response | Promise<Response> | undefined
  tls?: { cert: string; key: string }
  trustedProxies: readonly string[]
  cors?: Cors
  /** Read on each call, so that a new configuration takes effect at once. */
  limits(): BodyLimits
  clock: Clock
  log: Log
  /** How long a connection without an identified call may be silent; default 120. */
  idleSeconds?: number
}

export interface Listening {
  url: string
  port: number
  /**
   * Accepts no new connections; busy ones continue until `stopNow`. Resolves when the last byte of the last
   * response has left.
   */
  stopListening(): Promise<void>
  stopNow(): Promise<void>
}

// Beyond this, Bun itself responds with 413. Below it the endpoint refuses in its dialect.
const hardestBodyLimit = 1024 ** 3

/** All TLS 1.3 ciphers have forward secrecy; of TLS 1.2 only these do. */
const ciphers = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')

const usualIdleSeconds = 120

/** @throws Error if the port is in use, or the certificate is not valid */
export function serve(options: ServerOptions): Listening {
  try {
    return listen(options)
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

function listen(options: ServerOptions): Listening {
  const idleSeconds = options.idleSeconds ?? usualIdleSeconds
  const requests = new RequestHandler(options, idleSeconds)
  const known = options.endpoints.filter(({ path }) => !path.endsWith('*')).map(({ path }) => path)
  const refuse = async () =>
    plainError(
      400,
      'bad-request',
      'The path is not in normal form: send it without dot segments ("." or "..", encoded ones too) and backslashes.',
    )
  const server = Bun.serve({
    hostname: options.host,
    port: options.port,
    maxRequestBodySize: hardestBodyLimit,
    // Otherwise unknown clients could hold connections forever by sending nothing. The limit is lifted when
    // an endpoint asks for a body, because the caller is then known, until the response is sent. Streams may
    // be silent for long, and our own time limits apply (body, first token, idle, total).
    idleTimeout: idleSeconds,
    ...(options.tls
      ? { tls: { cert: Bun.file(options.tls.cert), key: Bun.file(options.tls.key), ciphers } }
      : {}),
    routes: routes(known, (request, bun, path) => requests.handle(request, bun, path), refuse),
    // Paths that match no route: an empty segment, a trailing slash, very many segments.
    fetch: (request) => refuseUnknownPath(request, pathOf(request.url), options.endpoints),
    websocket: socketHandler(options.limits().bodyBytes),
    error(thrown) {
      options.log.error('a request failed outside of any endpoint', {}, thrown)
      return plainError(500, 'internal', 'Gatehouse failed on this request; the log has the cause.')
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

/** Handles a request. One handler for all requests. */
class RequestHandler {
  readonly #options: ServerOptions
  readonly #table: EndpointTable
  readonly #peers: ReadPeer
  readonly #memory = new BodyMemory()
  readonly #idleSeconds: number

  constructor(options: ServerOptions, idleSeconds: number) {
    this.#options = options
    this.#table = createEndpointTable(options.endpoints)
    this.#peers = createPeerReader(options.trustedProxies)
    this.#idleSeconds = idleSeconds
  }

  async handle(request: Request, bun: Server<ClientSocket>, path: string): Promise<Response | undefined> {
    const options = this.#options
    const startedAt = options.clock.monotonic()
    const { headers } = request
    const share = this.#memory.share()
    let upload: Upload
    try {
      refuseJoined(headers)
      upload = new Upload(request, options.clock, share)
    } catch (thrown) {
      return closeAfter(plainError(400, 'bad-request', asGatewayError(thrown).message))
    }

    const connection = new ClientConnection(request, bun, this.#idleSeconds)
    const peer = this.#peers(connection.address, headers)
    const inside = options.inside(request, path, peer)
    if (inside) return this.#finish(upload, await inside)
    const origin = options.cors ? headers.get('origin') : null
    // After the admin API, because pages of other origins may not use it.
    if (origin && options.cors && request.method === 'OPTIONS')
      return respondToPreflight(request, origin, options.cors)

    const found = this.#table.find(request, path)
    if (found.kind === 'none')
      return this.#finish(upload, this.#withCors(origin, refuseUnknownPath(request, path, options.endpoints)))
    if (found.kind === 'method')
      return this.#finish(upload, this.#withCors(origin, refuseMethod(request, path, found)))
    const { limits, log } = options
    const call = new ServedCall({ request, path, peer, startedAt, connection, upload, share, limits, log })
    try {
      const response = await found.endpoint.handle(call)
      if (call.isUpgraded) return undefined
      if (origin) this.#withCors(origin, response)
      return upload.isWhole ? response : this.#finish(upload, response)
    } catch (thrown) {
      // An endpoint must not throw; this is the fallback.
      const error = asGatewayError(thrown)
      log.error('an endpoint failed', { path, code: error.code }, error.cause ?? error)
      return this.#finish(upload, this.#withCors(origin, found.endpoint.refuse(error)))
    } finally {
      call.answered()
      share.giveBack()
    }
  }

  /** A client that is refused during its upload is not read forever. */
  async #finish(upload: Upload, response: Response): Promise<Response> {
    const rest = await upload.discard(this.#options.limits())
    if (rest === 'whole') return response
    return rest === 'silent' ? closeAfter(response) : linger(response, this.#options.clock)
  }

  #withCors(origin: string | null, response: Response): Response {
    const { cors } = this.#options
    return origin && cors ? addCorsHeaders(response, origin, cors) : response
  }
}

function refuseMethod(request: Request, path: string, found: Found & { kind: 'method' }): Response {
  const allowed = found.allowed.join(', ')
  const response = found.endpoint.refuse(
    new GatewayError(
      'method-not-allowed',
      `${path} does not answer ${request.method}; it answers ${allowed}.`,
    ),
  )
  response.headers.set('allow', allowed)
  return response
}

const lingerMs = 500

/**
 * Closing a connection with unread bytes resets it, and the client may lose the response. It gets some time
 * to read it first.
 */
async function linger(response: Response, clock: Clock): Promise<Response> {
  const bytes = await response.bytes()
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(bytes)
      await delay(clock, lingerMs)
      controller.close()
    },
  })
  return closeAfter(new Response(body, response))
}

function closeAfter(response: Response): Response {
  response.headers.set('connection', 'close')
  return response
}

/**
 * Bun joins duplicate headers. Different readers interpret a request with two hosts or two credentials
 * differently.
 * @throws GatewayError `bad-request`
 */
function refuseJoined(headers: Headers): void {
  if (headers.get('host')?.includes(','))
    throw new GatewayError('bad-request', 'The request has more than one Host header.')
  if (isJoined(headers.get('authorization')))
    throw new GatewayError('bad-request', 'The request has more than one Authorization header.')
}

/**
 * One header may have parameters (`AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…`); a second credential
 * begins with its own scheme.
 */
function isJoined(authorization: string | null): boolean {
  if (!authorization?.includes(', ')) return false
  const [first = '', ...rest] = authorization.split(', ')
  return !/^[\w-]+ \w+=\S+$/.test(first) || !rest.every((parameter) => /^\w+=\S+$/.test(parameter))
}

/** For responses outside of any dialect. */
export function plainError(status: number, code: ErrorCode, message: string): Response {
  return Response.json({ error: { code, message } }, { status })
}
