// A response without the credential that we sent.

import type {
  ByteSource,
  EventMemory,
  ResponseHeaders,
  Trail,
  UpstreamRequest,
  UpstreamResponse,
} from '../contract/upstream.ts'
import { type Echo, shortest } from './echo.ts'
import { trailOf } from './trail.ts'

export class RedactedResponse implements UpstreamResponse, ByteSource {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly memory: EventMemory | undefined
  readonly #response: UpstreamResponse
  readonly #echo: Echo
  /** Its `onEcho` is called for each piece of the response that contained the credential. */
  readonly #observer: Pick<UpstreamRequest, 'onEcho'>
  #trail: Trail | undefined
  #hasTrail = false
  /** The end of the last piece, if it may be the beginning of a secret. */
  #waiting: Uint8Array | undefined

  constructor(response: UpstreamResponse, echo: Echo, observer: Pick<UpstreamRequest, 'onEcho'>) {
    this.status = response.status
    this.headers = response.headers
    this.memory = response.memory
    this.#response = response
    this.#echo = echo
    this.#observer = observer
    this.#cleanHeaders()
  }

  get body(): ByteSource {
    return this
  }

  get trail(): Trail | undefined {
    if (!this.#hasTrail) this.#trail = trailOf(this.#echo.searches, () => this.#observer.onEcho?.())
    this.#hasTrail = true
    return this.#trail
  }

  async bytes(limitBytes: number): Promise<Uint8Array> {
    return this.#clean(await this.#response.bytes(limitBytes))
  }

  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const piece = await this.#response.body.next()
      const given = this.#waiting
      this.#waiting = undefined
      if (piece === undefined) return given
      const kept = this.#clean(given ? Buffer.concat([given, piece]) : piece)
      const open = this.#echo.openAt(kept)
      if (open === 0) return kept
      this.#waiting = kept.subarray(kept.length - open)
      if (open < kept.length) return kept.subarray(0, kept.length - open)
    }
  }

  cancel(): Promise<void> {
    return this.#response.body.cancel()
  }

  #cleanHeaders(): void {
    let named: string[] | undefined
    this.headers.forEach((value, name) => {
      if (value.length >= shortest && this.#echo.isIn(value)) (named ??= []).push(name)
    })
    if (!named) return
    for (const name of named) this.headers.delete(name)
    this.#observer.onEcho?.()
  }

  #clean(bytes: Uint8Array): Uint8Array {
    const kept = this.#echo.without(bytes)
    if (kept !== bytes) this.#observer.onEcho?.()
    return kept
  }
}
