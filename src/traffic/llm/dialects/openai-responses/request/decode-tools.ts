// Decodes a client's tools and tool choice. Functions have no wrapper in this dialect, but may be in
// namespaces. Tools that the vendor runs itself are native.

import { GatewayError } from '../../../../../contract/errors.ts'
import { stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type { Tool, ToolChoice } from '../../../canonical/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
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
} from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import type { ToolNames } from '../tool-names.ts'

export interface ToolReading {
  document: JsonDocument
  notes: LossNotes
  names: ToolNames
}

/**
 * Reads a member of `fields`: of the request, or of an item that defines tools. A namespace becomes the tools
 * in it.
 */
export function decodeTools(reading: ToolReading, fields: Fields, path = 'tools'): Tool[] | undefined {
  if (!optional(fields, 'tools', 'array', path)) return undefined
  return arrayOf(reading.document, fields, 'tools', path).flatMap(({ span, path: at }) =>
    decodeTool(reading, span, at),
  )
}

function decodeTool(reading: ToolReading, span: JsonSpan, path: string, namespace?: string): Tool[] {
  const { document, names } = reading
  const fields = objectFields(document, span, path)
  const type = neededString(document, fields, 'type', `${path}.type`)
  const isSearch =
    type === 'tool_search' && optionalString(document, fields, 'execution', `${path}.execution`) === 'client'
  if (type === 'namespace' && namespace === undefined) return decodeNamespace(reading, fields, path)
  if (type !== 'function' && type !== 'custom' && !isSearch)
    return [
      { kind: 'native', name: type, native: { dialect: 'openai-responses', value: jsonAt(document, span) } },
    ]
  const own = isSearch ? type : neededString(document, fields, 'name', `${path}.name`)
  const name = names.offer({
    kind: isSearch ? 'search' : 'plain',
    name: own,
    ...omitUndefined({ namespace }),
  })
  const description = omitUndefined({
    description: optionalString(document, fields, 'description', `${path}.description`),
  })
  if (type === 'custom')
    return [
      {
        kind: 'custom',
        name,
        ...description,
        ...omitUndefined({ grammar: grammarOf(document, fields, path) }),
      },
    ]
  const tool: Tool = {
    kind: 'function',
    name,
    ...description,
    ...omitUndefined({
      parameters:
        optional(fields, 'parameters', 'object', `${path}.parameters`) &&
        optionalJson(document, fields, 'parameters'),
      // Absent means "strict if the schema allows it". Another vendor need not guarantee that.
      isStrict: optionalBoolean(document, fields, 'strict', `${path}.strict`),
    }),
  }
  return [tool]
}

function decodeNamespace(reading: ToolReading, fields: Fields, path: string): Tool[] {
  const { document } = reading
  const namespace = neededString(document, fields, 'name', `${path}.name`)
  return arrayOf(document, fields, 'tools', `${path}.tools`).flatMap(({ span, path: at }) =>
    decodeTool(reading, span, at, namespace),
  )
}

function grammarOf(document: JsonDocument, tool: Fields, path: string) {
  const span = optional(tool, 'format', 'object', `${path}.format`)
  if (!span) return undefined
  const fields = objectFields(document, span, `${path}.format`)
  if (optionalString(document, fields, 'type', `${path}.format.type`) !== 'grammar') return undefined
  const syntax =
    optionalWord(document, fields, 'syntax', ['lark', 'regex'], `${path}.format.syntax`) ?? 'lark'
  return { syntax, definition: neededString(document, fields, 'definition', `${path}.format.definition`) }
}

export function decodeToolChoice(document: JsonDocument): ToolChoice | undefined {
  const span = document.members.get('tool_choice')
  if (span === undefined || span.kind === 'null') return undefined
  if (span.kind === 'string') return wordChoice(stringAt(document, span))
  const fields = objectFields(document, span, 'tool_choice')
  const type = neededString(document, fields, 'type', 'tool_choice.type')
  if (type !== 'allowed_tools') return { kind: 'tool', name: nameOf(document, fields, type, 'tool_choice') }
  const mode = optionalWord(document, fields, 'mode', ['auto', 'required'], 'tool_choice.mode')
  const names = arrayOf(document, fields, 'tools', 'tool_choice.tools').map(({ span: each, path }) => {
    const tool = objectFields(document, each, path)
    return nameOf(document, tool, optionalString(document, tool, 'type', `${path}.type`) ?? 'function', path)
  })
  return { kind: 'allowed', names, isRequired: mode === 'required' }
}

/** The type of a vendor's own tool is its only name. */
function nameOf(document: JsonDocument, fields: Fields, type: string, path: string): string {
  if (type === 'function' || type === 'custom') return neededString(document, fields, 'name', `${path}.name`)
  return type
}

function wordChoice(word: string): ToolChoice {
  if (word === 'auto' || word === 'none' || word === 'required') return { kind: word }
  throw new GatewayError('bad-request', '"tool_choice" must be auto, none, required, or an object', {
    param: 'tool_choice',
  })
}
