// The lens on a request: what Gatehouse acts on, as positions in the caller's own bytes. Content is read by
// content.ts, and only when asked. Fields: https://platform.openai.com/docs/api-reference/chat/create

import { numberAt, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonSpan } from '../../../../../kit/json-spans.ts'
import { scanBody } from '../../../../wire/body.ts'
import {
  objectFields,
  optional,
  optionalBoolean,
  optionalCount,
  optionalString,
  required,
} from '../../../../wire/field.ts'
import type { RequestView } from '../../../wire/operation.ts'
import { refuseOtherModels } from '../../../wire/vendor-fields.ts'

export interface ChatView extends RequestView {
  readonly modelSpan: JsonSpan
  readonly streamOptions: JsonSpan | undefined
  /** The caller asked for the usage event itself. */
  readonly wantsUsage: boolean
  /** How many choices are asked for. */
  readonly choices: number
  /** `priority`, `flex`, …: tiers have prices of their own. */
  readonly serviceTier: string | undefined
}

/** @throws GatewayError `bad-request`; nothing of the body is in its message but names of fields */
export function viewChat(body: Uint8Array, limits: { maxDepth: number }): ChatView {
  const document = scanBody(body, limits)
  const fields = document.members
  const modelSpan = optional(fields, 'model', 'string')
  if (!modelSpan) throw required('model', 'string')
  const messages = optional(fields, 'messages', 'array')
  if (!messages) throw required('messages', 'array')
  refuseOtherModels(document)
  const streamOptions = optional(fields, 'stream_options', 'object')
  const options = streamOptions && objectFields(document, streamOptions, 'stream_options')
  const limit = optionalCount(document, fields, 'max_completion_tokens')
  const oldLimit = optionalCount(document, fields, 'max_tokens')
  return {
    document,
    model: stringAt(document, modelSpan),
    modelSpan,
    isStreaming: optionalBoolean(document, fields, 'stream') ?? false,
    streamOptions,
    wantsUsage:
      (options && optionalBoolean(document, options, 'include_usage', 'stream_options.include_usage')) ??
      false,
    // Of two fields the larger: each server obeys the one that it knows and ignores the other.
    maxOutputTokens: limit === undefined ? oldLimit : Math.max(limit, oldLimit ?? limit),
    // vLLM makes as many as "best_of" says and shows "n" of them
    choices: Math.max(
      1,
      optionalCount(document, fields, 'n') ?? 1,
      optionalCount(document, fields, 'best_of') ?? 1,
    ),
    serviceTier: optionalString(document, fields, 'service_tier'),
  }
}

/** The limits on output that the caller wrote, with their positions. */
export function outputLimits(view: ChatView): { span: JsonSpan; value: number }[] {
  return ['max_completion_tokens', 'max_tokens'].flatMap((name) => {
    const span = optional(view.document.members, name, 'number')
    return span ? [{ span, value: numberAt(view.document, span) }] : []
  })
}
