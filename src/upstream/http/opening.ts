// Opens one connection: TCP to the first address that responds, a tunnel if there is a proxy, TLS with a
// check of the certificate. No byte of a request is sent before that, so every failure here is `never sent`.
//
// If an address does not respond after a short time, the next one is tried in parallel (RFC 8305): a host
// with broken IPv6 costs 300 ms, not the connect time-out. Bun does the same for names that it resolves.

import { checkServerIdentity } from 'node:tls'
import { isIP } from 'node:net'
import type { Timer } from '../../kit/clock.ts'
import { Connection, type Home, socketHandler, type Socket, type SocketOwner } from './connection.ts'
import { tunnelRequest, readTunnel } from './proxy.ts'
import type { PoolTools, Way } from './way.ts'

export interface Waiting {
  connected(connection: Connection): void
  notConnected(error: unknown): void
}

const nextAddressMs = 300

export class Opening {
  readonly #way: Way
  readonly #home: Home
  readonly #addresses: readonly string[]
  readonly #tools: PoolTools
  #waiting: Waiting | undefined
  #next = 0
  #timer: Timer | undefined
  readonly #tries = new Set<Try>()

  constructor(way: Way, home: Home, addresses: readonly string[], tools: PoolTools, waiting: Waiting) {
    this.#way = way
    this.#home = home
    this.#addresses = addresses
    this.#tools = tools
    this.#waiting = waiting
    this.#tryNext()
  }

  /** No caller waits for it any more. */
  abandon(): void {
    this.#waiting = undefined
    this.#timer?.cancel()
    for (const one of this.#tries) one.stop()
    this.#tries.clear()
  }

  succeeded(one: Try, connection: Connection): void {
    this.#tries.delete(one)
    const waiting = this.#waiting
    this.abandon()
    if (waiting) waiting.connected(connection)
    else connection.destroy()
  }

  failed(one: Try, error: unknown): void {
    this.#tries.delete(one)
    if (!this.#waiting) return
    if (this.#next < this.#addresses.length) return this.#tryNext()
    if (this.#tries.size > 0) return
    const waiting = this.#waiting
    this.abandon()
    waiting.notConnected(error)
  }

  #tryNext(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const address = this.#addresses[this.#next++]
    if (address === undefined) return
    if (this.#next < this.#addresses.length)
      this.#timer = this.#tools.clock.after(nextAddressMs, () => this.#tryNext())
    const one = new Try(this, this.#way, this.#home, address, this.#tools)
    this.#tries.add(one)
    one.start()
  }
}

/** An attempt at one address. */
class Try implements SocketOwner {
  readonly #opening: Opening
  readonly #way: Way
  readonly #home: Home
  readonly #address: string
  readonly #tools: PoolTools
  #socket: Socket | undefined
  /** The partial response of a proxy. Absent without a proxy, or after its response. */
  #tunnel: Buffer | undefined
  #isOver = false

  constructor(opening: Opening, way: Way, home: Home, address: string, tools: PoolTools) {
    this.#opening = opening
    this.#way = way
    this.#home = home
    this.#address = address
    this.#tools = tools
  }

  start(): void {
    const way = this.#way
    const { proxy } = way
    if (proxy && way.isSecure) this.#tunnel = Buffer.alloc(0)
    const tls = proxy
      ? proxy.isSecure
        ? this.#tls(proxy.host)
        : undefined
      : way.isSecure
        ? this.#tls(way.host)
        : undefined
    const hostname = proxy ? proxy.host : this.#address
    const port = proxy ? proxy.port : way.port
    // `connectError` has already received the error
    Bun.connect<SocketOwner>({
      hostname,
      port,
      data: this,
      socket: socketHandler,
      ...(tls && { tls }),
    }).catch((error: unknown) => this.#fail(error))
  }

  stop(): void {
    this.#isOver = true
    this.#socket?.terminate()
  }

  opened(socket: Socket): void {
    if (this.#isOver) return socket.terminate()
    this.#socket = socket
    if (!this.#isEncrypted()) this.#through()
  }

  handshaken(error: Error | undefined): void {
    const socket = this.#socket
    if (this.#isOver || !socket) return
    const way = this.#way
    const isOfProxy = this.#tunnel !== undefined || !way.isSecure
    // Bun has already compared the names. The check is explicit, so that it does not depend on a default.
    const wrong =
      error ??
      checkServerIdentity(isOfProxy && way.proxy ? way.proxy.host : way.host, socket.getPeerCertificate())
    if (wrong) return this.#fail(wrong)
    this.#through()
  }

  received(bytes: Buffer): void {
    if (this.#isOver || this.#tunnel === undefined) return
    this.#tunnel = Buffer.concat([this.#tunnel, bytes])
    try {
      if (!readTunnel(this.#tunnel)) return
    } catch (error) {
      return this.#fail(error)
    }
    this.#tunnel = undefined
    this.#secure()
  }

  drained(): void {}

  ended(): void {
    this.#fail(closedEarly())
  }

  closed(error: Error | undefined): void {
    this.#fail(error ?? closedEarly())
  }

  /** The connection to the first hop is open. */
  #through(): void {
    const socket = this.#socket
    const way = this.#way
    if (!socket) return
    if (this.#tunnel === undefined) return this.#done(socket)
    if (way.proxy) socket.write(tunnelRequest(way.proxy, this.#address, way.port))
  }

  /** TLS within the tunnel. */
  #secure(): void {
    const raw = this.#socket
    if (!raw) return
    // The outer socket continues to report the ciphertext.
    raw.data = silent
    this.#socket = raw.upgradeTLS<SocketOwner>({
      data: this,
      tls: this.#tls(this.#way.host),
      socket: socketHandler,
    })[1]
  }

  #isEncrypted(): boolean {
    const way = this.#way
    return way.proxy && (this.#tunnel !== undefined || !way.isSecure) ? way.proxy.isSecure : way.isSecure
  }

  #tls(host: string): Bun.TLSOptions {
    const { authorities } = this.#tools
    return {
      ...(isIP(host) === 0 && { serverName: host }),
      ...(authorities !== undefined && { ca: authorities }),
      rejectUnauthorized: true,
    }
  }

  #done(socket: Socket): void {
    this.#isOver = true
    this.#opening.succeeded(
      this,
      new Connection(socket, this.#home, this.#way.isSecure || this.#way.proxy?.isSecure === true),
    )
  }

  #fail(error: unknown): void {
    if (this.#isOver) return
    this.stop()
    this.#opening.failed(this, error)
  }
}

const silent: SocketOwner = {
  opened() {},
  handshaken() {},
  received() {},
  drained() {},
  ended() {},
  closed() {},
}

const closedEarly = () => Object.assign(new Error('closed while it was being opened'), { code: 'ECONNRESET' })
