// The caller's bytes as they go to a target: the path names its model, and so does every request that names
// one.

import { splice } from '../../../../../../kit/splice.ts'
import { overwrite } from '../../../../../wire/member.ts'
import type { Outgoing, OutgoingTarget } from '../../../../wire/operation.ts'
import { pathOf } from '../../address.ts'
import type { GeminiEmbeddingsView } from './view.ts'

export function forwardRequest(
  { document, address, isBatch, fields, requests }: GeminiEmbeddingsView,
  { model }: OutgoingTarget,
): Outgoing {
  const named = [...(isBatch ? [fields] : []), ...requests.map((request) => request.fields)].flatMap(
    (each) => each.get('model') ?? [],
  )
  const name = JSON.stringify(modelName(model))
  return {
    path: pathOf({ model, method: address.method }),
    body: splice(
      document.bytes,
      named.map((span) => overwrite(span, name)),
    ),
    swallowsUsage: false,
  }
}

/** Tuned models stand in a folder of their own. */
export const modelName = (model: string): string => (model.includes('/') ? model : `models/${model}`)
