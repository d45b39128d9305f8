// WebSockets of clients, as endpoints see them.

import type { ErrorCode, GatewayError } from './errors.ts'

export interface Socket {
  /**
   * Resolves when the client can receive more. Wait for it before the next send. A send to a closed socket
   * has no effect.
   */
  send(message: string | Uint8Array): Promise<void>
  /** Idempotent. A reason that is too long for a close frame is cut. */
  close(code: number, reason?: string): void
}

export interface SocketHandler {
  /**
   * One message at a time: the next one waits until the returned promise settles. A rejection closes the
   * socket with 1011.
   */
  message(message: string | Uint8Array): void | Promise<void>
  /** Called once, no matter which side closed it. */
  closed(code: number): void
}

export interface SocketOptions {
  /** The subprotocol that was chosen from those that the client offered. */
  protocol?: string
  /** Default: the bound on request bodies. A larger message closes the socket with 1009. */
  maxMessageBytes?: number
}

/** RFC 6455, 7.4.1. Going away; against a policy; try again later. */
const closeCodes: Partial<Record<ErrorCode, number>> = {
  draining: 1001,
  overloaded: 1013,
  internal: 1011,
  'request-too-large': 1009,
}

/** The close code for this error. */
export const closeCodeOf = ({ code }: GatewayError): number => closeCodes[code] ?? 1008
