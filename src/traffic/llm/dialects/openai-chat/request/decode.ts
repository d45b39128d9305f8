// A client's chat request in canonical form. Messages: decode-turns.ts; tools: decode-tools.ts.

import { GatewayError } from '../../../../../contract/errors.ts'
import { elements, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument } from '../../../../../kit/json-spans.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type {
  DecodedRequest,
  GenerateRequest,
  IncomingCall,
  OutputFormat,
  ReasoningWish,
  Sampling,
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
  required,
  wrongType,
} from '../../../../wire/field.ts'
import { decodeMessages } from './decode-turns.ts'
import { decodeToolChoice, decodeTools } from './decode-tools.ts'
import { table } from './table.ts'

/** The lens has measured the depth already; what edits wrote is no deeper. */
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
    ...omitUndefined({
      tools: decodeTools(document),
      toolChoice: decodeToolChoice(document),
      parallelToolCalls: optionalBoolean(document, fields, 'parallel_tool_calls'),
      output: outputOf(document),
      sampling: samplingOf(document),
      maxOutputTokens: lower(
        optionalCount(document, fields, 'max_completion_tokens'),
        optionalCount(document, fields, 'max_tokens'),
      ),
      stop: stopOf(document),
      reasoning: reasoningOf(document),
      verbosity: optionalWord(document, fields, 'verbosity', ['low', 'medium', 'high']),
      count: optionalCount(document, fields, 'n'),
      logprobs: logprobsOf(document),
      modalities: modalitiesOf(document),
      speech: speechOf(document),
      serviceTier: optionalString(document, fields, 'service_tier'),
      user: optionalString(document, fields, 'safety_identifier') ?? optionalString(document, fields, 'user'),
      metadata: optionalTexts(document, fields, 'metadata'),
      cacheKey: optionalString(document, fields, 'prompt_cache_key'),
      store: optionalBoolean(document, fields, 'store'),
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

const lower = (one: number | undefined, other: number | undefined) =>
  one === undefined ? other : Math.min(one, other ?? one)

function samplingOf(document: JsonDocument): Sampling | undefined {
  const number = (name: string) => optionalNumber(document, document.members, name)
  const bias = optional(document.members, 'logit_bias', 'object')
  const sampling: Sampling = omitUndefined({
    temperature: number('temperature'),
    topP: number('top_p'),
    topK: number('top_k'),
    minP: number('min_p'),
    frequencyPenalty: number('frequency_penalty'),
    presencePenalty: number('presence_penalty'),
    seed: number('seed'),
    logitBias: bias && numbersOf(document, bias),
  })
  return Object.keys(sampling).length === 0 ? undefined : sampling
}

function numbersOf(
  document: JsonDocument,
  span: NonNullable<ReturnType<typeof optional>>,
): Record<string, number> {
  const fields = objectFields(document, span, 'logit_bias')
  return Object.fromEntries(
    [...fields.keys()].map((key) => [key, optionalNumber(document, fields, key, 'logit_bias') ?? 0]),
  )
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

function stopOf(document: JsonDocument): string[] | undefined {
  const span = document.members.get('stop')
  if (span === undefined || span.kind === 'null') return undefined
  if (span.kind === 'string') return [stringAt(document, span)]
  if (span.kind !== 'array') throw wrongType('stop', 'array', span)
  return elements(document, span).map((each, index) => {
    if (each.kind !== 'string') throw wrongType(`stop[${index}]`, 'string', each)
    return stringAt(document, each)
  })
}

// `default` is Groq's word for not saying any: https://console.groq.com/docs/reasoning
const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max', 'default'] as const

function reasoningOf(document: JsonDocument): ReasoningWish | undefined {
  const effort = optionalWord(document, document.members, 'reasoning_effort', efforts)
  return effort === undefined || effort === 'default' ? undefined : { effort }
}

function logprobsOf(document: JsonDocument): { top: number } | undefined {
  const isAsked = optionalBoolean(document, document.members, 'logprobs')
  const top = optionalCount(document, document.members, 'top_logprobs')
  return isAsked ? { top: top ?? 0 } : undefined
}

function modalitiesOf(document: JsonDocument): ('text' | 'audio' | 'image')[] | undefined {
  if (!optional(document.members, 'modalities', 'array')) return undefined
  return arrayOf(document, document.members, 'modalities').map(({ span, path }) => {
    if (span.kind !== 'string') throw wrongType(path, 'string', span)
    const word = stringAt(document, span)
    if (word === 'text' || word === 'audio' || word === 'image') return word
    throw new GatewayError('bad-request', `"${path}" must be one of text, audio, image`, { param: path })
  })
}

function speechOf(document: JsonDocument): { voice: string; format?: string } | undefined {
  const span = optional(document.members, 'audio', 'object')
  if (!span) return undefined
  const fields = objectFields(document, span, 'audio')
  return {
    voice: neededString(document, fields, 'voice', 'audio.voice'),
    ...omitUndefined({ format: optionalString(document, fields, 'format', 'audio.format') }),
  }
}
