// One request and its response on a connection.
//
// Nothing is ever sent twice. If an idle connection accepts no byte, the server has closed it, and the
// request is sent on another one. After a socket has accepted the first byte, every failure is
// `upstream-cut`, because the server may have executed the request. A connection is used again only if the
// request was written completely, the response marks its own end, that end was reached and no bytes follow
// it.

import { GatewayError } from '../../contract/errors.ts'
import type { Timeouts } from '../../contract/snapshot.ts'
import type { EventMemory, ResponseHeaders, UpstreamResponse } from '../../contract/upstream.ts'
import type { Timer } from '../../kit/clock.ts'
import { toUpstreamError } from '../failure.ts'
import type { Route } from '../origin.ts'
import type { Line, Sending } from '../sending.ts'
import { stopped } from '../stopped.ts'
import { type Expiring, type TimeoutKind, Watch } from '../watch.ts'
import { Body, type Flow } from './body.ts'
import { Chunked } from './chunked.ts'
import type { Connection, User } from './connection.ts'
import { Fields } from './fields.ts'
import { type Framing, readHead } from './head.ts'
import { NotHttp } from './not-http.ts'
import type { Opening, Waiting } from './opening.ts'
import { requestBytes } from './request.ts'

/** Includes the heads of interim responses. */
const mostHeadBytes = 65_536
const mostInterimResponses = 16

export class Exchange implements UpstreamResponse, User, Waiting, Flow, Expiring {
  status = 0
  headers: ResponseHeaders = noFields
  readonly body: Body
  readonly #sending: Sending
  readonly #line: Line
  readonly #watch: Watch
  #answered: PromiseWithResolvers<UpstreamResponse> = Promise.withResolvers()
  #opening: Opening | undefined
  #connectTimer: Timer | undefined
  #connection: Connection | undefined
  /** The unwritten parts of the request, in order. */
  #unwritten: (Buffer | string)[] = []
  #isSent = false
  #hasHead = false
  /** The incomplete head. */
  #partial: Buffer | undefined
  #headBytes = 0
  #interimResponses = 0
  #framing: Framing = 'none'
  /** The rest of a body of known length. */
  #left = 0
  #chunked: Chunked | undefined
  #isKept = false
  #keptMs: number | undefined
  #isOver = false

