// A translated answer as bytes: canonical events go through the client's encoder, and what they tell beside
// it is noted.

import type { Finish } from '../../../contract/usage.ts'
import type { ByteSource, Told, Trail } from '../../../contract/upstream.ts'
import type { ProviderError, ReplyEncoder, ReplyEvent, ReplyReader } from '../canonical/index.ts'
import { failedAnswer, faultOfFinish } from '../../wire/event.ts'

export interface TranslatedSource extends ByteSource {
  /** The provider's error in the place of an answer, once it has come. */
  readonly error: ProviderError | undefined
}

/**
 * @param told filled as the events come
 * @param trail follows the texts; what may be the beginning of our credential is kept back
 * @param saysFailure does the client's dialect have a finish that says that the answer failed? Else it ends
 * in an error.
 */
export function translated(
  reader: ReplyReader,
  encoder: ReplyEncoder,
  told: Told,
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
    if (isKnown) told.chunk = { outputLength: unsaid, isTerminal: false }
    else delete told.chunk
    unsaid = 0
    return Buffer.from(text)
  }

  function ending(text: string): Uint8Array {
    last = undefined
    // Who reads it finds the failure.
    if (failure) delete told.chunk
    else told.chunk = { outputLength: unsaid, isTerminal: true }
    unsaid = 0
    return Buffer.from(text)
  }

  function note(event: ReplyEvent): void {
    if ('text' in event) trail?.follow(event.text)
    if ('text' in event) unsaid += Buffer.byteLength(event.text)
    else if (event.kind === 'usage') told.usage = event.usage
    else if (event.kind === 'finish') finish(event.finish)
    else if (event.kind === 'start' && event.model !== undefined) told.upstreamModel = event.model
    else if (event.kind === 'error') {
      error = event.error
      told.fault = event.error.fault
    }
  }

  function finish(how: Finish): void {
    told.finish = how
    if (how.unified !== 'error') return
    const fault = faultOfFinish(how.raw)
    failure = { fault, message: failedAnswer(fault).message }
    if (saysFailure) told.fault = fault
  }

  return {
    get error() {
      return error
    },
    next,
    cancel: () => reader.cancel(),
  }
}
