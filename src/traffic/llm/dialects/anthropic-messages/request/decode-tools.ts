// Decodes a client's tools and tool choice into canonical form.
// https://docs.claude.com/en/docs/agents-and-tools/tool-use

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
  optionalString,
  optionalWord,
  required,
} from '../../../../wire/field.ts'
import { cacheOf } from './cache.ts'

export function decodeTools(document: JsonDocument): Tool[] | undefined {
  if (!optional(document.members, 'tools', 'array')) return undefined
  return arrayOf(document, document.members, 'tools').map(({ span, path }) =>
    decodeTool(document, span, path),
  )
}

function decodeTool(document: JsonDocument, span: JsonSpan, path: string): Tool {
  const fields = objectFields(document, span, path)
  const type = optionalString(document, fields, 'type', `${path}.type`) ?? 'custom'
  if (type !== 'custom') {
    const name = optionalString(document, fields, 'name', `${path}.name`) ?? type
    return { kind: 'native', name, native: { dialect: 'anthropic-messages', value: jsonAt(document, span) } }
  }
  const schema = optional(fields, 'input_schema', 'object', `${path}.input_schema`)
  return {
    kind: 'function',
    name: neededString(document, fields, 'name', `${path}.name`),
    ...omitUndefined({
      description: optionalString(document, fields, 'description', `${path}.description`),
      parameters: schema && jsonAt(document, schema),
      // Anthropic accepts more schemas than other vendors
      isStrict: strictOf(optionalBoolean(document, fields, 'strict', `${path}.strict`)),
      cache: cacheOf(document, fields, path),
    }),
  }
}

const strictOf = (strict: boolean | undefined) => (strict ? ('possible' as const) : strict)

interface Choice {
  toolChoice?: ToolChoice
  parallelToolCalls?: boolean
}

export function decodeToolChoice(document: JsonDocument): Choice {
  const span = optional(document.members, 'tool_choice', 'object')
  if (!span) return {}
  const fields = objectFields(document, span, 'tool_choice')
  const type = optionalWord(document, fields, 'type', ['auto', 'any', 'tool', 'none'], 'tool_choice.type')
  if (type === undefined) throw required('tool_choice.type', 'string')
  const isSerial = optionalBoolean(
    document,
    fields,
    'disable_parallel_tool_use',
    'tool_choice.disable_parallel_tool_use',
  )
  const parallel = isSerial === undefined ? {} : { parallelToolCalls: !isSerial }
  if (type === 'tool')
    return {
      toolChoice: { kind: 'tool', name: neededString(document, fields, 'name', 'tool_choice.name') },
      ...parallel,
    }
  return { toolChoice: { kind: type === 'any' ? 'required' : type }, ...parallel }
}
