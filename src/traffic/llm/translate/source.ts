// A translated answer as bytes: canonical events go through the client's encoder, and what they tell beside
// it is noted.

import type { Finish } from '../../../contract/usage.ts'
import type { ByteSource, SideFacts, Trail } from '../../../contract/upstream.ts'
import type { ProviderError, ResponseEncoder, ResponseEvent, ResponseReader } from '../canonical/index.ts'
import { failureError, faultOfFinish } from '../../wire/event.ts'

export interface TranslatedSource extends ByteSource {
  /** The provider's error in the place of an answer, once it has come. */
  readonly error: ProviderError | undefined
}

/**
 * @param sideFacts filled as the events come
 * @param trail follows the texts; what may be the beginning of our credential is kept back
 * @param saysFailure does the client's dialect have a finish that says that the answer failed? Else it ends
 * in an error.
 */
export function translated(
  reader: ResponseReader,
  encoder: ResponseEncoder,
  sideFacts: SideFacts,
  saysFailure = false,
  trail?: Trail,
): TranslatedSource {
  let error: ProviderError | undefined
  /** What a finish has said of the answer; the usage may still come. */
  let failure: ProviderError | undefined
  /** What ends the answer is a chunk of its own: it waits for the record, which nothing before it should. */
  let last: string | undefined
  /** Characters of output that the encoder has been given and not yet said. */
  let unsaid = 0

  async function next(): Promise<Uint8Array | undefined> {
    if (last !== undefined) return ending(last)
    let text = ''
    for (;;) {
      const events = await reader.next()
      if (events === undefined) return text === '' ? undefined : saying(text, error === undefined)
      for (const given of events) {
        const event =
          given.kind === 'end' && failure && !saysFailure
            ? ({ kind: 'error', error: failure } as const)
            : given
        note(event)
        if (event.kind === 'finish' && failure && !saysFailure) continue
        const written = encoder.write(event)
        if (event.kind === 'end') last = written
        else text += written
      }
      // Signs of life and facts may mean nothing in the client's dialect: read on.
      if (text.length > 0 && (last !== undefined || !trail?.isOpen)) return saying(text, error === undefined)
      if (last !== undefined) return ending(last)
    }
  }

  /** @param isKnown an error is worded anew by whoever reads it */
  function saying(text: string, isKnown: boolean): Uint8Array {
    if (isKnown) sideFacts.chunk = { outputLength: unsaid, isTerminal: false }
    else delete sideFacts.chunk
    unsaid = 0
    return Buffer.from(text)
  }

  function ending(text: string): Uint8Array {
    last = undefined
    // Who reads it finds the failure.
    if (failure) delete sideFacts.chunk
    else sideFacts.chunk = { outputLength: unsaid, isTerminal: true }
    unsaid = 0
    return Buffer.from(text)
  }

  function note(event: ResponseEvent): void {
    if ('text' in event) trail?.follow(event.text)
    if ('text' in event) unsaid += Buffer.byteLength(event.text)
    else if (event.kind === 'usage') sideFacts.usage = event.usage
    else if (event.kind === 'finish') finish(event.finish)
    else if (event.kind === 'start' && event.model !== undefined) sideFacts.upstreamModel = event.model
    else if (event.kind === 'error') {
      error = event.error
      sideFacts.fault = event.error.fault
    }
  }

  function finish(how: Finish): void {
    sideFacts.finish = how
    if (how.unified !== 'error') return
    const fault = faultOfFinish(how.raw)
    failure = { fault, message: failureError(fault).message }
    if (saysFailure) sideFacts.fault = fault
  }

  return {
    get error() {
      return error
    },
    next,
    cancel: () => reader.cancel(),
  }
}
