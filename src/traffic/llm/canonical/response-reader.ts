// A response as canonical events: a stream event by event, a whole response as one batch.

import type { UpstreamResponse } from '../../../contract/upstream.ts'
import type { EventDecoder, ResponseReader } from './codec.ts'
import { eventReader } from './event-reader.ts'
import { beginningOf, collect, isJsonType, oneChunk, peek, typeOf } from '../../wire/response-form.ts'
import type { ResponseEvent } from './response.ts'
import { wholeBytes } from '../../wire/response-limits.ts'

export interface Decoders {
  events(): EventDecoder
  /**
   * @throws GatewayError `upstream-garbage` when it is not of its dialect. Returns all events, `end` or
   * `error` as the last
   */
  whole(bytes: Uint8Array): readonly ResponseEvent[]
}

/** Nothing is read before the first `next`. */
export function createResponseReader(response: UpstreamResponse, decoders: Decoders): ResponseReader {
  let reader: ResponseReader | undefined
  let isCanceled = false
  async function begin(): Promise<readonly ResponseEvent[] | undefined> {
    reader = await chosen(response, decoders)
    return isCanceled ? undefined : reader.next()
  }
  return {
    next: () => reader?.next() ?? begin(),
    async cancel() {
      isCanceled = true
      await (reader ? reader.cancel() : response.body.cancel())
    },
  }
}

async function chosen(response: UpstreamResponse, { events, whole }: Decoders): Promise<ResponseReader> {
  const type = typeOf(response)
  if (isJsonType(type)) {
    const bytes = await response.bytes(wholeBytes)
    return beginningOf(bytes) === 'events'
      ? eventReader(oneChunk(bytes), events())
      : wholeReader(async () => whole(bytes))
  }
  const { beginning, source } = await peek(response.body)
  const isEvents = beginning === 'events' || (beginning === 'nothing' && type === 'text/event-stream')
  return isEvents
    ? eventReader(source, events(), response.memory)
    : wholeReader(async () => whole(await collect(source)))
}

function wholeReader(read: () => Promise<readonly ResponseEvent[]>): ResponseReader {
  let isOver = false
  return {
    async next() {
      if (isOver) return undefined
      isOver = true
      return read()
    },
    async cancel() {
      isOver = true
    },
  }
}
