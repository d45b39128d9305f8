// Decodes and encodes the settings of a request along the rows of a dialect's table. What a dialect does with
// a setting beyond its plain value is in its row (`read`, `write`, `nameAt`).

import type { Json, JsonObject } from '../../../kit/json.ts'
import type { JsonDocument, JsonSpan } from '../../../kit/json-spans.ts'
import { objectFields, optional } from '../../wire/field.ts'
import type { Fields } from '../../wire/field.ts'
import type { GenerateRequest } from '../canonical/request.ts'
import type { Departures } from '../provider.ts'
import type { CanonicalField } from './canonical-fields.ts'
import { setValueAt, valueAt } from './place.ts'
import { planOf } from './plan.ts'
import type { ReadNode, WriteNode } from './plan.ts'
import type { FieldRows } from './row.ts'

export type DecodedSettings = Omit<Partial<GenerateRequest>, 'model' | 'isStreaming' | 'system' | 'turns'>

interface Source {
  document: JsonDocument
  /** Members of an object of the request. For dialects with several spellings of a name. */
  membersOf: (document: JsonDocument, span: JsonSpan, path: string) => Fields
}

/**
 * @param fields members of the request
 * @throws GatewayError `bad-request` with the path as `param` for a value of another type
 */
export function decodeSettings(
  rows: FieldRows,
  document: JsonDocument,
  fields: Fields,
  membersOf: Source['membersOf'] = objectFields,
): DecodedSettings {
  const decoded: DecodedSettings = {}
  for (const node of planOf(rows).reads) readNode(node, fields, { document, membersOf }, decoded)
  return decoded
}

function readNode(node: ReadNode, fields: Fields, source: Source, decoded: DecodedSettings): void {
  const { name, path } = node
  if (!fields.has(name)) return
  const { document } = source
  if (node.kind === 'object') {
    const span = optional(fields, name, 'object', path)
    if (!span) return
    const members = source.membersOf(document, span, path)
    for (const each of node.members) readNode(each, members, source, decoded)
    return
  }
  const { place, merge } = node
  const before = valueAt(decoded, place)
  if (before !== undefined && !merge) return
  const value = node.read({ document, fields, name, path })
  if (value === undefined) return
  const isMerged = merge && typeof before === 'number' && typeof value === 'number'
  setValueAt(decoded, place, isMerged ? merge(before, value) : value)
}

interface Encoding {
  /** Does the provider take the field? */
  notes: { carries(field: CanonicalField): boolean }
  departures: Departures
}

/**
 * The members of an encoded request, in the order of their rows. Members that are `undefined` are left out.
 * @param given what is not a setting, by path: `messages`, `text.format`. Members without a row come last.
 */
export function encodeMembers(
  rows: FieldRows,
  request: GenerateRequest,
  given: Readonly<Record<string, Json | undefined>>,
  encoding: Encoding,
): JsonObject {
  const written: MutableJson = {}
  const inner = new Map<string, MutableJson>()
  const { writes, writable } = planOf(rows)
  for (const node of writes) {
    const value = Object.hasOwn(given, node.path) ? given[node.path] : settingIn(request, node, encoding)
    if (value === undefined) continue
    const name = node.nameAt?.(encoding.departures) ?? node.name
    holderOf(written, node.parents, inner)[name] = value
  }
  for (const name in given) {
    const value = given[name]
    if (value !== undefined && !writable.has(name)) written[name] = value
  }
  return written
}

interface MutableJson {
  [key: string]: Json
}

function settingIn(request: GenerateRequest, { setting }: WriteNode, { notes }: Encoding): Json | undefined {
  if (!setting) return undefined
  const value = valueAt(request, setting.place)
  if (value === undefined || !notes.carries(setting.field)) return undefined
  return setting.write ? setting.write(value) : value
}

/** The object that holds a member. Created with the first member that is written into it. */
function holderOf(
  written: MutableJson,
  parents: WriteNode['parents'],
  inner: Map<string, MutableJson>,
): MutableJson {
  let holder = written
  for (const { name, path } of parents) {
    let object = inner.get(path)
    if (!object) {
      object = {}
      inner.set(path, object)
      holder[name] = object
    }
    holder = object
  }
  return holder
}
