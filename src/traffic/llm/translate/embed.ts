// Embeddings between two dialects: one response, read whole.

import type { SideFacts } from '../../../contract/upstream.ts'
import { typicalEmbedTokens } from '../canonical/index.ts'
import type { EmbedCodec } from '../canonical/embed/index.ts'
import type { Pair, ResponsePlan } from './pair.ts'
import { oneChunk } from '../../wire/response-form.ts'
import { errorResponse, responseOf } from './response.ts'
import { wholeBytes } from '../../wire/response-limits.ts'

export function embedding(front: EmbedCodec, back: EmbedCodec): Pair {
  return {
    front,
    backs: [back],
    prepare(call, notesFor, context) {
      const notes = notesFor(back)
      const { request, responseSeed } = front.decodeRequest(call, notes)
      const encoded = back.encodeRequest(request, { notes, ...context })
      const plan: ResponsePlan = {
        family: 'embed',
        seed: responseSeed,
        inputs: request.inputs.length,
        typicalTokens: typicalEmbedTokens(request),
      }
      return { back: back.dialect, losses: notes.losses, encoded, plan }
    },
    async translateResponse(plan, _back, notes, response) {
      if (plan.family !== 'embed') throw new TypeError('the plan is of another family')
      const sideFacts: SideFacts = { losses: notes.losses }
      const embedded = back.decodeResponse(await response.bytes(wholeBytes), plan.inputs)
      if ('error' in embedded) {
        sideFacts.fault = embedded.error.fault
        return errorResponse(front, embedded.error, response.headers, sideFacts)
      }
      if (embedded.model !== undefined) sideFacts.upstreamModel = embedded.model
      // An estimate has no `outputTokens`: settlement never takes incomplete counts for the provider's own.
      sideFacts.usage = embedded.usage ?? { inputTokens: plan.typicalTokens, isEstimated: true }
      const body = Buffer.from(front.encodeResponse({ ...embedded, usage: sideFacts.usage }, plan.seed))
      return responseOf(200, response.headers, 'application/json', oneChunk(body), sideFacts)
    },
  }
}
