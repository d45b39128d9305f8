// Text generation between two dialects: events of the provider's answer, written by the client's encoder as they come.

import type { Told } from '../../../contract/upstream.ts'
import type { Clock } from '../../../kit/clock.ts'
import type { Codec } from '../canonical/index.ts'
import { asFunctions, backToText } from './free-text.ts'
import { collect, errorResponse, oneChunk, responseOf } from './response.ts'
import type { Pair } from './pair.ts'
import { translated } from './source.ts'
import { withoutForeignTools } from './vendor-tools.ts'

export interface World {
  clock: Pick<Clock, 'now'>
  newId(prefix: string): string
}

export function generating(front: Codec, back: Codec, { clock, newId }: World): Pair {
  return {
    front,
    back,
    begin(call, notes, context) {
      const decoded = front.decodeRequest(call, notes)
      const possible = withoutForeignTools(decoded.request, back.dialect, notes)
      const { request, names } = back.takesFreeText?.(context.departures) ? { request: possible, names: noNames } : asFunctions(possible, notes)
      const encoded = back.encodeRequest(request, { notes, ...context })
      return {
        encoded,
        async answer(response) {
          const told: Told = { losses: notes.losses }
          const writing = backToText(decoded.encoder({ notes, createdAt: Math.floor(clock.now() / 1000), newId }), names)
          const source = translated(back.decodeReply(response, { newId }), writing, told)
          if (call.isStreaming) return responseOf(200, response.headers, 'text/event-stream', source, told)
          const whole = await collect(source)
          if (source.error) return errorResponse(front, source.error, response.headers, told)
          return responseOf(200, response.headers, 'application/json', oneChunk(whole), told)
        },
      }
    },
  }
}

const noNames: ReadonlySet<string> = new Set()
