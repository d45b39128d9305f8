// Endpoints: what a traffic module registers at the server, and what the server hands to them.

import type { GatewayError } from './errors.ts'
import type { Socket, SocketHandler, SocketOptions } from './socket.ts'

/** A path that a room answers. The server matches exact paths first, then prefixes. */
export interface Endpoint {
  method: 'GET' | 'POST' | 'DELETE'
  /** `/v1/chat/completions`, or with a trailing `*` for the rest of the path. */
  path: string
  /**
   * The beginning of `path` that clients have in their base URL: `/v1`, which OpenAI's SDKs do not add. Absent:
   * the SDKs add the whole path.
   */
  clientBase?: string
  /** Several doors on one path are told apart by what the client sends; the first that accepts wins. */
  accepts?(request: Request): boolean
  /** Where this dialect carries the Gatehouse key. */
  credential(request: Request): PresentedCredential | undefined
  /** Never throws; refusals are worded in the dialect. */
  handle(call: EndpointCall): Promise<Response>
  /** A refusal before or instead of `handle`. */
  refuse(error: GatewayError, exchange?: string): Response
}

/**
 * What a caller proves itself with, as it was sent: a secret. Other kinds (tokens, signatures over the
 * request) are further members of this union.
 */
export type PresentedCredential = string

/** What the server hands to a door. */
export interface EndpointCall {
  request: Request
  path: string
  /** The caller's address after trusted proxies, and whether it is this machine. */
  peer: Peer
  /** Milliseconds on the monotonic clock when the request's headers were read. */
  startedAt: number
  /**
   * The whole body as bytes; its memory counts as this principal's.
   * @throws GatewayError `request-too-large`, `request-too-slow`, `overloaded`, `client-gone`
   */
  body(principal: string): Promise<Uint8Array>
  /**
   * Counts what the call needs in memory besides its body, until it is answered. @throws GatewayError
   * `overloaded`
   */
  take(bytes: number): void
  /**
   * The response is a stream. To be called before `handle` returns; what it returns, when the last byte was
   * handed over.
   */
  streamed(): () => void
  /** The same for a response that may be silent for as long as its client stays: news that may never come. */
  keepOpen(): () => void
  /**
   * Makes the connection a WebSocket. What it returns is to be returned by `handle`.
   * @param take called once the socket is open
   * @throws GatewayError `bad-request` when the request asks for no WebSocket
   */
  upgrade(take: (socket: Socket) => SocketHandler, options?: SocketOptions): Response
}

export interface Peer {
  address: string
  isLoopback: boolean
}
