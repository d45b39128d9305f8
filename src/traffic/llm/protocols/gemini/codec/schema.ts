// Google's two ways of writing a schema: a subset of OpenAPI 3.0 with its types in capitals (`parameters`, `responseSchema`), and JSON Schema
// (`parametersJsonSchema`, `responseJsonSchema`), of which it takes the greater part. https://ai.google.dev/api/caching#Schema

import { isList, isObject } from '../../../canonical/index.ts'
import type { Json, JsonObject } from '../../../canonical/index.ts'

/** OpenAPI's subset as JSON Schema. */
export function jsonSchemaOf(schema: Json): Json {
  if (!isObject(schema)) return schema
  const { type, nullable, format, ...others } = schema
  const kept = mapped(others, jsonSchemaOf)
  const numbers = Object.entries(kept).map(([key, value]) => [key, bounds.has(key) && typeof value === 'string' ? Number(value) : value] as const)
  const name = typeof type === 'string' ? type.toLowerCase() : type
  const isNullable = nullable === true && typeof name === 'string' && name !== 'null'
  return {
    ...(name === undefined || name === 'type_unspecified' ? {} : { type: isNullable ? [name, 'null'] : name }),
    ...Object.fromEntries(numbers),
    // `enum` says that there is one
    ...(format === undefined || format === 'enum' ? {} : { format }),
  }
}

/** int64 in proto3 JSON: a string. */
const bounds = new Set(['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties'])

/** JSON Schema as Google takes it: what it refuses says nothing of the shape, or is said in another way. */
export function acceptedSchema(schema: Json): Json {
  if (!isObject(schema)) return schema
  const { const: constant, ...others } = schema
  const kept = Object.fromEntries(Object.entries(mapped(others, acceptedSchema)).filter(([key]) => !refused.has(key)))
  return constant === undefined || 'enum' in kept ? kept : { ...kept, enum: [constant] }
}

const refused = new Set(['$schema', '$comment', 'examples', 'discriminator', 'deprecated', 'readOnly', 'writeOnly'])

const maps = new Set(['properties', '$defs', 'definitions', 'patternProperties'])
const lists = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems'])
const singles = new Set(['items', 'additionalProperties', 'not'])

/** The schemas inside of a schema; what is no schema (defaults, examples) stays as it is. */
function mapped(schema: JsonObject, change: (inner: Json) => Json): JsonObject {
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]): [string, Json] => {
      if (maps.has(key) && isObject(value)) return [key, Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, change(inner)]))]
      if (lists.has(key) && isList(value)) return [key, value.map(change)]
      return [key, singles.has(key) ? change(value) : value]
    }),
  )
}
