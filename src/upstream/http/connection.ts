// One open connection to a server, and its user. An unused connection must be silent: a byte or an end on it
// closes it.

import { resizeReceiveBuffer } from './receive-buffer.ts'

/** The pool of an idle connection. */
export interface Home {
  /** @param keptMs how long the server keeps it, if the server sent a time */
  put(connection: Connection, keptMs: number | undefined): void
  /** It is closed. */
  forget(connection: Connection): void
}

/** The user of a connection, which receives all of its events. */
export interface User {
  received(bytes: Buffer): void
  /** The socket accepts more data. */
  drained(): void
  /** The server has finished sending. */
  ended(): void
  /** The connection is closed, and no more bytes will arrive. */
  closed(error: Error | undefined): void
}

/** Bun's events of a socket, before and after the connection is open. */
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
  // a TLS failure after the handshake, or an exception of the code that is called here
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
  /** The time until which it may be used again, on the monotonic clock. */
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

  /** Has the socket accepted none of the user's bytes? */
  get isUnwritten(): boolean {
    return !this.#hasWritten
  }

  use(user: User): void {
    this.#user = user
    this.#hasWritten = false
  }

  /** The user is finished, and the connection can be used again. */
  leave(): void {
    this.#user = undefined
    this.#resize('wide')
    this.resume()
  }

  /** @returns how many bytes were accepted; less than 0 if it is closed */
  write(bytes: Buffer | string): number {
    const taken = this.#isOpen ? this.#socket.write(bytes) : -1
    // TLS may buffer a record that was partly sent
    if (taken > 0 || (taken === 0 && this.#isSecure)) this.#hasWritten = true
    return taken
  }

  /** Its user is too slow. From the first time on the kernel buffers less for it. */
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

  /** Closes at once. Its user gets no more events. */
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

  // Only a connection that is being opened gets these events.
  opened(): void {}
  handshaken(): void {}

  #resize(size: 'narrow' | 'wide'): void {
    if (this.#isNarrow === (size === 'narrow')) return
    this.#isNarrow = !this.#isNarrow
    // on loopback a segment is 64 KB, and with a window of about one segment the sender waits for its timer
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

/** Bun's types lack it. */
const fileOf = (socket: Socket): number | undefined =>
  'fd' in socket && typeof socket.fd === 'number' ? socket.fd : undefined
