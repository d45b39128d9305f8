// Members that servers between us and the vendor (OpenRouter and its kind) understand in every dialect, and
// that cost money or dodge grants.

import { GatewayError } from '../../../contract/errors.ts'
import { booleanAt } from '../../../kit/json-spans.ts'
import type { JsonDocument } from '../../../kit/json-spans.ts'

const otherModels = ['models', 'preset', 'fallbacks', 'fallback_models']

/**
 * They fall back to models that stand there; nobody has authorized or priced those. @throws GatewayError
 * `unsupported`
 */
export function refuseOtherModels(document: JsonDocument): void {
  const param = otherModels.find((name) => isAskedFor(document, name))
  if (param === undefined) return
  const fix = 'which grants and budgets go by; configure fallbacks in Gatehouse instead'
  throw new GatewayError('unsupported', `"${param}" names models beside "model", ${fix}`, { param })
}

/**
 * Members that change what a call costs by more than its bytes and its limits say: who serves it at
 * OpenRouter, and output limits of servers that have a name of their own for them.
 */
const costly = ['provider', 'route', 'use_beam_search', 'n_predict', 'options']

/** Those of them that the request has. */
export const costlyMembers = (document: JsonDocument): readonly string[] =>
  costly.filter((name) => isAskedFor(document, name))

function isAskedFor(document: JsonDocument, name: string): boolean {
  const span = document.members.get(name)
  return (
    span !== undefined && span.kind !== 'null' && !(span.kind === 'boolean' && !booleanAt(document, span))
  )
}
