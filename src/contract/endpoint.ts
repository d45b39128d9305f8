// Endpoints: what a traffic module registers at the server, and what the server hands to them.

import type { GatewayError } from './errors.ts'
import type { Socket, SocketHandler, SocketOptions } from './socket.ts'

/** A path that a traffic module serves. The server matches exact paths first, then prefixes. */
export interface Endpoint {
  method: 'GET' | 'POST' | 'DELETE'
  /** `/v1/chat/completions`, or with a trailing `*` for the rest of the path. */
  path: string
  /**
   * The part of `path` that clients put into their base URL: `/v1`, because OpenAI's SDKs do not add it. Absent:
   * the SDKs add the whole path.
   */
  clientBase?: string
  /** Chooses between several endpoints on one path by the request. The first that accepts it wins. */
  accepts?(request: Request): boolean
  /** Reads the Gatehouse key from where this dialect sends it. */
  credential(request: Request): PresentedCredential | undefined
  /** Never throws. Refusals are written in the dialect. */
  handle(call: EndpointCall): Promise<Response>
  /** A refusal before or instead of `handle`. */
  refuse(error: GatewayError, exchange?: string): Response
}

/**
 * The credential as the caller sent it: a secret. Later kinds (tokens, request signatures) become members of
 * this union.
 */
export type PresentedCredential = string

/** One request, as the server passes it to an endpoint. */
export interface EndpointCall {
  request: Request
  path: string
  /** The caller's address after trusted proxies, and whether it is this machine. */
  peer: Peer
  /** Milliseconds on the monotonic clock when the request's headers were read. */
  startedAt: number
  /**
   * The whole body as bytes. Its memory counts for this principal.
   * @throws GatewayError `request-too-large`, `request-too-slow`, `overloaded`, `client-gone`
   */
  body(principal: string): Promise<Uint8Array>
  /**
   * Counts further memory of the call, in addition to its body, until the call ends. @throws GatewayError
   * `overloaded`
   */
  take(bytes: number): void
  /**
   * The response is a stream. Call it before `handle` returns. Call the returned function when the last byte
   * was passed on.
   */
  streamed(): () => void
  /**
   * The same for a response that may stay silent as long as its client is connected, such as a stream of
   * notifications.
   */
  keepOpen(): () => void
  /**
   * Makes the connection a WebSocket. `handle` must return the returned response.
   * @param take called once the socket is open
   * @throws GatewayError `bad-request` when the request does not ask for a WebSocket
   */
  upgrade(take: (socket: Socket) => SocketHandler, options?: SocketOptions): Response
}

export interface Peer {
  address: string
  isLoopback: boolean
}
