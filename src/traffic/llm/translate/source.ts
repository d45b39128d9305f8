// A translated response as bytes: canonical events go through the client's encoder. Facts that the client's
// dialect cannot express are noted next to the bytes (`SideFacts`).

import type { Finish } from '../../../contract/usage.ts'
import type { ByteSource, SideFacts, Trail } from '../../../contract/upstream.ts'
import type { ProviderError, ResponseEncoder, ResponseEvent, ResponseReader } from '../canonical/index.ts'
import { failureError, faultOfFinish } from '../../wire/event.ts'

export interface TranslatedSourceOptions {
  reader: ResponseReader
  encoder: ResponseEncoder
  /** Filled as the events come. */
  sideFacts: SideFacts
  /**
   * Does the client's dialect have a finish that reports a failure? Absent means no: a response that failed
   * ends in an error.
   */
  hasFailureFinish?: boolean | undefined
  /** Follows the texts. A text that may begin with our credential is held back. */
  trail?: Trail | undefined
}

export class TranslatedSource implements ByteSource {
  readonly #options: TranslatedSourceOptions
  #error: ProviderError | undefined
  /** The failure that a finish reported. The usage may still come. */
  #failure: ProviderError | undefined
  /**
   * The end of the response is a chunk of its own: it waits for the record, and no earlier output should wait
   * with it.
   */
  #ending: string | undefined
  /** Bytes of output that the encoder has taken and no chunk has reported yet. */
  #unreported = 0

  constructor(options: TranslatedSourceOptions) {
    this.#options = options
  }

  /** The provider's error instead of a response, once it has come. */
  get error(): ProviderError | undefined {
    return this.#error
  }

  async next(): Promise<Uint8Array | undefined> {
    if (this.#ending !== undefined) return this.#end(this.#ending)
    let text = ''
    for (;;) {
      const events = await this.#options.reader.next()
      if (events === undefined) return text === '' ? undefined : this.#chunk(text)
      for (const event of events) text += this.#write(event)
      // Signs of life and facts may have no form in the client's dialect: read on.
      if (text.length > 0 && (this.#ending !== undefined || !this.#options.trail?.isOpen))
        return this.#chunk(text)
      if (this.#ending !== undefined) return this.#end(this.#ending)
    }
  }

  cancel(): Promise<void> {
    return this.#options.reader.cancel()
  }

  #write(given: ResponseEvent): string {
    const { encoder, hasFailureFinish } = this.#options
    const failure = hasFailureFinish ? undefined : this.#failure
    const event: ResponseEvent = given.kind === 'end' && failure ? { kind: 'error', error: failure } : given
    this.#note(event)
    if (event.kind === 'finish' && this.#failure && !hasFailureFinish) return ''
    const written = encoder.write(event)
    if (event.kind !== 'end') return written
    this.#ending = written
    return ''
  }

  #chunk(text: string): Uint8Array {
    // The reader of the bytes writes an error anew, so it must read this chunk.
    return this.#report(text, this.#error === undefined, false)
  }

  #end(text: string): Uint8Array {
    this.#ending = undefined
    // The reader of the bytes finds the failure in them.
    return this.#report(text, this.#failure === undefined, true)
  }

  /** @param isKnown may the reader skip the chunk? */
  #report(text: string, isKnown: boolean, isTerminal: boolean): Uint8Array {
    const { sideFacts } = this.#options
    if (isKnown) sideFacts.chunk = { outputLength: this.#unreported, isTerminal }
    else delete sideFacts.chunk
    this.#unreported = 0
    return Buffer.from(text)
  }

  #note(event: ResponseEvent): void {
    const { sideFacts, trail } = this.#options
    if ('text' in event) {
      trail?.follow(event.text)
      this.#unreported += Buffer.byteLength(event.text)
    } else if (event.kind === 'usage') sideFacts.usage = event.usage
    else if (event.kind === 'finish') this.#noteFinish(event.finish)
    else if (event.kind === 'start' && event.model !== undefined) sideFacts.upstreamModel = event.model
    else if (event.kind === 'error') {
      this.#error = event.error
      sideFacts.fault = event.error.fault
    }
  }

  #noteFinish(finish: Finish): void {
    const { sideFacts, hasFailureFinish } = this.#options
    sideFacts.finish = finish
    if (finish.unified !== 'error') return
    const fault = faultOfFinish(finish.raw)
    this.#failure = { fault, message: failureError(fault).message }
    if (hasFailureFinish) sideFacts.fault = fault
  }
}
