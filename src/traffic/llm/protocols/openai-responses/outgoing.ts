// The caller's bytes as they go to a target: the model's name and a lower output limit change, nothing else does. Usage comes without being asked for.

import { splice } from '../../../../kit/splice.ts'
import type { Splice } from '../../../../kit/splice.ts'
import { insertMember, overwrite } from '../../wire/member.ts'
import type { Outgoing, OutgoingTarget } from '../../wire/operation.ts'
import type { ResponsesView } from './view.ts'

export function outgoing(view: ResponsesView, { model, outputCap }: OutgoingTarget): Outgoing {
  const { document, modelSpan, limitSpan, maxOutputTokens } = view
  const splices: Splice[] = []
  if (view.model !== model) splices.push(overwrite(modelSpan, JSON.stringify(model)))
  if (outputCap !== undefined && (maxOutputTokens === undefined || maxOutputTokens > outputCap)) {
    const cap = String(Math.max(1, outputCap))
    // Written as null, it must not stand there twice.
    splices.push(limitSpan ? overwrite(limitSpan, cap) : insertMember(document, `"max_output_tokens":${cap}`))
  }
  return { path: '/responses', body: splice(document.bytes, splices), swallowsUsage: false }
}
