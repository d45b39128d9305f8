// The schema of a tool's arguments as vendors take it: an object with plain members at the top, and lists
// with defined items.

import { isList, isObject, objectsIn } from '../../../kit/json.ts'
import type { Json, JsonObject } from '../../../kit/json.ts'
import type { Tool } from '../canonical/request.ts'
import type { LossNotes, SchemaLimit } from '../losses/index.ts'

type FunctionTool = Extract<Tool, { kind: 'function' }>

/** @throws GatewayError `unsupported` for names of arguments that the vendor does not take */
export function fitParameters(tool: FunctionTool, limit: SchemaLimit, notes: LossNotes): FunctionTool {
  if (!isObject(tool.parameters)) return tool
  const { combined, schema } = limit.refusesCombined
    ? withoutCombinations(tool.parameters)
    : { schema: tool.parameters }
  const named = isObject(schema['properties']) ? Object.keys(schema['properties']) : []
  const wrong = limit.names && named.find((name) => !limit.names?.test(name))
  if (wrong !== undefined)
    notes.drop(
      'tools',
      `"${tool.name.slice(0, 64)}" has an argument whose name does not match ${limit.names}`,
    )
  const parameters = withItems(schema['type'] === 'object' ? schema : { ...schema, type: 'object' })
  if (!combined) return parameters === tool.parameters ? tool : { ...tool, parameters }
  notes.lose('tool-bounds')
  // no longer a constraint, but models follow a rule in the description
  const rule = `The arguments must also match: ${JSON.stringify(combined)}`
  return {
    ...tool,
    parameters,
    description: tool.description === undefined ? rule : `${tool.description}\n\n${rule}`,
  }
}

const combinations = ['anyOf', 'oneOf', 'allOf'] as const

/** Merges the members of all branches into one object. Members that every branch requires stay required. */
function withoutCombinations(given: JsonObject): { schema: JsonObject; combined?: JsonObject } {
  const used = combinations.filter((keyword) => given[keyword] !== undefined)
  if (used.length === 0) return { schema: given }
  const rest = Object.fromEntries(
    Object.entries(given).filter(([key]) => !used.some((keyword) => keyword === key)),
  )
  const branchesOf = (keyword: (typeof combinations)[number]) => objectsIn(given[keyword])
  const properties = Object.assign({}, ...used.flatMap(branchesOf).map(membersOf), membersOf(given))
  const required = [
    ...neededIn(given),
    ...branchesOf('allOf').flatMap(neededIn),
    ...neededInAll(branchesOf('anyOf')),
    ...neededInAll(branchesOf('oneOf')),
  ]
  return {
    schema: { ...rest, properties, ...(required.length > 0 && { required: [...new Set(required)] }) },
    combined: Object.fromEntries(used.map((keyword) => [keyword, given[keyword] ?? null])),
  }
}

const membersOf = ({ properties }: JsonObject): JsonObject => (isObject(properties) ? properties : {})

const neededIn = ({ required }: JsonObject): string[] =>
  isList(required) ? required.filter((name) => typeof name === 'string') : []

const neededInAll = (branches: readonly JsonObject[]): string[] => {
  const [first, ...others] = branches.map(neededIn)
  return (first ?? []).filter((name) => others.every((names) => names.includes(name)))
}

/** A list without `items` may hold anything. The schema must state this. */
function withItems(schema: Json): Json {
  if (!hasOpenList(schema) || !isObject(schema)) return schema
  const inside = Object.entries(schema).map(([key, value]): [string, Json] => {
    if (maps.has(key) && isObject(value))
      return [key, Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withItems(inner)]))]
    if (lists.has(key) && isList(value)) return [key, value.map(withItems)]
    return [key, key === 'items' ? withItems(value) : value]
  })
  return { ...Object.fromEntries(inside), ...(isOpenList(schema) && { items: {} }) }
}

const maps = new Set(['properties', '$defs', 'definitions'])
const lists = new Set(['anyOf', 'oneOf', 'allOf'])

function isOpenList({ type, items, prefixItems }: JsonObject): boolean {
  return (
    items === undefined &&
    prefixItems === undefined &&
    (type === 'array' || (isList(type) && type.includes('array')))
  )
}

/** Most schemas have none, so they are checked without a copy. */
function hasOpenList(schema: Json): boolean {
  if (!isObject(schema)) return false
  if (isOpenList(schema)) return true
  for (const key in schema) {
    const value = schema[key]
    if (key === 'items' && value !== undefined && hasOpenList(value)) return true
    if (lists.has(key) && isList(value) && value.some(hasOpenList)) return true
    if (maps.has(key) && isObject(value))
      for (const name in value) if (hasOpenList(value[name] ?? null)) return true
  }
  return false
}
