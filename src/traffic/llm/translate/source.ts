// A translated answer as bytes: canonical events go through the client's encoder, and what they tell beside it is noted.

import type { ByteSource, Told } from '../../../contract/upstream.ts'
import type { ProviderError, ReplyEncoder, ReplyEvent, ReplyReader } from '../canonical/index.ts'

export interface TranslatedSource extends ByteSource {
  /** The provider's error in the place of an answer, once it has come. */
  readonly error: ProviderError | undefined
}

/** @param told filled as the events come */
export function translated(reader: ReplyReader, encoder: ReplyEncoder, told: Told): TranslatedSource {
  let error: ProviderError | undefined

  async function next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const events = await reader.next()
      if (events === undefined) return undefined
      let text = ''
      for (const event of events) {
        note(event)
        text += encoder.write(event)
      }
      // Signs of life and facts may mean nothing in the client's dialect: read on.
      if (text.length > 0) return Buffer.from(text)
    }
  }

  function note(event: ReplyEvent): void {
    if (event.kind === 'usage') told.usage = event.usage
    else if (event.kind === 'finish') told.finish = event.finish
    else if (event.kind === 'start' && event.model !== undefined) told.upstreamModel = event.model
    else if (event.kind === 'error') {
      error = event.error
      told.fault = event.error.fault
    }
  }

  return {
    get error() {
      return error
    },
    next,
    cancel: () => reader.cancel(),
  }
}
