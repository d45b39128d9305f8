// Reasoning of earlier responses, and its signatures from vendors. The dialect has one text
// (`reasoning_content`, or `reasoning` at some vendors) and no field for signatures, so `reasoning_details`
// (from OpenRouter) holds them. Details without our own `format` belong to this dialect's vendor.

import { stringAt } from '../../../../kit/json-spans.ts'
import type { JsonDocument } from '../../../../kit/json-spans.ts'
import { isObject, objectsIn, objectIn } from '../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../kit/json.ts'
import type { Native, ReasoningBlock } from '../../canonical/index.ts'
import { generateDialectOf } from '../../dialect.ts'
import { jsonAt } from '../../../wire/field.ts'
import type { Fields } from '../../../wire/field.ts'

export function decodeReasoning(document: JsonDocument, message: Fields): ReasoningBlock[] {
  const text =
    optionalStringOf(document, message, 'reasoning_content') ??
    optionalStringOf(document, message, 'reasoning')
  const span = message.get('reasoning_details')
  return pairReasoning(text, objectsIn(span?.kind === 'array' ? jsonAt(document, span) : undefined))
}

/**
 * @param text all reasoning of one message. It gets the signature if exactly one signs a text, otherwise none
 */
export function pairReasoning(text: string | undefined, details: readonly JsonObject[]): ReasoningBlock[] {
  const proofs = details.map((detail) => ({
    isOfText: detail['type'] !== 'reasoning.encrypted',
    native: nativeOf(detail),
  }))
  const ofText = proofs.filter(({ isOfText }) => isOfText)
  const [only] = ofText
  const said: ReasoningBlock[] =
    text === undefined || text === ''
      ? []
      : [{ kind: 'reasoning', text, ...(only && ofText.length === 1 ? { signature: only.native } : {}) }]
  const silent = proofs.filter(({ isOfText }) => !isOfText)
  return [...said, ...silent.map(({ native }): ReasoningBlock => ({ kind: 'reasoning', signature: native }))]
}

function nativeOf(detail: JsonObject): Native {
  const dialect = generateDialectOf(detail['format'])
  if (dialect === undefined) return { dialect: 'openai-chat', value: detail }
  return { dialect, value: detail['signature'] ?? detail['data'] ?? null }
}

/** The reasoning detail for a signature: one that signs `reasoning_content`, or one without a text. */
export function detailOf({ dialect, value }: Native, isOfText: boolean): JsonObject {
  if (dialect === 'openai-chat' && isObject(value)) return value
  return isOfText
    ? { type: 'reasoning.text', format: dialect, signature: value }
    : { type: 'reasoning.encrypted', format: dialect, data: value }
}

/**
 * The signature of a tool call. Google's OpenAI-compatible endpoint also returns its own in `extra_content`.
 */
export function signatureOf(document: JsonDocument, call: Fields): Native | undefined {
  const span = call.get('extra_content')
  return span?.kind === 'object' ? signatureIn(jsonAt(document, span)) : undefined
}

export function signatureIn(extra: Json | undefined): Native | undefined {
  if (!isObject(extra)) return undefined
  const ours = objectIn(extra['gatehouse'])
  const dialect = generateDialectOf(ours?.['dialect'])
  return ours && dialect
    ? { dialect, value: ours['value'] ?? null }
    : { dialect: 'openai-chat', value: extra }
}

export const extraContentOf = ({ dialect, value }: Native): Json =>
  dialect === 'openai-chat' ? value : { gatehouse: { dialect, value } }

function optionalStringOf(document: JsonDocument, fields: Fields, name: string): string | undefined {
  const span = fields.get(name)
  return span?.kind === 'string' ? stringAt(document, span) : undefined
}
