// Decodes a client's chat request into canonical form. Messages: decode-turns.ts; tools: decode-tools.ts.

import type { JsonDocument } from '../../../../../kit/json-spans.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type { DecodedRequest, GenerateRequest, IncomingCall, OutputFormat } from '../../../canonical/index.ts'
import { decodeSettings, readWords } from '../../../fields/index.ts'
import { dropOwnFields } from '../../../losses/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import { scanBody } from '../../../../wire/body.ts'
import {
  jsonAt,
  neededString,
  objectFields,
  optional,
  optionalBoolean,
  optionalJson,
  optionalString,
  optionalWord,
  required,
} from '../../../../wire/field.ts'
import { decodeMessages } from './decode-turns.ts'
import { decodeToolChoice, decodeTools } from './decode-tools.ts'
import { table } from './table.ts'

/** The lens has already checked the depth, and edits do not add any. */
const maxDepth = 10_000

export function decodeRequest({ body, isStreaming }: IncomingCall, notes: LossNotes): DecodedRequest {
  const document = scanBody(typeof body === 'string' ? Buffer.from(body) : body, { maxDepth })
  const fields = document.members
  dropOwnFields(jsonAt(document, document.root), table, notes)
  const { system, turns } = decodeMessages(document)
  const request: GenerateRequest = {
    model: neededString(document, fields, 'model'),
    isStreaming,
    system,
    turns,
    ...decodeSettings(table.rows, document, fields),
    ...omitUndefined({
      tools: decodeTools(document),
      toolChoice: decodeToolChoice(document),
      output: outputOf(document),
      modalities: readWords({ document, fields, name: 'modalities', path: 'modalities' }, modalities),
      speech: speechOf(document),
    }),
  }
  const options = optional(fields, 'stream_options', 'object')
  const wantsUsage =
    options !== undefined &&
    optionalBoolean(
      document,
      objectFields(document, options, 'stream_options'),
      'include_usage',
      'stream_options.include_usage',
    )
  return { request, responseSeed: { model: request.model, isStreaming, ...(wantsUsage && { wantsUsage }) } }
}

function outputOf(document: JsonDocument): OutputFormat | undefined {
  const span = optional(document.members, 'response_format', 'object')
  if (!span) return undefined
  const fields = objectFields(document, span, 'response_format')
  const kind = optionalWord(
    document,
    fields,
    'type',
    ['text', 'json_object', 'json_schema'],
    'response_format.type',
  )
  if (kind !== 'json_schema') return { kind: kind === 'json_object' ? 'json' : 'text' }
  const path = 'response_format.json_schema'
  const inner = optional(fields, 'json_schema', 'object', path)
  if (!inner) throw required(path, 'object')
  const schema = objectFields(document, inner, path)
  return {
    kind: 'schema',
    schema: optionalJson(document, schema, 'schema') ?? {},
    ...omitUndefined({
      name: optionalString(document, schema, 'name', `${path}.name`),
      description: optionalString(document, schema, 'description', `${path}.description`),
      isStrict: optionalBoolean(document, schema, 'strict', `${path}.strict`),
    }),
  }
}

const modalities = ['text', 'audio', 'image'] as const

function speechOf(document: JsonDocument): { voice: string; format?: string } | undefined {
  const span = optional(document.members, 'audio', 'object')
  if (!span) return undefined
  const fields = objectFields(document, span, 'audio')
  return {
    voice: neededString(document, fields, 'voice', 'audio.voice'),
    ...omitUndefined({ format: optionalString(document, fields, 'format', 'audio.format') }),
  }
}
