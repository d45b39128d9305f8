// A client's request in canonical form. Items: decode-turns.ts; tools: decode-tools.ts.

import { stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument } from '../../../../../kit/json-spans.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type {
  DecodedRequest,
  GenerateRequest,
  IncomingCall,
  OutputFormat,
  ReasoningWish,
} from '../../../canonical/index.ts'
import { dropOwnFields } from '../../../losses/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import { scanBody } from '../../../../wire/body.ts'
import {
  arrayOf,
  jsonAt,
  neededString,
  objectFields,
  optional,
  optionalBoolean,
  optionalCount,
  optionalJson,
  optionalNumber,
  optionalString,
  optionalTexts,
  optionalWord,
  wrongType,
} from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import { decodeInput } from './decode-turns.ts'
import { decodeToolChoice, decodeTools } from './decode-tools.ts'
import { echoOf } from '../response/echo.ts'
import { table } from './table.ts'
import { ToolNames } from '../tool-names.ts'

/** The lens has measured the depth already; what edits wrote is no deeper. */
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
    ...omitUndefined({
      tools: brought.length > 0 ? [...(offered ?? []), ...brought] : offered,
      toolChoice: decodeToolChoice(document),
      parallelToolCalls: optionalBoolean(document, fields, 'parallel_tool_calls'),
      ...textWishes(document),
      sampling: samplingOf(document, fields),
      maxOutputTokens: optionalCount(document, fields, 'max_output_tokens'),
      reasoning: reasoningOf(document),
      logprobs: logprobsOf(document, notes),
      serviceTier: optionalString(document, fields, 'service_tier'),
      user: optionalString(document, fields, 'safety_identifier') ?? optionalString(document, fields, 'user'),
      metadata: optionalTexts(document, fields, 'metadata'),
      cacheKey: optionalString(document, fields, 'prompt_cache_key'),
    }),
  }
  return {
    request,
    responseSeed: { model: request.model, isStreaming, echo: echoOf(document), tools: names.offered },
  }
}

function samplingOf(document: JsonDocument, fields: Fields): GenerateRequest['sampling'] {
  const sampling = omitUndefined({
    temperature: optionalNumber(document, fields, 'temperature'),
    topP: optionalNumber(document, fields, 'top_p'),
  })
  return Object.keys(sampling).length === 0 ? undefined : sampling
}

function textWishes(document: JsonDocument): {
  output?: OutputFormat
  verbosity?: 'low' | 'medium' | 'high'
} {
  const span = optional(document.members, 'text', 'object')
  if (!span) return {}
  const fields = objectFields(document, span, 'text')
  const format = optional(fields, 'format', 'object', 'text.format')
  return omitUndefined({
    output: format && outputOf(document, objectFields(document, format, 'text.format')),
    verbosity: optionalWord(document, fields, 'verbosity', ['low', 'medium', 'high'], 'text.verbosity'),
  })
}

function outputOf(document: JsonDocument, fields: Fields): OutputFormat {
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

const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const

function reasoningOf(document: JsonDocument): ReasoningWish | undefined {
  const span = optional(document.members, 'reasoning', 'object')
  if (!span) return undefined
  const fields = objectFields(document, span, 'reasoning')
  const summary = (name: string) =>
    optionalWord(document, fields, name, ['auto', 'concise', 'detailed', 'none'], `reasoning.${name}`)
  return omitUndefined({
    effort: optionalWord(document, fields, 'effort', efforts, 'reasoning.effort'),
    // the older spelling
    summary: summary('summary') ?? summary('generate_summary'),
  })
}

/** `include` also asks for what other targets have not, or give anyway (encrypted reasoning). */
function logprobsOf(document: JsonDocument, notes: LossNotes): { top: number } | undefined {
  const top = optionalCount(document, document.members, 'top_logprobs')
  const words = arrayOf(document, document.members, 'include').map(({ span, path }) => {
    if (span.kind !== 'string') throw wrongType(path, 'string', span)
    return stringAt(document, span)
  })
  if (words.some((word) => word !== logprobs && word !== 'reasoning.encrypted_content'))
    notes.dropOwn('include', { fate: 'lost' })
  return words.includes(logprobs) || (top !== undefined && top > 0) ? { top: top ?? 0 } : undefined
}

const logprobs = 'message.output_text.logprobs'
