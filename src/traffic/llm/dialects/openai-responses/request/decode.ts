// Decodes a client's request into canonical form. Items: decode-turns.ts; tools: decode-tools.ts.

import type { JsonDocument } from '../../../../../kit/json-spans.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type { DecodedRequest, GenerateRequest, IncomingCall, OutputFormat } from '../../../canonical/index.ts'
import { decodeSettings, readTexts } from '../../../fields/index.ts'
import { dropOwnFields } from '../../../losses/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import { scanBody } from '../../../../wire/body.ts'
import {
  jsonAt,
  neededString,
  objectFields,
  optional,
  optionalBoolean,
  optionalCount,
  optionalJson,
  optionalString,
  optionalWord,
} from '../../../../wire/field.ts'
import { decodeInput } from './decode-turns.ts'
import { decodeToolChoice, decodeTools } from './decode-tools.ts'
import { echoOf } from '../response/echo.ts'
import { table } from './table.ts'
import { ToolNames } from '../tool-names.ts'

/** The lens has already checked the depth, and edits do not add any. */
const maxDepth = 10_000

export function decodeRequest({ body, isStreaming }: IncomingCall, notes: LossNotes): DecodedRequest {
  const document = scanBody(typeof body === 'string' ? Buffer.from(body) : body, { maxDepth })
  const fields = document.members
  dropOwnFields(jsonAt(document, document.root), table, notes)
  const names = new ToolNames()
  const reading = { document, notes, names }
  const offered = decodeTools(reading, fields)
  const { system, turns, tools: brought } = decodeInput(reading)
  const request: GenerateRequest = {
    model: neededString(document, fields, 'model'),
    isStreaming,
    system,
    turns,
    ...decodeSettings(table.rows, document, fields),
    ...omitUndefined({
      tools: brought.length > 0 ? [...(offered ?? []), ...brought] : offered,
      toolChoice: decodeToolChoice(document),
      output: outputOf(document),
      logprobs: logprobsOf(document, notes),
    }),
  }
  return {
    request,
    responseSeed: { model: request.model, isStreaming, echo: echoOf(document), tools: names.offered },
  }
}

function outputOf(document: JsonDocument): OutputFormat | undefined {
  const text = optional(document.members, 'text', 'object')
  const format = text && optional(objectFields(document, text, 'text'), 'format', 'object', 'text.format')
  if (!format) return undefined
  const fields = objectFields(document, format, 'text.format')
  const kind = optionalWord(
    document,
    fields,
    'type',
    ['text', 'json_object', 'json_schema'],
    'text.format.type',
  )
  if (kind !== 'json_schema') return { kind: kind === 'json_object' ? 'json' : 'text' }
  return {
    kind: 'schema',
    schema: optionalJson(document, fields, 'schema') ?? {},
    ...omitUndefined({
      name: optionalString(document, fields, 'name', 'text.format.name'),
      description: optionalString(document, fields, 'description', 'text.format.description'),
      isStrict: optionalBoolean(document, fields, 'strict', 'text.format.strict'),
    }),
  }
}

/**
 * `include` can also request content that other targets do not have, or that they return anyway (encrypted
 * reasoning).
 */
function logprobsOf(document: JsonDocument, notes: LossNotes): { top: number } | undefined {
  const fields = document.members
  const top = optionalCount(document, fields, 'top_logprobs')
  const included = readTexts({ document, fields, name: 'include', path: 'include' }) ?? []
  if (included.some((each) => each !== logprobs && each !== 'reasoning.encrypted_content'))
    notes.dropOwn('include', { fate: 'lost' })
  return included.includes(logprobs) || (top !== undefined && top > 0) ? { top: top ?? 0 } : undefined
}

const logprobs = 'message.output_text.logprobs'
