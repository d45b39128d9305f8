// The caller's bytes as they go to a target: the model's name, a lower output limit, and what the gateway's own state makes necessary (stateless.ts)
// change, nothing else does. Usage comes without being asked for.

import { splice } from '../../../../kit/splice.ts'
import type { Splice } from '../../../../kit/splice.ts'
import { insertMember, overwrite } from '../../wire/member.ts'
import type { Outgoing, OutgoingTarget } from '../../wire/operation.ts'
import { stateless } from './stateless.ts'
import type { History } from './stateless.ts'
import type { ResponsesView } from './view.ts'

export function outgoing(view: ResponsesView, target: OutgoingTarget, history: History = {}): Outgoing {
  const { model, outputCap, isTranslated } = target
  const { document, modelSpan, limitSpan, maxOutputTokens } = view
  const splices: Splice[] = []
  if (view.model !== model) splices.push(overwrite(modelSpan, JSON.stringify(model)))
  if (outputCap !== undefined && (maxOutputTokens === undefined || maxOutputTokens > outputCap)) {
    const cap = String(Math.max(1, outputCap))
    // Written as null, it must not stand there twice.
    splices.push(limitSpan ? overwrite(limitSpan, cap) : insertMember(document, `"max_output_tokens":${cap}`))
  }
  const { splices: more, losses } = isTranslated ? { splices: [], losses: [] } : stateless(view, target, history)
  splices.push(...more)
  return { path: '/responses', body: splice(document.bytes, splices), swallowsUsage: false, ...(losses.length > 0 ? { losses } : {}) }
}
