// Which schemas OpenAI holds a model to (`strict`): every object names all of its members as needed and takes
// no others, and some keywords are unknown.
// https://platform.openai.com/docs/guides/structured-outputs#supported-schemas

import { isList, isObject } from '../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../kit/json.ts'
import type { OutputFormat, Tool } from '../../canonical/index.ts'
import type { LossNotes } from '../../losses/index.ts'

/**
 * Is the model held to a schema? Where that is only wished for and the schema is another one, it is not, and
 * the loss is named.
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
 * Are a tool's arguments held to their schema? OpenAI refuses schemas that it cannot hold them to: then they
 * are not, and the loss is named.
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
