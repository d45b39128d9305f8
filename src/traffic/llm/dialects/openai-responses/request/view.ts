// The lens on a request: what Gatehouse acts on, as positions in the caller's bytes. content.ts reads the
// content, and only on request. Fields:
// https://platform.openai.com/docs/api-reference/responses/create

import { GatewayError } from '../../../../../contract/errors.ts'
import { stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonSpan } from '../../../../../kit/json-spans.ts'
import { scanBody } from '../../../../wire/body.ts'
import {
  optional,
  optionalBoolean,
  optionalCount,
  optionalString,
  required,
  wrongType,
} from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import type { RequestView } from '../../../wire/operation.ts'
import { refuseOtherModels } from '../../../wire/vendor-fields.ts'

export interface ResponsesView extends RequestView {
  readonly modelSpan: JsonSpan
  /** The position of `max_output_tokens`, with any value. */
  readonly limitSpan: JsonSpan | undefined
  /** `priority`, `flex`, …: tiers have separate prices. */
  readonly serviceTier: string | undefined
  /** May the response be kept? Yes, unless the caller forbids it. */
  readonly isStored: boolean
}

/** @throws GatewayError `bad-request`, `unsupported`; of the body, its message holds field names only */
export function viewResponses(
  body: Uint8Array,
  limits: { maxDepth: number },
  own?: ReadonlySet<number>,
): ResponsesView {
  const document = scanBody(body, limits)
  const fields = document.members
  const modelSpan = optional(fields, 'model', 'string')
  if (!modelSpan) throw required('model', 'string')
  const input = fields.get('input')
  if (input && input.kind !== 'string' && input.kind !== 'array' && input.kind !== 'null')
    throw wrongType('input', 'array', input)
  if (!isTold(fields, 'input') && !isTold(fields, 'prompt')) throw required('input', 'array')
  refuseState(fields)
  refuseOtherModels(document)
  if (optionalBoolean(document, fields, 'background'))
    throw unsupported('background', 'the gateway meters an answer while it is made')
  return {
    document,
    model: stringAt(document, modelSpan),
    modelSpan,
    isStreaming: optionalBoolean(document, fields, 'stream') ?? false,
    maxOutputTokens: optionalCount(document, fields, 'max_output_tokens'),
    limitSpan: fields.get('max_output_tokens'),
    serviceTier: optionalString(document, fields, 'service_tier'),
    ...(own && own.size > 0 && { own }),
    isStored: optionalBoolean(document, fields, 'store') !== false,
  }
}

/**
 * State at the vendor belongs to an account that several callers share, so an id alone would let one caller
 * read another's conversation. The state that the gateway keeps is already in the body (state/expand.ts).
 */
function refuseState(fields: Fields): void {
  if (isTold(fields, 'previous_response_id'))
    throw unsupported('previous_response_id', 'only the door for responses knows earlier ones')
  if (isTold(fields, 'conversation'))
    throw unsupported(
      'conversation',
      'the gateway keeps no conversations; use "previous_response_id" or send the earlier items in "input"',
    )
}

function unsupported(param: string, why: string): GatewayError {
  return new GatewayError('unsupported', `"${param}" is not supported: ${why}.`, { param })
}

const isTold = (fields: Fields, name: string) => fields.has(name) && fields.get(name)?.kind !== 'null'
