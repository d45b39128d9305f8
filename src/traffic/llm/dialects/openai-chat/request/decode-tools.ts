// Decodes a client's tools and tool choice into canonical form. `functions` and `function_call` are the older
// spelling.

import { GatewayError } from '../../../../../contract/errors.ts'
import { stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type { Tool, ToolChoice } from '../../../canonical/index.ts'
import {
  arrayOf,
  jsonAt,
  neededString,
  objectFields,
  optional,
  optionalBoolean,
  optionalJson,
  optionalString,
  optionalWord,
  required,
  wrongType,
} from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import { cacheOf } from './decode-blocks.ts'

export function decodeTools(document: JsonDocument): Tool[] | undefined {
  const { members } = document
  if (!optional(members, 'tools', 'array') && !optional(members, 'functions', 'array')) return undefined
  return [
    ...arrayOf(document, members, 'tools').map(({ span, path }) => decodeTool(document, span, path)),
    ...arrayOf(document, members, 'functions').map(({ span, path }) =>
      decodeFunction(document, objectFields(document, span, path), path),
    ),
  ]
}

function decodeTool(document: JsonDocument, span: JsonSpan, path: string): Tool {
  const fields = objectFields(document, span, path)
  const type = optionalString(document, fields, 'type', `${path}.type`) ?? 'function'
  const inner = optional(fields, type, 'object', `${path}.${type}`)
  if (type === 'function' || type === 'custom') {
    if (!inner) throw required(`${path}.${type}`, 'object')
    const innerFields = objectFields(document, inner, `${path}.${type}`)
    const cache = omitUndefined({ cache: cacheOf(document, fields) })
    if (type === 'function') return { ...decodeFunction(document, innerFields, `${path}.function`), ...cache }
    return { ...decodeCustom(document, innerFields, `${path}.custom`), ...cache }
  }
  return { kind: 'native', name: type, native: { dialect: 'openai-chat', value: jsonAt(document, span) } }
}

function decodeFunction(document: JsonDocument, fields: Fields, path: string): Tool {
  return {
    kind: 'function',
    name: neededString(document, fields, 'name', `${path}.name`),
    ...omitUndefined({
      description: optionalString(document, fields, 'description', `${path}.description`),
      parameters:
        optional(fields, 'parameters', 'object', `${path}.parameters`) &&
        optionalJson(document, fields, 'parameters'),
      isStrict: optionalBoolean(document, fields, 'strict', `${path}.strict`),
    }),
  }
}

function decodeCustom(document: JsonDocument, fields: Fields, path: string): Tool {
  const format = optional(fields, 'format', 'object', `${path}.format`)
  return {
    kind: 'custom',
    name: neededString(document, fields, 'name', `${path}.name`),
    ...omitUndefined({
      description: optionalString(document, fields, 'description', `${path}.description`),
      grammar:
        format && decodeGrammar(document, objectFields(document, format, `${path}.format`), `${path}.format`),
    }),
  }
}

function decodeGrammar(document: JsonDocument, format: Fields, path: string) {
  const inner = optional(format, 'grammar', 'object', `${path}.grammar`)
  if (!inner) return undefined
  const fields = objectFields(document, inner, `${path}.grammar`)
  const syntax =
    optionalWord(document, fields, 'syntax', ['lark', 'regex'], `${path}.grammar.syntax`) ?? 'lark'
  return { syntax, definition: neededString(document, fields, 'definition', `${path}.grammar.definition`) }
}

export function decodeToolChoice(document: JsonDocument): ToolChoice | undefined {
  for (const name of ['tool_choice', 'function_call']) {
    const span = document.members.get(name)
    if (span === undefined || span.kind === 'null') continue
    if (span.kind === 'string') return wordChoice(stringAt(document, span), name)
    if (span.kind !== 'object') throw wrongType(name, 'object', span)
    return objectChoice(document, objectFields(document, span, name), name)
  }
  return undefined
}

function wordChoice(word: string, path: string): ToolChoice {
  if (word === 'auto' || word === 'none' || word === 'required') return { kind: word }
  // Mistral's spelling: https://docs.mistral.ai/capabilities/function_calling
  if (word === 'any') return { kind: 'required' }
  throw new GatewayError('bad-request', `"${path}" must be auto, none, required, or an object`, {
    param: path,
  })
}

function objectChoice(document: JsonDocument, fields: Fields, path: string): ToolChoice {
  // Hugging Face's clients omit the type.
  const type =
    optionalString(document, fields, 'type', `${path}.type`) ??
    (fields.get('function')?.kind === 'object' ? 'function' : undefined)
  if (type === undefined)
    return { kind: 'tool', name: neededString(document, fields, 'name', `${path}.name`) }
  const inner = optional(fields, type, 'object', `${path}.${type}`)
  if (!inner) throw required(`${path}.${type}`, 'object')
  const innerFields = objectFields(document, inner, `${path}.${type}`)
  if (type !== 'allowed_tools')
    return { kind: 'tool', name: neededString(document, innerFields, 'name', `${path}.${type}.name`) }
  const mode = optionalWord(document, innerFields, 'mode', ['auto', 'required'], `${path}.allowed_tools.mode`)
  const names = arrayOf(document, innerFields, 'tools', `${path}.allowed_tools.tools`).map(
    ({ span, path: at }) => allowedName(document, span, at),
  )
  return { kind: 'allowed', names, isRequired: mode === 'required' }
}

function allowedName(document: JsonDocument, span: JsonSpan, path: string): string {
  const fields = objectFields(document, span, path)
  const type = optionalString(document, fields, 'type', `${path}.type`) ?? 'function'
  const inner = optional(fields, type, 'object', `${path}.${type}`)
  return inner
    ? neededString(document, objectFields(document, inner, `${path}.${type}`), 'name', `${path}.${type}.name`)
    : type
}
