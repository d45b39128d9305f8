// Forwards the caller's bytes to a target. Only the model name, the request for usage and a lowered output
// limit change. Call ids change only if the target refuses them.

import { members, stringAt } from '../../../../../kit/json-spans.ts'
import { splice } from '../../../../../kit/splice.ts'
import type { Splice } from '../../../../../kit/splice.ts'
import { substituteId } from '../../../fit/index.ts'
import type { IdLimit } from '../../../losses/index.ts'
import type { Departures } from '../../../provider.ts'
import { arrayOf, eachOf, objectFields } from '../../../../wire/field.ts'
import { insertMember, overwrite, renameMember } from '../../../../wire/member.ts'
import type { Outgoing, OutgoingTarget } from '../../../wire/operation.ts'
import { outputLimits } from './view.ts'
import type { ChatView } from './view.ts'

export function forwardRequest(view: ChatView, { model, departures, outputCap }: OutgoingTarget): Outgoing {
  const splices: Splice[] = []
  const swallowsUsage = !view.wantsUsage && departures.usageInStream
  if (view.model !== model) splices.push(overwrite(view.modelSpan, JSON.stringify(model)))
  if (view.isStreaming && swallowsUsage) splices.push(askForUsage(view))
  if (outputCap !== undefined) splices.push(...capOutput(view, outputCap, departures))
  else if (departures.outputLimitField === 'max_tokens')
    splices.push(...olderLimit(view, view.maxOutputTokens))
  const ids = departures.limits?.['call-id']
  if (ids) for (const each of fitCallIds(view, ids)) splices.push(each)
  return { path: '/chat/completions', body: splice(view.document.bytes, splices), swallowsUsage }
}

/**
 * A conversation that began elsewhere can have call ids that a vendor refuses (Mistral requires nine letters
 * and digits).
 * @throws GatewayError `bad-request`
 */
function* fitCallIds({ document }: ChatView, limit: IdLimit): Generator<Splice> {
  if (!document.latin1.includes('"tool_call')) return
  for (const { span: message, path } of eachOf(document, document.members, 'messages')) {
    const fields = objectFields(document, message, path)
    const calls = arrayOf(document, fields, 'tool_calls', `${path}.tool_calls`).map((call) =>
      objectFields(document, call.span, call.path).get('id'),
    )
    for (const span of [fields.get('tool_call_id'), ...calls]) {
      if (span?.kind !== 'string') continue
      const id = stringAt(document, span)
      const taken = substituteId(id, limit)
      if (taken !== id) yield overwrite(span, JSON.stringify(taken))
    }
  }
}

/**
 * Without it OpenAI reports no usage in a stream, and the cost would be an estimate. The response drops the
 * event if the caller did not ask for it.
 * https://platform.openai.com/docs/api-reference/chat/create#chat-create-stream_options
 */
function askForUsage(view: ChatView): Splice {
  const { document } = view
  const written = document.members.get('stream_options')
  if (written === undefined) return insertMember(document, '"stream_options":{"include_usage":true}')
  if (view.streamOptions === undefined) return overwrite(written, '{"include_usage":true}')
  const options = members(document, view.streamOptions)
  const asked = options.get('include_usage')
  if (asked !== undefined) return overwrite(asked, 'true')
  const inside = view.streamOptions.start + 1
  return {
    start: inside,
    end: inside,
    replacement: options.size === 0 ? '"include_usage":true' : '"include_usage":true,',
  }
}

function capOutput(view: ChatView, cap: number, departures: Departures): Splice[] {
  const { document } = view
  const perChoice = Math.max(1, cap)
  const limits = outputLimits(view)
  if (limits.length === 0) {
    const field = departures.outputLimitField ?? 'max_completion_tokens'
    const written = document.members.get(field)
    // The member is present as null, so a second one must not be inserted.
    if (written !== undefined) return [overwrite(written, String(perChoice))]
    return [insertMember(document, `"${field}":${perChoice}`)]
  }
  const lowered = limits
    .filter(({ value }) => value > perChoice)
    .map(({ span }) => overwrite(span, String(perChoice)))
  if (departures.outputLimitField !== 'max_tokens') return lowered
  return [...lowered, ...olderLimit(view, Math.min(perChoice, ...limits.map(({ value }) => value)))]
}

/**
 * A server that knows only the older name refuses the newer one. Or it ignores the newer one and exceeds the
 * requested and reserved limit.
 */
function olderLimit({ document }: ChatView, limit: number | undefined): Splice[] {
  const newer = document.members.get('max_completion_tokens')
  const written = document.members.get('max_tokens')
  if (limit === undefined || newer?.kind !== 'number' || written?.kind === 'number') return []
  if (written) return [overwrite(written, String(limit))]
  return [
    renameMember(document, newer, 'max_completion_tokens', 'max_tokens') ??
      insertMember(document, `"max_tokens":${limit}`),
  ]
}
