// Forwards the caller's bytes to a target. Only the model name, a lowered output limit, and the members that
// depend on the gateway's state (stateless.ts) change. The vendor always reports usage.

import { GatewayError } from '../../../../../contract/errors.ts'
import { splice } from '../../../../../kit/splice.ts'
import type { Splice } from '../../../../../kit/splice.ts'
import { insertMember, overwrite } from '../../../../wire/member.ts'
import type { Outgoing, OutgoingTarget } from '../../../wire/operation.ts'
import { forgetful, readable } from './stateless.ts'
import type { History } from './stateless.ts'
import type { ResponsesView } from './view.ts'

export function forwardRequest(view: ResponsesView, target: OutgoingTarget, history: History = {}): Outgoing {
  const { model, outputCap, isTranslated } = target
  const { document, modelSpan, limitSpan, maxOutputTokens } = view
  const splices: Splice[] = []
  if (view.model !== model) splices.push(overwrite(modelSpan, JSON.stringify(model)))
  if (outputCap !== undefined && (maxOutputTokens === undefined || maxOutputTokens > outputCap)) {
    const cap = String(Math.max(1, outputCap))
    // The member is present as null, so a second one must not be inserted.
    splices.push(limitSpan ? overwrite(limitSpan, cap) : insertMember(document, `"max_output_tokens":${cap}`))
  }
  if (isTranslated) return { path: '/responses', body: splice(document.bytes, splices), swallowsUsage: false }
  const { splices: more, losses } = readable(view, target, history)
  splices.push(...forgetful(view, target, history), ...more)
  return {
    path: '/responses',
    body: splice(document.bytes, splices),
    swallowsUsage: false,
    ...(losses.length > 0 ? { losses } : {}),
  }
}

/**
 * Forwards to a related path that takes the conversation but does not return a response. Other dialects have
 * no such paths.
 * @throws GatewayError `unsupported`
 */
export function forwardToPath(
  path: string,
  view: ResponsesView,
  target: OutgoingTarget,
  history: History,
): Outgoing {
  if (target.isTranslated)
    throw new GatewayError(
      'unsupported',
      `The target "${target.provider}/${target.model}" does not support Responses: it has no ${path}.`,
    )
  const { splices, losses } = readable(view, target, history)
  if (view.model !== target.model) splices.push(overwrite(view.modelSpan, JSON.stringify(target.model)))
  return {
    path,
    body: splice(view.document.bytes, splices),
    swallowsUsage: false,
    ...(losses.length > 0 ? { losses } : {}),
  }
}
