// Which schemas OpenAI can enforce (`strict`): every object lists all of its members as required and allows
// no others, and some keywords are not supported.
// https://platform.openai.com/docs/guides/structured-outputs#supported-schemas

import { isList, isObject } from '../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../kit/json.ts'
import type { OutputFormat, Tool } from '../../canonical/index.ts'
import type { LossNotes } from '../../losses/index.ts'

/**
 * Should OpenAI enforce a schema? If enforcement is optional and OpenAI does not support the schema, it is
 * not enforced, and the loss is named.
 */
export function strictness(
  { schema, isStrict }: Extract<OutputFormat, { kind: 'schema' }>,
  notes: LossNotes,
): boolean | undefined {
  if (isStrict !== 'possible') return isStrict
  if (isStrictSchema(schema)) return true
  notes.drop('strict-schema')
  return undefined
}

/**
 * Should OpenAI enforce the schema of a tool's arguments? OpenAI refuses schemas that it cannot enforce. Such
 * a schema is not enforced, and the loss is named.
 */
export function toolStrictness(
  { parameters, isStrict }: Extract<Tool, { kind: 'function' }>,
  notes: LossNotes,
): boolean | undefined {
  if (isStrict !== 'possible') return isStrict
  if (parameters !== undefined && isStrictSchema(parameters)) return true
  notes.lose('strict-tool')
  return false
}

function isStrictSchema(schema: Json): boolean {
  return isObject(schema) && schema['type'] === 'object' && !('anyOf' in schema) && isHeld(schema)
}

const unknown = [
  'allOf oneOf not if then else dependentRequired dependentSchemas patternProperties prefixItems contains default minLength maxLength uniqueItems',
  'minProperties maxProperties propertyNames propertyOrdering',
].flatMap((words) => words.split(' '))

function isHeld(schema: Json): boolean {
  if (!isObject(schema)) return false
  if (unknown.some((keyword) => keyword in schema)) return false
  return isClosed(schema) && innerOf(schema).every(isHeld)
}

function isClosed(schema: JsonObject): boolean {
  const { type, properties, required, additionalProperties } = schema
  const isOfObject =
    type === 'object' || (isList(type) && type.includes('object')) || properties !== undefined
  if (!isOfObject) return true
  const names = isObject(properties) ? Object.keys(properties) : []
  return additionalProperties === false && names.every((name) => isList(required) && required.includes(name))
}

function innerOf({ properties, $defs, definitions, items, anyOf }: JsonObject): Json[] {
  const maps = [properties, $defs, definitions].flatMap((map) => (isObject(map) ? Object.values(map) : []))
  return [...maps, ...(items === undefined ? [] : [items]), ...(isList(anyOf) ? anyOf : [])]
}
