// The caller's bytes as they go to a target: nothing changes but the model's name.

import { splice } from '../../../../../kit/splice.ts'
import { overwrite } from '../../../../wire/member.ts'
import type { Outgoing, OutgoingTarget } from '../../../wire/operation.ts'
import type { EmbeddingsView } from './view.ts'

/** Below the base URL of a provider. */
export const path = '/embeddings'

export function forwardRequest(
  { document, modelSpan, model: asked }: EmbeddingsView,
  { model }: OutgoingTarget,
): Outgoing {
  const body =
    model === asked ? document.bytes : splice(document.bytes, [overwrite(modelSpan, JSON.stringify(model))])
  return { path, body, swallowsUsage: false }
}
