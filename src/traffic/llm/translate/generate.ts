// Text generation between two dialects: the client's encoder writes the events of the provider's response as
// they come.

import type { SideFacts, UpstreamResponse } from '../../../contract/upstream.ts'
import type { Clock } from '../../../kit/clock.ts'
import type { Codec, ResponseEncoder, ResponseReader } from '../canonical/index.ts'
import { bestDialect } from './best-dialect.ts'
import { callIdsIn, withUniqueCallIds } from './call-ids.ts'
import { asFunctions, backToText } from './free-text.ts'
import { collect, oneChunk } from '../../wire/response-form.ts'
import { errorResponse, responseOf } from './response.ts'
import type { Pair, ResponsePlan } from './pair.ts'
import { TranslatedSource } from './source.ts'
import { withAllowedNames, withOriginalNames } from './tool-names.ts'
import { withoutForeignTools } from './vendor-tools.ts'

export interface World {
  clock: Pick<Clock, 'now'>
  newId(prefix: string): string
}

/** @param backs codecs of the provider's dialects, the usual one first */
export function generating(front: Codec, backs: readonly [Codec, ...Codec[]], { clock, newId }: World): Pair {
  return {
    front,
    backs,
    prepare(call, notesFor, context) {
      const [usual] = backs
      const noted = notesFor(usual)
      const { request: asked, responseSeed } = front.decodeRequest(call, noted)
      const back = bestDialect(backs, asked)
      const notes = back === usual ? noted : notesFor(back)
      if (notes !== noted) notes.losses.push(...noted.losses)
      const possible = withoutForeignTools(asked, back.dialect, notes)
      const { request: plain, names } = back.takesFreeText?.(context.departures)
        ? { request: possible, names: noNames }
        : asFunctions(possible, notes)
      const { request, originals } = withAllowedNames(plain, back.toolNames)
      const encoded = back.encodeRequest(request, { notes, ...context })
      const plan: ResponsePlan = {
        family: 'generate',
        seed: responseSeed,
        callIds: callIdsIn(asked),
        freeText: names,
        originals,
      }
      return { back: back.dialect, losses: notes.losses, encoded, plan }
    },
    translateResponse(plan, back, notes, response) {
      if (plan.family !== 'generate' || back.family !== 'generate')
        throw new TypeError('the plan is of another family')
      const encoder = front.encoder(plan.seed, { notes, createdAt: Math.floor(clock.now() / 1000), newId })
      const unique = withUniqueCallIds(encoder, plan.callIds, { limit: front.table.limits['call-id'], newId })
      const writing = withOriginalNames(backToText(unique, plan.freeText), plan.originals)
      const reader = back.decodeResponse(response, { newId })
      return translateResponse(
        front,
        { reader, encoder: writing, sideFacts: { losses: notes.losses } },
        response,
        plan.seed.isStreaming,
      )
    },
  }
}

/**
 * Writes a provider's response in the client's dialect. @throws GatewayError the errors of the reader, for a
 * whole response
 */
export async function translateResponse(
  front: Codec,
  { reader, encoder, sideFacts }: { reader: ResponseReader; encoder: ResponseEncoder; sideFacts: SideFacts },
  { headers, trail }: Pick<UpstreamResponse, 'headers' | 'trail'>,
  isStreaming: boolean,
): Promise<UpstreamResponse> {
  const { hasFailureFinish } = front
  const source = new TranslatedSource({ reader, encoder, sideFacts, hasFailureFinish, trail })
  if (isStreaming) return responseOf(200, headers, 'text/event-stream', source, sideFacts)
  const whole = await collect(source)
  if (source.error) return errorResponse(front, source.error, headers, sideFacts)
  return responseOf(200, headers, 'application/json', oneChunk(whole), sideFacts)
}

const noNames: ReadonlySet<string> = new Set()
