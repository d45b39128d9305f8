// Converts schemas to the form that Anthropic enforces: objects accept only the members that they name, and
// bounds of texts, numbers and lists are unsupported. The description states the unsupported constraints, as
// Anthropic's own SDKs do.
// https://docs.claude.com/en/docs/build-with-claude/structured-outputs

import { isList, isObject } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'

export interface HeldSchema {
  schema: Json
  /** Did a constraint move to the description? */
  isLooser: boolean
}

export function enforceableSchema(given: Json): HeldSchema {
  let isLooser = false

  function held(schema: Json): Json {
    if (!isObject(schema)) return schema
    const kept: { [key: string]: Json } = {}
    const told: string[] = []
    for (const [key, value] of Object.entries(schema)) {
      if (silent.has(key)) continue
      if (maps.has(key) && isObject(value))
        kept[key] = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, held(inner)]))
      // for a model that writes a value, both mean one of them
      else if ((key === 'anyOf' || key === 'oneOf') && isList(value)) kept['anyOf'] = value.map(held)
      else if (key === 'allOf' && isList(value)) kept[key] = value.map(held)
      else if (key === 'items' && isObject(value)) kept[key] = held(value)
      else if (isKnown(key, value)) kept[key] = value
      else told.push(`${key}: ${JSON.stringify(value)}`)
    }
    if (isOfObject(schema)) kept['additionalProperties'] = false
    if (told.length === 0) return kept
    isLooser = true
    return {
      ...kept,
      description: [schema['description'], `{${told.join(', ')}}`]
        .filter((part) => typeof part === 'string')
        .join('\n\n'),
    }
  }

  const schema = held(given)
  return { schema, isLooser }
}

/** These keywords constrain nothing. */
const silent = new Set(['$schema', '$id', '$comment', 'examples', 'deprecated', 'readOnly', 'writeOnly'])
const maps = new Set(['properties', '$defs', 'definitions'])
const known = new Set([
  'type',
  'description',
  'title',
  'enum',
  'const',
  '$ref',
  '$anchor',
  'required',
  'default',
  'nullable',
])
const formats = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
])

function isKnown(key: string, value: Json): boolean {
  if (key === 'format') return typeof value === 'string' && formats.has(value)
  if (key === 'minItems') return value === 0 || value === 1
  return known.has(key) || (key === 'additionalProperties' && value === false)
}

const isOfObject = ({ type, properties }: JsonObject) =>
  type === 'object' || (isList(type) && type.includes('object')) || isObject(properties)
