// Members that routers such as OpenRouter understand in every dialect, and that cost money or bypass grants.

import { GatewayError } from '../../../contract/errors.ts'
import { booleanAt } from '../../../kit/json-spans.ts'
import type { JsonDocument } from '../../../kit/json-spans.ts'

const otherModels = ['models', 'preset', 'fallbacks', 'fallback_models']

/**
 * These members name fallback models, which are neither authorized nor priced. @throws GatewayError
 * `unsupported`
 */
export function refuseOtherModels(document: JsonDocument): void {
  const param = otherModels.find((name) => isAskedFor(document, name))
  if (param === undefined) return
  const fix = 'which grants and budgets go by; configure fallbacks in Gatehouse instead'
  throw new GatewayError('unsupported', `"${param}" names models beside "model", ${fix}`, { param })
}

/**
 * Members that change the cost of a call beyond its size and limits: the choice of the server at OpenRouter,
 * and output limits under a server's own names.
 */
const costly = ['provider', 'route', 'use_beam_search', 'n_predict', 'options']

/** The costly members that the request has. */
export const costlyMembers = (document: JsonDocument): readonly string[] =>
  costly.filter((name) => isAskedFor(document, name))

function isAskedFor(document: JsonDocument, name: string): boolean {
  const span = document.members.get(name)
  return (
    span !== undefined && span.kind !== 'null' && !(span.kind === 'boolean' && !booleanAt(document, span))
  )
}
