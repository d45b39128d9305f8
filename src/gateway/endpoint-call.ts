// The server's argument for an endpoint: the request, and the operations on its connection. One per call.

import type { Server } from 'bun'
import type { EndpointCall, Peer } from '../contract/endpoint.ts'
import { GatewayError } from '../contract/errors.ts'
import type { Socket, SocketHandler, SocketOptions } from '../contract/socket.ts'
import type { Log } from '../kit/log.ts'
import type { BodyShare } from './body-memory.ts'
import type { BodyLimits, Upload } from './body.ts'
import { ClientSocket } from './sockets.ts'

export interface ServedCallParts {
  request: Request
  path: string
  peer: Peer
  startedAt: number
  connection: ClientConnection
  upload: Upload
  share: BodyShare
  limits(): BodyLimits
  log: Log
}

/** The client's connection, while the server has it. */
export class ClientConnection {
  readonly #request: Request
  readonly #server: Server<ClientSocket>
  readonly #idleSeconds: number

  constructor(request: Request, server: Server<ClientSocket>, idleSeconds: number) {
    this.#request = request
    this.#server = server
    this.#idleSeconds = idleSeconds
  }

  get address(): string {
    return this.#server.requestIP(this.#request)?.address ?? ''
  }

  mayBeSilent(may: boolean): void {
    this.#server.timeout(this.#request, may ? 0 : this.#idleSeconds)
  }

  /** @returns whether the request asked for it */
  upgrade(data: ClientSocket, headers: Record<string, string>): boolean {
    return this.#server.upgrade(this.#request, { data, headers })
  }
}

export class ServedCall implements EndpointCall {
  readonly request: Request
  readonly path: string
  readonly peer: Peer
  readonly startedAt: number
  readonly #parts: ServedCallParts
  #isStreamed = false
  #isUpgraded = false

  constructor(parts: ServedCallParts) {
    this.request = parts.request
    this.path = parts.path
    this.peer = parts.peer
    this.startedAt = parts.startedAt
    this.#parts = parts
  }

  /** Is the connection a socket now, which needs no response? */
  get isUpgraded(): boolean {
    return this.#isUpgraded
  }

  body(principal: string): Promise<Uint8Array> {
    this.#parts.connection.mayBeSilent(true)
    return this.#parts.upload.read(this.#parts.limits(), principal)
  }

  take(bytes: number): void {
    this.#parts.share.take(bytes, this.#parts.limits().bodiesBytes)
  }

  streamed(): () => void {
    this.#isStreamed = true
    return () => this.#parts.connection.mayBeSilent(false)
  }

  keepOpen(): () => void {
    this.#parts.connection.mayBeSilent(true)
    return this.streamed()
  }

  upgrade(
    take: (socket: Socket) => SocketHandler,
    { protocol, maxMessageBytes }: SocketOptions = {},
  ): Response {
    const { connection, limits, log } = this.#parts
    const longest = limits().bodyBytes
    const data = new ClientSocket({
      take,
      log,
      maxMessageBytes: Math.min(maxMessageBytes ?? longest, longest),
    })
    const headers = protocol === undefined ? {} : { 'sec-websocket-protocol': protocol }
    if (!connection.upgrade(data, headers)) {
      throw new GatewayError(
        'bad-request',
        `${this.path.slice(0, 200)} is a WebSocket; send the handshake of RFC 6455.`,
      )
    }
    this.#isUpgraded = true
    return new Response()
  }

  /** The response exists. Unless it streams, the connection may no longer be silent for long. */
  answered(): void {
    if (this.#isUpgraded) return
    if (!this.#isStreamed) this.#parts.connection.mayBeSilent(false)
  }
}
