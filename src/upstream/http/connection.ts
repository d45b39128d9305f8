// One open connection to a server, and who uses it. A connection that nobody uses must stay silent: a byte or
// an end on it closes it.

import { resizeReceiveBuffer } from './receive-buffer.ts'

/** Where a connection rests. */
export interface Home {
  /** @param keptMs for how long the server keeps it, when it says so */
  put(connection: Connection, keptMs: number | undefined): void
  /** It is closed. */
  forget(connection: Connection): void
}

/** Who uses a connection hears all that happens on it. */
export interface User {
  received(bytes: Buffer): void
  /** There is room for what could not be written. */
  drained(): void
  /** The server has finished sending. */
  ended(): void
  /** It is gone, with nothing else to come. */
  closed(error: Error | undefined): void
}

/** What Bun reports about a socket, until the connection is open and afterwards. */
export interface SocketOwner extends User {
  opened(socket: Socket): void
  handshaken(error: Error | undefined): void
}

export type Socket = Bun.Socket<SocketOwner>

/** One object for all sockets. */
export const socketHandler: Bun.SocketHandler<SocketOwner> = {
  open: (socket) => socket.data.opened(socket),
  handshake: (socket, isTrusted, error) =>
    socket.data.handshaken(error ?? (isTrusted ? undefined : new Error('untrusted'))),
  data: (socket, bytes) => socket.data.received(bytes),
  drain: (socket) => socket.data.drained(),
  end: (socket) => socket.data.ended(),
  close: (socket, error) => socket.data.closed(error),
  // TLS that breaks after the handshake, and what is thrown by what is called here
  error(socket, error) {
    socket.terminate()
    socket.data.closed(error)
  },
  connectError: (socket, error) => socket.data.closed(error),
}

export class Connection implements SocketOwner {
  readonly home: Home
  readonly #socket: Socket
  readonly #isSecure: boolean
  #user: User | undefined
  #isOpen = true
  #isPaused = false
  #isNarrow = false
  #hasWritten = false
  /** Until when it may be used again, on the monotonic clock. */
  goodUntil = 0

  constructor(socket: Socket, home: Home, isSecure: boolean) {
    this.#socket = socket
    this.#isSecure = isSecure
    this.home = home
    socket.data = this
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Nothing of what its user gave it has been taken by the socket. */
  get isUnwritten(): boolean {
    return !this.#hasWritten
  }

  use(user: User): void {
    this.#user = user
    this.#hasWritten = false
  }

  /** Its user is done with it; it can be used again. */
  leave(): void {
    this.#user = undefined
    this.#resize('wide')
    this.resume()
  }

  /** @returns how many bytes were taken; less than 0 when it is closed */
  write(bytes: Buffer | string): number {
    const taken = this.#isOpen ? this.#socket.write(bytes) : -1
    // TLS may hold a record of which part has left
    if (taken > 0 || (taken === 0 && this.#isSecure)) this.#hasWritten = true
    return taken
  }

  /** Its user does not keep up. From the first time on the kernel keeps less for it. */
  pause(): void {
    if (this.#isPaused || !this.#isOpen) return
    this.#resize('narrow')
    this.#isPaused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    if (this.#isOpen) this.#socket.resume()
  }

  /** At once; its user hears nothing more. */
  destroy(): void {
    this.#user = undefined
    if (!this.#isOpen) return
    this.#gone()
    this.#socket.terminate()
  }

  received(bytes: Buffer): void {
    if (this.#user) this.#user.received(bytes)
    else this.destroy()
  }

  drained(): void {
    this.#user?.drained()
  }

  ended(): void {
    if (this.#user) this.#user.ended()
    else this.destroy()
  }

  closed(error: Error | undefined): void {
    if (!this.#isOpen) return
    const user = this.#user
    this.#user = undefined
    this.#gone()
    user?.closed(error)
  }

  // Only a connection that is being opened hears these.
  opened(): void {}
  handshaken(): void {}

  #resize(size: 'narrow' | 'wide'): void {
    if (this.#isNarrow === (size === 'narrow')) return
    this.#isNarrow = !this.#isNarrow
    // on loopback a segment is 64 KB, and a window that takes hardly one makes the sender wait for its timer
    // again and again
    if (this.#isOpen && !isLoopback.test(this.#socket.remoteAddress))
      resizeReceiveBuffer(fileOf(this.#socket), size)
  }

  #gone(): void {
    this.#isOpen = false
    this.home.forget(this)
  }
}

const isLoopback = /^(?:127\.|::1$|::ffff:127\.)/

/** Bun's types do not know of it. */
const fileOf = (socket: Socket): number | undefined =>
  'fd' in socket && typeof socket.fd === 'number' ? socket.fd : undefined
