// Decodes tools and the tool choice. https://ai.google.dev/api/caching#Tool

import { stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument } from '../../../../../kit/json-spans.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type { Tool, ToolChoice } from '../../../canonical/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import {
  arrayOf,
  jsonAt,
  neededString,
  optional,
  optionalJson,
  optionalString,
  optionalWord,
  wrongType,
} from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import { enumName, googleList, hasList, innerGoogleFields } from '../google-fields.ts'
import { jsonSchemaOf } from './schema.ts'

export function decodeTools(document: JsonDocument, fields: Fields): Tool[] | undefined {
  if (!hasList(fields, 'tools')) return undefined
  const tools = googleList(document, fields, 'tools').flatMap((tool) => [
    ...googleList(document, tool.fields, 'functionDeclarations', `${tool.path}.functionDeclarations`).map(
      (declared) => functionOf(document, declared.fields, declared.path),
    ),
    ...[...tool.fields].flatMap(([name, span]): Tool[] =>
      name === 'functionDeclarations' || span.kind === 'null'
        ? []
        : [
            {
              kind: 'native',
              name,
              native: { dialect: 'gemini', value: { [name]: jsonAt(document, span) } },
            },
          ],
    ),
  ])
  return tools.length === 0 ? undefined : tools
}

function functionOf(document: JsonDocument, fields: Fields, path: string): Tool {
  const written = optionalJson(document, fields, 'parametersJsonSchema')
  const subset = optional(fields, 'parameters', 'object', `${path}.parameters`)
  return {
    kind: 'function',
    name: neededString(document, fields, 'name', `${path}.name`),
    ...omitUndefined({
      description: optionalString(document, fields, 'description', `${path}.description`),
      parameters:
        written !== undefined && written !== null
          ? written
          : subset && jsonSchemaOf(jsonAt(document, subset)),
    }),
  }
}

/** The first five in the order of their numbers. https://ai.google.dev/api/caching#Mode_1 */
const modes = [
  'MODE_UNSPECIFIED',
  'AUTO',
  'ANY',
  'NONE',
  'VALIDATED',
  'auto',
  'any',
  'none',
  'validated',
] as const

export function decodeToolChoice(
  document: JsonDocument,
  fields: Fields,
  notes: LossNotes,
): ToolChoice | undefined {
  const config = innerGoogleFields(document, fields, 'toolConfig', 'toolConfig')
  if (!config) return undefined
  const path = 'toolConfig.functionCallingConfig'
  const calling = innerGoogleFields(document, config, 'functionCallingConfig', path)
  if (!calling) return undefined
  const given = calling.get('mode')
  const numbered = given && enumName(document, given, modes)
  const mode =
    numbered ?? optionalWord(document, calling, 'mode', modes, `${path}.mode`)?.toUpperCase() ?? 'AUTO'
  const names = arrayOf(document, calling, 'allowedFunctionNames', `${path}.allowedFunctionNames`).map(
    ({ span, path: at }) => {
      if (span.kind !== 'string') throw wrongType(at, 'string', span)
      return stringAt(document, span)
    },
  )
  // Other dialects request strict arguments for each function, and other vendors then accept fewer schemas.
  // With names, the mode has a further meaning.
  if (mode === 'VALIDATED' && names.length === 0) notes.dropOwn(`${path}.mode`, { fate: 'lost' })
  if (mode === 'NONE') return { kind: 'none' }
  const isRequired = mode === 'ANY'
  const [only] = names
  if (only === undefined) return { kind: isRequired ? 'required' : 'auto' }
  return isRequired && names.length === 1
    ? { kind: 'tool', name: only }
    : { kind: 'allowed', names, isRequired }
}