  constructor(sending: Sending, line: Line) {
    this.#sending = sending
    this.#line = line
    this.#watch = new Watch(line.clock, sending.timeouts, this)
    this.body = new Body(this, this.#watch)
    sending.signal.addEventListener('abort', this)
  }

  get memory(): EventMemory {
    return this.#line.memory
  }

  get who(): string {
    return this.#sending.origin.name
  }

  bytes(limitBytes: number): Promise<Uint8Array> {
    return this.body.whole(limitBytes)
  }

  /** @throws GatewayError */
  run({ pool, addresses }: Route): Promise<UpstreamResponse> {
    const { method, path, headers, body, origin } = this.#sending
    const { promise } = this.#answered
    try {
      const { proxy, isSecure } = pool.way
      const isAsked = proxy !== undefined && !isSecure
      const target = isAsked
        ? `http://${pool.way.isPinned ? authorityOf(addresses[0], pool.way.port) : origin.host}${path}`
        : path
      const sent =
        isAsked && proxy.authorization !== undefined
          ? { ...headers, 'proxy-authorization': proxy.authorization }
          : headers
      this.#unwritten = requestBytes({ method, target, headers: sent, body })
    } catch (thrown) {
      this.#fail(thrown)
      return promise
    }
    for (let idle = pool.take(); idle; idle = pool.take()) {
      this.#start(idle)
      if (this.#isOver || !idle.isUnwritten) return promise
      // The server closed it before we noticed. No byte of this request was sent.
      idle.destroy()
    }
    const { timeouts } = this.#sending
    if (timeouts.connectMs > 0)
      this.#connectTimer = this.#line.clock.after(timeouts.connectMs, () =>
        this.#fail(noConnection(this.who, timeouts)),
      )
    this.#opening = pool.open(addresses, this)
    return promise
  }

  connected(connection: Connection): void {
    this.#opening = undefined
    this.#connectTimer?.cancel()
    this.#start(connection)
    if (!connection.isOpen && !this.#isOver) this.closed(undefined)
  }

  notConnected(error: unknown): void {
    this.#opening = undefined
    this.#fail(toUpstreamError(error, this.who, this.#sending.origin.url, 'before-request'))
  }

  handleEvent(): void {
    this.#fail(stopped(this.#sending.signal), true)
  }

  expired(kind: TimeoutKind, ms: number): void {
    this.#fail(
      new GatewayError(
        'upstream-timeout',
        `${this.who} ${timeoutWords[kind]} within ${ms} ms (${kind} time-out)`,
      ),
      true,
    )
  }

  received(bytes: Buffer): void {
    try {
      if (!this.#isSent) throw new NotHttp('unasked-bytes')
      const rest = this.#hasHead ? bytes : this.#readHead(bytes)
      if (rest && !this.#isOver) this.#readBody(rest)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  drained(): void {
    if (this.#connection && this.#unwritten.length > 0) this.#write(this.#connection)
  }

  ended(): void {
    if (this.#hasHead && this.#framing === 'until-close') this.#complete()
    else this.closed(undefined)
  }

  closed(error: Error | undefined): void {
    const reason = error ?? new Closed()
    this.#fail(
      this.#isSent ? reason : toUpstreamError(reason, this.who, this.#sending.origin.url, 'before-request'),
    )
  }

  pause(): void {
    this.#connection?.pause()
  }

  resume(): void {
    this.#connection?.resume()
  }

  drop(): void {
    this.#leave()
    this.body.finish('over', true)
  }

  #start(connection: Connection): void {
    this.#connection = connection
    connection.use(this)
    this.#write(connection)
  }

  #write(connection: Connection): void {
    for (;;) {
      const piece = this.#unwritten[0]
      if (piece === undefined) return
      const taken = connection.write(piece)
      if (!this.#isSent && !connection.isUnwritten) {
        this.#isSent = true
        this.#sending.observer?.onSent?.()
      }
      if (taken < 0) return
      const length = typeof piece === 'string' ? Buffer.byteLength(piece) : piece.length
      if (taken < length) {
        this.#unwritten[0] = (typeof piece === 'string' ? Buffer.from(piece) : piece).subarray(taken)
        return
      }
      this.#unwritten.shift()
    }
  }

  /** @returns what follows the head */
  #readHead(received: Buffer): Buffer | undefined {
    let bytes = this.#partial ? Buffer.concat([this.#partial, received]) : received
    this.#partial = undefined
    for (;;) {
      const end = bytes.indexOf('\r\n\r\n')
      if (this.#headBytes + (end < 0 ? bytes.length : end) > mostHeadBytes) throw new NotHttp('head-size')
      if (end < 0) {
        if (bytes.length > 0 && !mayBeHead(bytes)) throw new NotHttp('status-line')
        this.#partial = bytes
        return undefined
      }
      const { method } = this.#sending
      const head = readHead(bytes.toString('latin1', 0, end), method)
      bytes = bytes.subarray(end + 4)
      this.#headBytes += end + 4
      if (head.status < 200) {
        if (++this.#interimResponses > mostInterimResponses) throw new NotHttp('interim-responses')
        continue
      }
      this.#hasHead = true
      this.status = head.status
      this.headers = head.fields
      this.#framing = head.framing
      this.#isKept = head.isKept && head.framing !== 'until-close'
      this.#keptMs = head.keptMs
      if (head.framing === 'length') {
        this.#left = head.lengthBytes
        this.body.lengthBytes = head.lengthBytes
      } else if (head.framing === 'chunked') this.#chunked = new Chunked()
      this.#answered.resolve(this)
      return bytes
    }
  }

  #readBody(bytes: Buffer): void {
    if (this.#framing === 'chunked' && this.#chunked) {
      const piece = this.#chunked.take(bytes)
      if (piece.length > 0) this.body.push(piece)
      if (this.#chunked.isOver) this.#complete(this.#chunked.leftOver)
      return
    }
    if (this.#framing === 'until-close') {
      if (bytes.length > 0) this.body.push(bytes)
      return
    }
    const size = Math.min(this.#left, bytes.length)
    this.#left -= size
    if (size > 0) this.body.push(size === bytes.length ? bytes : bytes.subarray(0, size))
    if (this.#left === 0) this.#complete(bytes.length - size)
  }

  /** The response is whole. */
  #complete(leftOver = 0): void {
    const connection = this.#connection
    if (connection && this.#isKept && leftOver === 0 && this.#unwritten.length === 0 && connection.isOpen) {
      this.#connection = undefined
      connection.home.put(connection, this.#keptMs)
    }
    this.#leave()
    this.body.finish('over')
  }

  /** @param isOurs we end it, and do not need the received data */
  #fail(thrown: unknown, isOurs = false): void {
    if (this.#isOver) return
    this.#leave()
    const error = toUpstreamError(
      thrown,
      this.who,
      this.#sending.origin.url,
      this.#hasHead ? 'in-body' : 'before-headers',
    )
    if (this.#hasHead) this.body.finish(error, isOurs)
    else this.#answered.reject(error)
  }

  /** Releases timers, signal and connection. Idempotent. */
  #leave(): void {
    this.#isOver = true
    this.#watch.stop()
    this.#connectTimer?.cancel()
    this.#sending.signal.removeEventListener('abort', this)
    this.#opening?.abandon()
    this.#connection?.destroy()
    this.#connection = undefined
  }
}

export const noConnection = (who: string, { connectMs }: Timeouts): GatewayError =>
  new GatewayError(
    'upstream-timeout',
    `${who} did not accept a connection within ${connectMs} ms (connect timeout)`,
  )

const authorityOf = (address = '', port: number) =>
  `${address.includes(':') ? `[${address}]` : address}:${port}`

/** The server ended the connection normally. */
class Closed extends Error {
  readonly code = 'ConnectionClosed'
}

const noFields = new Fields()

const timeoutWords: Record<TimeoutKind, string> = {
  'first-token': 'sent nothing',
  idle: 'fell silent',
  total: 'was not done',
}

/** Do not wait for more of a response that is not HTTP. */
const mayBeHead = (bytes: Buffer) => 'HTTP/1.'.startsWith(bytes.toString('latin1', 0, 7))
