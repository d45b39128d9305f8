// Creates a value that matches a JSON Schema, with values from a text where possible. It is deterministic. It
// does not validate: `pattern` and conditions between fields are not supported.

import { material, type Material } from './material.ts'

type Schema = Readonly<Record<string, unknown>>

/** @param text the text of users and tools, the source of names, numbers and quoted words */
export function fillSchema(schema: unknown, text: string): unknown {
  return fill(asSchema(schema), {
    root: asSchema(schema),
    material: material(text),
    left: { values: mostValues },
    depth: 0,
    name: '',
  })
}

interface Place {
  root: Schema
  material: Material
  /**
   * Shared by all parts of one schema, because a schema that refers to itself twice doubles with every level.
   */
  left: { values: number }
  depth: number
  /** The name of the property that is filled. */
  name: string
}

const deepest = 12
const mostValues = 2000

function fill(schema: Schema, place: Place): unknown {
  place.left.values -= 1
  if (place.depth > deepest || place.left.values < 0) return null
  const inner = { ...place, depth: place.depth + 1 }
  if ('const' in schema) return schema['const']
  if (Array.isArray(schema['enum'])) return place.material.oneOf(schema['enum'])
  if (typeof schema['$ref'] === 'string') return fill(resolve(schema['$ref'], place.root), inner)
  const alternatives = [schema['anyOf'], schema['oneOf']].find(Array.isArray)
  if (alternatives)
    return fill(asSchema(alternatives.find((one) => asSchema(one)['type'] !== 'null') ?? {}), inner)
  if (Array.isArray(schema['allOf']))
    return fill(merged([{ ...schema, allOf: undefined }, ...schema['allOf']], place.root), inner)
  return fillers[typeOf(schema)]?.(schema, inner) ?? null
}

const fillers: Readonly<Record<string, (schema: Schema, place: Place) => unknown>> = {
  object: (schema, place) => {
    const properties = asSchema(schema['properties'])
    const required = Array.isArray(schema['required']) ? schema['required'] : []
    // optional fields only when the text mentions them
    const wanted = Object.keys(properties).filter(
      (name) => required.includes(name) || place.material.mentions(name),
    )
    return Object.fromEntries(
      wanted.map((name) => [name, fill(asSchema(properties[name]), { ...place, name })]),
    )
  },
  array: (schema, place) => {
    const count = Math.min(
      Math.max(numberAt(schema, 'minItems') ?? 1, 1),
      numberAt(schema, 'maxItems') ?? 16,
      16,
    )
    return Array.from({ length: count }, () => fill(asSchema(schema['items']), place))
  },
  string: (schema, place) => {
    const text = place.material.words(
      place.name,
      typeof schema['format'] === 'string' ? schema['format'] : '',
    )
    const shortest = Math.min(numberAt(schema, 'minLength') ?? 0, 1000)
    return text.slice(0, numberAt(schema, 'maxLength') ?? 2000).padEnd(shortest, '.')
  },
  integer: (schema, place) => within(schema, Math.round(place.material.number() ?? 1), 1),
  number: (schema, place) => within(schema, place.material.number() ?? 1, 0.5),
  boolean: () => true,
  null: () => null,
}

function within(schema: Schema, value: number, step: number): number {
  const above = numberAt(schema, 'exclusiveMinimum')
  const below = numberAt(schema, 'exclusiveMaximum')
  const least = Math.max(
    numberAt(schema, 'minimum') ?? Number.NEGATIVE_INFINITY,
    above === undefined ? Number.NEGATIVE_INFINITY : above + step,
  )
  const most = Math.min(
    numberAt(schema, 'maximum') ?? Number.POSITIVE_INFINITY,
    below === undefined ? Number.POSITIVE_INFINITY : below - step,
  )
  const unit = numberAt(schema, 'multipleOf')
  const clamped = Math.min(Math.max(value, least), most)
  return unit === undefined || unit <= 0 ? clamped : Math.ceil(clamped / unit) * unit
}

function typeOf(schema: Schema): string {
  const type = Array.isArray(schema['type']) ? schema['type'].find((one) => one !== 'null') : schema['type']
  if (typeof type === 'string') return type
  return 'properties' in schema ? 'object' : 'items' in schema ? 'array' : 'string'
}

/** `#/$defs/Step`, `#/definitions/Step`, `#`. */
function resolve(reference: string, root: Schema): Schema {
  let at: unknown = root
  for (const part of reference.replace(/^#\/?/, '').split('/').filter(Boolean)) at = asSchema(at)[part]
  return asSchema(at)
}

function merged(schemas: readonly unknown[], root: Schema): Schema {
  const parts = schemas.map((one) => {
    const schema = asSchema(one)
    return typeof schema['$ref'] === 'string' ? resolve(schema['$ref'], root) : schema
  })
  const { allOf: _done, ...flat } = Object.assign({}, ...parts)
  return {
    ...flat,
    properties: Object.assign({}, ...parts.map((part) => asSchema(part['properties']))),
    required: parts.flatMap((part) => (Array.isArray(part['required']) ? part['required'] : [])),
  }
}

function numberAt(schema: Schema, key: string): number | undefined {
  const value = schema[key]
  return typeof value === 'number' ? value : undefined
}

/** Schemas come from callers. A value that is not an object counts as an empty schema. */
function asSchema(value: unknown): Schema {
  return isObject(value) ? value : {}
}

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
