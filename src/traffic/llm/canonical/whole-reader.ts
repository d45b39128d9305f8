// A whole answer as canonical events: read in one go, given as one batch.

import type { UpstreamResponse } from '../../../contract/upstream.ts'
import type { ReplyReader } from './codec.ts'
import type { ReplyEvent } from './reply.ts'

/** Answers larger than this are not read into memory. */
const wholeBytes = 64 * 1024 * 1024

/** @param decode throws GatewayError `upstream-garbage` for what is no answer of its dialect; gives all events, `end` or `error` as the last */
export function wholeReader(response: UpstreamResponse, decode: (bytes: Uint8Array) => readonly ReplyEvent[]): ReplyReader {
  let isOver = false
  return {
    async next() {
      if (isOver) return undefined
      isOver = true
      return decode(await response.bytes(wholeBytes))
    },
    async cancel() {
      isOver = true
      await response.body.cancel()
    },
  }
}

/** Is this answer an event stream? Small servers give no type, or a plain one, when they were asked for a stream. */
export function isEventStream({ headers }: UpstreamResponse): boolean {
  return (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() === 'text/event-stream'
}
