// A client's WebSocket between Bun and its endpoint: one message at a time, limited in size and number.
//
// A client's sending cannot be paused. Messages that arrive during the handling of another one wait in a
// queue, and a client that fills the queue is closed. Data for a slow client waits in the operating system.
// `send` resolves when it has drained, and an endpoint that does not wait for it is also closed.

import type { ServerWebSocket, WebSocketHandler } from 'bun'
import type { Socket, SocketHandler } from '../contract/socket.ts'
import type { Log } from '../kit/log.ts'

export interface SocketSettings {
  take: (socket: Socket) => SocketHandler
  maxMessageBytes: number
  log: Log
}

const mostWaiting = 64
const longestReason = 123
/** Bytes that a client may leave unread. */
const mostUnread = 16 * 1024 * 1024
const silentSeconds = 120

export class ClientSocket implements Socket {
  readonly #settings: SocketSettings
  #socket: ServerWebSocket<ClientSocket> | undefined
  #handler: SocketHandler | undefined
  #queue: (string | Uint8Array)[] = []
  #queuedBytes = 0
  #isBusy = false
  #isClosed = false
  #drained: (() => void)[] = []

  constructor(settings: SocketSettings) {
    this.#settings = settings
  }

  async send(message: string | Uint8Array): Promise<void> {
    if (this.#isClosed || !this.#socket) return
    // −1: the system buffers it until the client reads
    if (this.#socket.send(message) >= 0) return
    await new Promise<void>((resolve) => this.#drained.push(resolve))
  }

  close(code: number, reason = ''): void {
    if (this.#isClosed) return
    this.#socket?.close(code, cut(reason))
  }

  opened(socket: ServerWebSocket<ClientSocket>): void {
    this.#socket = socket
    try {
      this.#handler = this.#settings.take(this)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  received(message: string | Uint8Array): void {
    const bytes = typeof message === 'string' ? Buffer.byteLength(message) : message.length
    const { maxMessageBytes } = this.#settings
    if (bytes > maxMessageBytes) return this.close(1009, `A message may have ${maxMessageBytes} bytes.`)
    const isFull = this.#queue.length >= mostWaiting || this.#queuedBytes + bytes > maxMessageBytes * 2
    if (isFull) return this.close(1008, 'Messages arrive faster than they are answered.')
    this.#queue.push(message)
    this.#queuedBytes += bytes
    if (!this.#isBusy) void this.#work()
  }

  drained(): void {
    const waiting = this.#drained
    this.#drained = []
    for (const resolve of waiting) resolve()
  }

  ended(code: number): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#queue = []
    this.drained()
    try {
      this.#handler?.closed(code)
    } catch (thrown) {
      this.#settings.log.error('the end of a socket failed', {}, thrown)
    }
  }

  async #work(): Promise<void> {
    this.#isBusy = true
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        this.#queuedBytes -= typeof next === 'string' ? Buffer.byteLength(next) : next.length
        await this.#handler?.message(next)
      }
    } catch (thrown) {
      this.#fail(thrown)
    } finally {
      this.#isBusy = false
    }
  }

  #fail(thrown: unknown): void {
    this.#settings.log.error('a socket failed', {}, thrown)
    this.close(1011, 'Gatehouse failed on this message; the log has the cause.')
  }
}

/** The limit of a close frame's reason, in whole characters. */
function cut(reason: string): string {
  let text = reason
  while (Buffer.byteLength(text) > longestReason) text = Array.from(text).slice(0, -1).join('')
  return text
}

/** @param longestMessage bytes; an endpoint can set a lower limit */
export const socketHandler = (longestMessage: number): WebSocketHandler<ClientSocket> => ({
  maxPayloadLength: longestMessage,
  backpressureLimit: mostUnread,
  closeOnBackpressureLimit: true,
  // Bun sends pings, so only a disconnected client is silent.
  idleTimeout: silentSeconds,
  sendPings: true,
  perMessageDeflate: false,
  open: (socket) => socket.data.opened(socket),
  message: (socket, message) => socket.data.received(message),
  drain: (socket) => socket.data.drained(),
  close: (socket, code) => socket.data.ended(code),
})
