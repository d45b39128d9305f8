// Tools and the choice among them, as clients write them. Functions are flat in this dialect; whatever the vendor runs itself is native.

import { GatewayError } from '../../../../../contract/errors.ts'
import { stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import { told } from '../../../canonical/index.ts'
import type { Tool, ToolChoice } from '../../../canonical/index.ts'
import { dropOwnFields } from '../../../losses/index.ts'
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
} from '../../../wire/field.ts'
import type { Fields } from '../../../wire/field.ts'
import { table } from './table.ts'

export function decodeTools(document: JsonDocument, notes: LossNotes): Tool[] | undefined {
  if (!optional(document.members, 'tools', 'array')) return undefined
  return arrayOf(document, document.members, 'tools').map(({ span, path }) => decodeTool(document, span, path, notes))
}

function decodeTool(document: JsonDocument, span: JsonSpan, path: string, notes: LossNotes): Tool {
  const fields = objectFields(document, span, path)
  const type = neededString(document, fields, 'type', `${path}.type`)
  if (type !== 'function' && type !== 'custom')
    return { kind: 'native', name: type, native: { dialect: 'openai-responses', value: jsonAt(document, span) } }
  dropOwnFields(fields, table, notes, 'tools[].')
  const name = neededString(document, fields, 'name', `${path}.name`)
  const description = told({ description: optionalString(document, fields, 'description', `${path}.description`) })
  if (type === 'custom') return { kind: 'custom', name, ...description, ...told({ grammar: grammarOf(document, fields, path) }) }
  return {
    kind: 'function',
    name,
    ...description,
    ...told({
      parameters: optional(fields, 'parameters', 'object', `${path}.parameters`) && optionalJson(document, fields, 'parameters'),
      // Not told is "strict where the schema allows it": no promise that another vendor would have to keep.
      isStrict: optionalBoolean(document, fields, 'strict', `${path}.strict`),
    }),
  }
}

function grammarOf(document: JsonDocument, tool: Fields, path: string) {
  const span = optional(tool, 'format', 'object', `${path}.format`)
  if (!span) return undefined
  const fields = objectFields(document, span, `${path}.format`)
  if (optionalString(document, fields, 'type', `${path}.format.type`) !== 'grammar') return undefined
  const syntax = optionalWord(document, fields, 'syntax', ['lark', 'regex'], `${path}.format.syntax`) ?? 'lark'
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

/** The vendor's own tools have no name but their type. */
function nameOf(document: JsonDocument, fields: Fields, type: string, path: string): string {
  if (type === 'function' || type === 'custom') return neededString(document, fields, 'name', `${path}.name`)
  return type
}

function wordChoice(word: string): ToolChoice {
  if (word === 'auto' || word === 'none' || word === 'required') return { kind: word }
  throw new GatewayError('bad-request', '"tool_choice" must be auto, none, required, or an object', { param: 'tool_choice' })
}
