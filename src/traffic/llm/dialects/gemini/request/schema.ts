// Google's two schema formats. One is a subset of OpenAPI 3.0 with types in capitals (`parameters`,
// `responseSchema`). The other is most of JSON Schema (`parametersJsonSchema`, `responseJsonSchema`).
// https://ai.google.dev/api/caching#Schema

import { isList, isObject } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import { camel } from '../google-fields.ts'

/** OpenAPI's subset as JSON Schema. */
export function jsonSchemaOf(schema: Json): Json {
  if (!isObject(schema)) return schema
  const { type, nullable, format, example, propertyOrdering, ...others } = spelled(schema)
  const kept = mapped(others, jsonSchemaOf)
  const numbers = Object.entries(kept).map(
    ([key, value]) => [key, bounds.has(key) ? boundOf(value) : value] as const,
  )
  const name = typeof type === 'number' ? types[type] : typeof type === 'string' ? type.toLowerCase() : type
  const made = {
    ...(name === undefined || name === 'type_unspecified' ? {} : { type: name }),
    ...Object.fromEntries(numbers),
    // the member `enum` already shows that this is an enum
    ...(format === undefined || format === 'enum' ? {} : { format }),
    ...(example === undefined ? {} : { examples: [example] }),
  }
  return ordered(nullable === true ? orNull(made) : made, propertyOrdering)
}

/**
 * int64 is written as text in proto3 JSON. A value that is not a number stays unchanged; the target validates
 * it.
 */
const boundOf = (value: Json): Json =>
  typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value

/**
 * proto3 JSON also accepts the numbers of an enum, and Vertex AI's own libraries write them.
 * https://ai.google.dev/api/caching#Type
 */
const types = ['type_unspecified', 'string', 'number', 'integer', 'boolean', 'array', 'object', 'null']

/** int64 in proto3 JSON: a string. */
const bounds = new Set(['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties'])

const snakes = new Set([...bounds, 'anyOf', 'propertyOrdering', 'additionalProperties'])

/** proto3 JSON accepts both spellings of keys. Property names stay unchanged. */
function spelled(schema: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [snakes.has(camel(key)) ? camel(key) : key, value]),
  )
}

function orNull(schema: JsonObject): JsonObject {
  const { type, anyOf, enum: words } = schema
  return {
    ...schema,
    ...(typeof type === 'string' && type !== 'null' ? { type: [type, 'null'] } : {}),
    ...(isList(anyOf) ? { anyOf: [...anyOf, { type: 'null' }] } : {}),
    ...(isList(words) && !words.includes(null) ? { enum: [...words, null] } : {}),
  }
}

/** Other vendors write members in the order in which the schema has them. */
function ordered(schema: JsonObject, ordering: Json | undefined): JsonObject {
  const { properties } = schema
  if (!isList(ordering) || !isObject(properties)) return schema
  const first = ordering
    .filter((name) => typeof name === 'string')
    .filter((name) => Object.hasOwn(properties, name))
  const names = [...new Set([...first, ...Object.keys(properties)])]
  return { ...schema, properties: Object.fromEntries(names.map((name) => [name, properties[name] ?? {}])) }
}

/**
 * The JSON Schema that Google accepts. The removed keywords do not affect the shape, or have an accepted
 * equivalent.
 */
export function acceptedSchema(schema: Json): Json {
  if (!isObject(schema)) return schema
  const { const: constant, ...others } = schema
  const kept = Object.fromEntries(
    Object.entries(mapped(others, acceptedSchema)).filter(([key]) => !refused.has(key)),
  )
  return constant === undefined || 'enum' in kept ? kept : { ...kept, enum: [constant] }
}

const refused = new Set([
  '$schema',
  '$comment',
  'examples',
  'discriminator',
  'deprecated',
  'readOnly',
  'writeOnly',
])

const maps = new Set(['properties', '$defs', 'definitions', 'patternProperties'])
const lists = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems'])
const singles = new Set(['items', 'additionalProperties', 'not'])

/** Changes the schemas inside a schema. Other values (defaults, examples) stay unchanged. */
function mapped(schema: JsonObject, change: (inner: Json) => Json): JsonObject {
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]): [string, Json] => {
      if (maps.has(key) && isObject(value))
        return [key, Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, change(inner)]))]
      if (lists.has(key) && isList(value)) return [key, value.map(change)]
      return [key, singles.has(key) ? change(value) : value]
    }),
  )
}
