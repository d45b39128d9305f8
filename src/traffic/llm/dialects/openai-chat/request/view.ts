// The lens on a request: what Gatehouse acts on, as positions in the caller's bytes. content.ts reads the
// content, and only on request. Fields: https://platform.openai.com/docs/api-reference/chat/create

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
  /** Has the caller asked for the usage event? */
  readonly wantsUsage: boolean
  /** The number of requested choices. */
  readonly choices: number
  /** `priority`, `flex`, …: tiers have separate prices. */
  readonly serviceTier: string | undefined
}

/** @throws GatewayError `bad-request`; of the body, its message holds field names only */
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
    // The larger of the two fields: each server obeys the field that it knows and ignores the other.
    maxOutputTokens: limit === undefined ? oldLimit : Math.max(limit, oldLimit ?? limit),
    // vLLM generates "best_of" choices and returns "n" of them
    choices: Math.max(
      1,
      optionalCount(document, fields, 'n') ?? 1,
      optionalCount(document, fields, 'best_of') ?? 1,
    ),
    serviceTier: optionalString(document, fields, 'service_tier'),
  }
}

/** The output limits that the caller set, with their positions. */
export function outputLimits(view: ChatView): { span: JsonSpan; value: number }[] {
  return ['max_completion_tokens', 'max_tokens'].flatMap((name) => {
    const span = optional(view.document.members, name, 'number')
    return span ? [{ span, value: numberAt(view.document, span) }] : []
  })
}
