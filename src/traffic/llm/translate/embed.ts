// Embeddings between two dialects: one answer, read whole.

import type { Told } from '../../../contract/upstream.ts'
import { typicalTokens } from '../canonical/embed/index.ts'
import type { EmbedCodec } from '../canonical/embed/index.ts'
import type { Pair } from './pair.ts'
import { oneChunk } from '../../wire/response-form.ts'
import { errorResponse, responseOf } from './response.ts'

/** 2,048 vectors of 3,072 numbers in decimals do not fit; that many texts of any length do not fit into a call either. */
const wholeBytes = 64 * 1024 * 1024

export function embedding(front: EmbedCodec, back: EmbedCodec): Pair {
  return {
    front,
    begin(call, notesFor, context) {
      const notes = notesFor(back)
      const { request, encodeReply } = front.decodeRequest(call, notes)
      const encoded = back.encodeRequest(request, { notes, ...context })
      return {
        back,
        notes,
        encoded,
        async answer(response) {
          const told: Told = { losses: notes.losses }
          const reply = back.decodeReply(await response.bytes(wholeBytes), request.inputs.length)
          if ('error' in reply) {
            told.fault = reply.error.fault
            return errorResponse(front, reply.error, response.headers, told)
          }
          if (reply.model !== undefined) told.upstreamModel = reply.model
          // An estimate has no `outputTokens`: what is incomplete is never taken for the provider's word where money is settled.
          told.usage = reply.usage ?? { inputTokens: typicalTokens(request), isEstimated: true }
          const body = Buffer.from(encodeReply({ ...reply, usage: told.usage }))
          return responseOf(200, response.headers, 'application/json', oneChunk(body), told)
        },
      }
    },
  }
}
