// Reads a request's body as bytes, within limits of size and time, and handles bodies that no code of
// Gatehouse reads.

import { GatewayError } from '../contract/errors.ts'
import type { Clock, Timer } from '../kit/clock.ts'
import type { BodyShare, Evictable } from './body-memory.ts'

export interface BodyLimits {
  bodyBytes: number
  bodyMs: number
  /** Of all bodies together. */
  bodiesBytes: number
}

/**
 * Bun collects a body of known length natively, several times cheaper than reading chunks. Larger ones are
 * counted while they arrive.
 */
const smallBytes = 16 * 1024

const longestDiscardMs = 5_000

/** A class, because every call has one and closures are more expensive. */
export class Upload implements Evictable {
  readonly #request: Request
  /** As the request announces it. */
  readonly #length: number | undefined
  readonly #clock: Clock
  readonly #share: BodyShare
  #state: 'unread' | 'reading' | 'whole' | 'late' | 'evicted' = 'unread'
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #timer: Timer | undefined
  #resolve: ((bytes: Uint8Array) => void) | undefined
  #reject: ((error: GatewayError) => void) | undefined

  /** @throws GatewayError `bad-request` for a content-length that is not digits */
  constructor(request: Request, clock: Clock, share: BodyShare) {
    this.#request = request
    this.#length = readLength(request.headers)
    this.#clock = clock
    this.#share = share
  }

  /**
   * @throws GatewayError `bad-request`, `overloaded`, `request-too-large`, `request-too-slow`, `client-gone`,
   * `unsupported-media-type`
   */
  read(limits: BodyLimits, key: string): Promise<Uint8Array> {
    const encoding = this.#request.headers.get('content-encoding')
    if (encoding && encoding !== 'identity')
      return Promise.reject(
        new GatewayError(
          'unsupported-media-type',
          `The body is encoded as "${encoding}"; send it without content-encoding.`,
        ),
      )
    const length = this.#length
    if (length !== undefined && length > limits.bodyBytes) return Promise.reject(tooLarge(limits.bodyBytes))
    const isSmall = length !== undefined && length <= smallBytes
    // Reading `body` creates a stream; `bytes` does not.
    const body = isSmall ? undefined : this.#request.body
    if (length === 0 || body === null) {
      this.#state = 'whole'
      return Promise.resolve(new Uint8Array())
    }
    this.#share.key = key
    this.#state = 'reading'
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#timer = this.#clock.after(limits.bodyMs, () => this.#stop('late', tooSlow(limits.bodyMs)))
      this.#share.evictWith(this)
      const reading = body ? this.#readCounted(body, limits) : this.#request.bytes()
      reading.then(
        (bytes) => this.#finish(bytes, body ? undefined : limits),
        (thrown: unknown) => this.#fail(thrown),
      )
    })
  }

  /** Called if another key needs the space more. */
  evict(error: GatewayError): void {
    this.#stop('evicted', error)
  }

  /** Is nothing of the body left to read? Then `discard` has nothing to do. */
  get isWhole(): boolean {
    return this.#state === 'whole'
  }

  /**
   * Call it when the response is known. It reads the rest of the body, so that the client can read the
   * response, but within limits of size and time.
   * @returns `whole`: the connection can serve again; `silent`: nothing arrives; `sending`: more arrives than
   * is read
   */
  async discard(limits: BodyLimits): Promise<'whole' | 'silent' | 'sending'> {
    if (this.#state === 'whole') return 'whole'
    const request = this.#request
    if (this.#state === 'unread' && (request.bodyUsed || !request.body)) return 'whole'
    if (this.#state === 'late') return 'silent'
    if (this.#state === 'evicted' || (this.#length ?? 0) > limits.bodyBytes * 2) return 'sending'
    const late = startLimit(this.#clock, longestDiscardMs)
    try {
      const reader = (this.#reader ??= request.body?.getReader())
      for (let size = 0; reader && size <= limits.bodyBytes; ) {
        const chunk = await Promise.race([reader.read(), late.promise])
        if (chunk === undefined) return 'silent'
        if (chunk.done) return 'whole'
        size += chunk.value.length
      }
      return 'sending'
    } catch {
      // The client is gone, or the body was read elsewhere: nothing is left to read.
      return 'silent'
    } finally {
      late.cancel()
    }
  }

  async #readCounted(
    body: ReadableStream<Uint8Array>,
    { bodyBytes, bodiesBytes }: BodyLimits,
  ): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    let size = 0
    const reader = (this.#reader = body.getReader())
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      if (this.#state !== 'reading') break
      size += chunk.value.length
      if (size > bodyBytes) throw tooLarge(bodyBytes)
      this.#share.take(chunk.value.length, bodiesBytes)
      chunks.push(chunk.value)
    }
    return Buffer.concat(chunks, size)
  }

  /** @param limits for bytes that have not been counted yet */
  #finish(bytes: Uint8Array, limits: BodyLimits | undefined): void {
    if (this.#state !== 'reading') return
    try {
      if (limits) this.#share.take(bytes.length, limits.bodiesBytes)
    } catch (thrown) {
      return this.#fail(thrown)
    }
    this.#state = 'whole'
    this.#leave()
    this.#resolve?.(bytes)
  }

  #fail(thrown: unknown): void {
    if (this.#state !== 'reading') return
    if (thrown instanceof GatewayError) {
      this.#leave()
      this.#reject?.(thrown)
      return
    }
    this.#stop(
      'late',
      new GatewayError('client-gone', 'The connection closed before the whole body arrived.', {
        cause: thrown,
      }),
    )
  }

  #stop(state: 'late' | 'evicted', error: GatewayError): void {
    if (this.#state !== 'reading') return
    this.#state = state
    this.#leave()
    this.#reject?.(error)
  }

  #leave(): void {
    this.#timer?.cancel()
    this.#share.evictWith(undefined)
  }
}

function startLimit(clock: Clock, limitMs: number) {
  let timer: Timer | undefined
  const promise = new Promise<undefined>((resolve) => {
    timer = clock.after(limitMs, () => resolve(undefined))
  })
  return { promise, cancel: () => timer?.cancel() }
}

/**
 * @throws GatewayError for a length that is not plain digits: `Number` would make NaN of it, every comparison
 * would be false, and no limit would apply.
 */
function readLength(headers: Headers): number | undefined {
  const text = headers.get('content-length')
  if (text === null) return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new GatewayError(
    'bad-request',
    `content-length is ${JSON.stringify(text.slice(0, 80))}; send it once, as a plain number of bytes.`,
  )
}

const tooLarge = (limit: number) =>
  new GatewayError(
    'request-too-large',
    `The body is larger than ${limit} bytes, the limit of this gateway (limits.bodyBytes).`,
  )

const tooSlow = (limitMs: number) =>
  new GatewayError('request-too-slow', `The body did not arrive within ${limitMs / 1000} s (limits.bodyMs).`)
