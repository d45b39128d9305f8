// Forwards the caller's bytes to a target. Only the model name, a lowered output limit, and thinking that
// only another vendor can verify change.

import { splice } from '../../../../../kit/splice.ts'
import type { Splice } from '../../../../../kit/splice.ts'
import { insertMember, overwrite } from '../../../../wire/member.ts'
import type { Outgoing, OutgoingTarget } from '../../../wire/operation.ts'
import { withoutForeignProofs } from './foreign-signatures.ts'
import type { MessagesView } from './view.ts'

/** Paths relative to the base URL of a provider. */
export const messagesPath = '/v1/messages'
export const countPath = '/v1/messages/count_tokens'

export function forwardRequest(
  view: MessagesView,
  { model, outputCap, isTranslated }: OutgoingTarget,
): Outgoing {
  const splices: Splice[] = []
  if (view.model !== model) splices.push(overwrite(view.modelSpan, JSON.stringify(model)))
  if (outputCap !== undefined) splices.push(...capOutput(view, outputCap))
  const foreign = isTranslated ? { splices: [], losses: [] } : withoutForeignProofs(view.document)
  const body = splice(view.document.bytes, [...splices, ...foreign.splices])
  return {
    path: messagesPath,
    body,
    swallowsUsage: false,
    ...(foreign.losses.length > 0 && { losses: foreign.losses }),
  }
}

/** The smallest thinking budget that Anthropic accepts. */
const leastBudget = 1024

function capOutput({ document, maxOutputTokens, limitSpan, budget }: MessagesView, cap: number): Splice[] {
  if (limitSpan === undefined) return [insertMember(document, `"max_tokens":${cap}`)]
  if (maxOutputTokens !== undefined && maxOutputTokens <= cap) return []
  const lowered = [overwrite(limitSpan, String(cap))]
  // the thinking budget must be below the limit, or the call is refused
  if (budget && budget.value >= cap && cap > leastBudget)
    lowered.push(overwrite(budget.span, String(cap - 1)))
  return lowered
}
