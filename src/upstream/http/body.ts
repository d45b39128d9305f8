// The body of a response between the connection, which pushes, and its reader, which pulls: piece by piece,
// or whole within a limit. The unread bytes are limited. Beyond the limit the connection is not read, and the
// server must wait.

import { GatewayError } from '../../contract/errors.ts'
import type { ByteSource } from '../../contract/upstream.ts'
import type { Watch } from '../watch.ts'

/** The source of the bytes. */
export interface Flow {
  /** `provider "openai"` */
  readonly who: string
  pause(): void
  resume(): void
  /** The rest is not needed. */
  drop(): void
}

/**
 * The number of unread bytes at which the connection is paused. The last read of the socket may exceed it.
 */
const mostUnreadBytes = 32_768
/**
 * Up to this size a body of known length is read at once, and its first-token time-out covers the whole read.
 */
const oneGoBytes = 1_048_576

interface Gathering {
  limitBytes: number
  pieces: Uint8Array[]
  size: number
  /** For a body of known length: filled as bytes arrive. */
  whole: Buffer | undefined
  isOneGo: boolean
  resolve(bytes: Uint8Array): void
  reject(error: GatewayError): void
}

export class Body implements ByteSource {
  readonly #flow: Flow
  readonly #watch: Watch
  #unread: Uint8Array[] = []
  #unreadBytes = 0
  #pulling: PromiseWithResolvers<Uint8Array | undefined> | undefined
  #gathering: Gathering | undefined
  #end: 'open' | 'over' | GatewayError = 'open'
  /** Present if the server sent it. */
  lengthBytes: number | undefined

  constructor(flow: Flow, watch: Watch) {
    this.#flow = flow
    this.#watch = watch
  }

  next(): Promise<Uint8Array | undefined> {
    const piece = this.#unread.shift()
    if (piece) {
      this.#unreadBytes -= piece.length
      return Promise.resolve(piece)
    }
    if (this.#end === 'over') return Promise.resolve(undefined)
    if (this.#end !== 'open') return Promise.reject(this.#end)
    this.#watch.waiting()
    this.#pulling = Promise.withResolvers()
    this.#flow.resume()
    return this.#pulling.promise
  }

  /** @throws GatewayError `upstream-garbage` beyond the limit */
  whole(limitBytes: number): Promise<Uint8Array> {
    const { lengthBytes } = this
    if (lengthBytes !== undefined && lengthBytes > limitBytes) {
      this.#flow.drop()
      return Promise.reject(this.#tooLarge(limitBytes))
    }
    if (this.#end === 'over' && this.#unread.length < 2) return Promise.resolve(this.#unread.pop() ?? noBytes)
    return new Promise((resolve, reject) => {
      const isOneGo = lengthBytes !== undefined && lengthBytes <= oneGoBytes
      const gathering: Gathering = {
        limitBytes,
        pieces: [],
        size: 0,
        whole: undefined,
        isOneGo,
        resolve,
        reject,
      }
      this.#gathering = gathering
      const before = this.#unread
      this.#unread = []
      this.#unreadBytes = 0
      for (const piece of before) this.#gather(gathering, piece)
      if (this.#end !== 'open') return this.#settle(this.#end)
      this.#watch.waiting()
      this.#flow.resume()
    })
  }

  cancel(): Promise<void> {
    this.#unread = []
    this.#unreadBytes = 0
    if (this.#end === 'open') this.#flow.drop()
    return done
  }

  /** Bytes arrived. */
  push(piece: Uint8Array): void {
    if (this.#end !== 'open') return
    if (this.#gathering) return this.#gather(this.#gathering, piece)
    this.#watch.arrived()
    const pulling = this.#pulling
    if (pulling) {
      this.#pulling = undefined
      pulling.resolve(piece)
      // it is not read yet, and a second buffer of this size would double the memory
      if (piece.length >= mostUnreadBytes) this.#flow.pause()
      return
    }
    this.#unread.push(piece)
    this.#unreadBytes += piece.length
    if (this.#unreadBytes >= mostUnreadBytes) this.#flow.pause()
  }

  /** No more bytes will arrive. Received bytes can still be read, unless `isLost`. */
  finish(end: 'over' | GatewayError, isLost = false): void {
    if (this.#end !== 'open') return
    this.#end = end
    if (isLost) {
      this.#unread = []
      this.#unreadBytes = 0
    }
    this.#settle(end)
  }

  #settle(end: 'over' | GatewayError): void {
    const pulling = this.#pulling
    this.#pulling = undefined
    if (end === 'over') pulling?.resolve(undefined)
    else pulling?.reject(end)
    const gathering = this.#gathering
    this.#gathering = undefined
    if (!gathering) return
    if (end === 'over') gathering.resolve(gathered(gathering))
    else gathering.reject(end)
  }

  #gather(gathering: Gathering, piece: Uint8Array): void {
    if (!gathering.isOneGo) {
      this.#watch.arrived()
      this.#watch.waiting()
    }
    const { lengthBytes } = this
    const at = gathering.size
    gathering.size += piece.length
    if (gathering.size > gathering.limitBytes) {
      this.#gathering = undefined
      gathering.reject(this.#tooLarge(gathering.limitBytes))
      this.#flow.drop()
      return
    }
    if (lengthBytes === undefined || piece.length === lengthBytes) {
      gathering.pieces.push(piece)
      return
    }
    gathering.whole ??= Buffer.allocUnsafeSlow(lengthBytes)
    gathering.whole.set(piece, at)
  }

  #tooLarge(limitBytes: number): GatewayError {
    return new GatewayError(
      'upstream-garbage',
      `${this.#flow.who} answered with more than ${limitBytes} bytes`,
    )
  }
}

const noBytes = new Uint8Array()
const done = Promise.resolve()

function gathered({ whole, pieces }: Gathering): Uint8Array {
  if (whole) return whole
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)
}
