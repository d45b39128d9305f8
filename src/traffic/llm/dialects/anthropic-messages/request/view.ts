// The lens on a request: what Gatehouse acts on, as positions in the caller's bytes. content.ts reads the
// content, and only on request. Fields: https://docs.claude.com/en/api/messages

import { numberAt, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
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
import { termOf } from '../../../wire/tier.ts'
import { refuseOtherModels } from '../../../wire/vendor-fields.ts'
import { termsOf } from '../usage.ts'

export interface MessagesView extends RequestView {
  readonly modelSpan: JsonSpan
  /** The position of the output limit. */
  readonly limitSpan: JsonSpan | undefined
  /** The thinking budget in tokens, and its position. */
  readonly budget: { span: JsonSpan; value: number } | undefined
  /** The settings that change the rates of the call. */
  readonly terms: readonly string[]
}

/** @throws GatewayError `bad-request`; of the body, its message holds field names only */
export function viewMessages(body: Uint8Array, limits: { maxDepth: number }): MessagesView {
  const document = scanBody(body, limits)
  const fields = document.members
  const modelSpan = optional(fields, 'model', 'string')
  if (!modelSpan) throw required('model', 'string')
  if (!optional(fields, 'messages', 'array')) throw required('messages', 'array')
  refuseOtherModels(document)
  const thinking = optional(fields, 'thinking', 'object')
  const budget =
    thinking &&
    optional(
      objectFields(document, thinking, 'thinking'),
      'budget_tokens',
      'number',
      'thinking.budget_tokens',
    )
  return {
    document,
    model: stringAt(document, modelSpan),
    modelSpan,
    isStreaming: optionalBoolean(document, fields, 'stream') ?? false,
    maxOutputTokens: optionalCount(document, fields, 'max_tokens'),
    limitSpan: fields.get('max_tokens'),
    budget: budget && { span: budget, value: numberAt(document, budget) },
    terms: askedTerms(document),
  }
}

function askedTerms(document: JsonDocument): readonly string[] {
  const [tier, speed, geo] = ['service_tier', 'speed', 'inference_geo'].map((name) =>
    optionalString(document, document.members, name),
  )
  return termsOf({ tier: termOf(tier), speed, geo })
}
