// Requests to a provider of this dialect: the caller's own bytes, or the canonical request written in this
// dialect.

import type { EmbedInput, EmbedRequest } from '../../../canonical/embed/index.ts'
import { written } from '../../../../../kit/json.ts'
import type { Json } from '../../../../../kit/json.ts'
import type { EncodeContext, EncodedRequest } from '../../../canonical/index.ts'
import { dropUncarriedOfEmbedding } from '../../../losses/index.ts'
import { splice } from '../../../../../kit/splice.ts'
import { overwrite } from '../../../../wire/member.ts'
import type { Outgoing, OutgoingTarget } from '../../../wire/operation.ts'
import type { EmbeddingsView } from './view.ts'

/** The path relative to the base URL of a provider. */
const path = '/embeddings'

/**
 * "any array must be 2048 dimensions or less":
 * https://platform.openai.com/docs/api-reference/embeddings/create#embeddings-create-input
 */
const mostInputs = 2048

export function encodeRequest(
  { model, inputs, user }: EmbedRequest,
  { notes }: EncodeContext,
): EncodedRequest {
  dropUncarriedOfEmbedding({ model, inputs, ...(user !== undefined && { user }) }, 'openai-embeddings', notes)
  if (inputs.length > mostInputs)
    notes.drop(
      'many-inputs',
      `${inputs.length} inputs; at most ${mostInputs} are taken in one call: send them in several`,
    )
  const spelled = inputs.map(inputOf)
  const [first] = inputs
  const body = written({
    model,
    input: spelled.length === 1 ? spelled[0] : spelled,
    dimensions: first?.dimensions,
    user,
  })
  return { path, body: JSON.stringify(body) }
}

function inputOf({ parts }: EmbedInput): Json {
  const [only] = parts
  if (only?.kind === 'tokens' && parts.length === 1) return only.ids
  return parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n')
}

/** The caller's bytes; only the model's name changes. */
export function forwardRequest(
  { document, modelSpan, model: asked }: EmbeddingsView,
  { model }: OutgoingTarget,
): Outgoing {
  const body =
    model === asked ? document.bytes : splice(document.bytes, [overwrite(modelSpan, JSON.stringify(model))])
  return { path, body, swallowsUsage: false }
}
