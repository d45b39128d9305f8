// Members of Google's objects. proto3 JSON accepts both `systemInstruction` and `system_instruction`. Only
// for objects whose keys are Google's own, never for arguments, schemas and results.
// https://protobuf.dev/programming-guides/json/

import { GatewayError } from '../../../../contract/errors.ts'
import type { JsonDocument, JsonSpan } from '../../../../kit/json-spans.ts'
import { arrayOf, eachOf, objectFields, optional } from '../../../wire/field.ts'
import type { Fields } from '../../../wire/field.ts'

/** Members of an object of the request under their camelCase names. @throws GatewayError `bad-request` */
export function googleFields(document: JsonDocument, span: JsonSpan, path: string): Fields {
  return camelCased(objectFields(document, span, path), path)
}

/**
 * @throws GatewayError `bad-request` for a member in both spellings: the gateway would read one of them and
 * the provider the other
 */
export function camelCased(fields: Fields, path: string): Fields {
  let hasSnakes = false
  for (const key of fields.keys()) if (key.includes('_')) hasSnakes = true
  if (!hasSnakes) return fields
  const renamed = new Map<string, JsonSpan>()
  for (const [key, span] of fields) {
    const name = camel(key)
    if (renamed.has(name)) {
      const at = path === '' ? name : `${path}.${name}`
      throw new GatewayError('bad-request', `"${at}" is there twice, in two spellings`, { param: at })
    }
    renamed.set(name, span)
  }
  return renamed
}

/** Members of an optional object; undefined when it is absent. */
export function innerGoogleFields(
  document: JsonDocument,
  fields: Fields,
  name: string,
  path: string,
): Fields | undefined {
  const span = optional(fields, name, 'object', path)
  return span && googleFields(document, span, path)
}

interface Listed {
  fields: Fields
  span: JsonSpan
  path: string
}

/**
 * Objects of an optional list, each with its members and path. Google accepts a single object in place of a
 * list. @throws GatewayError `bad-request`
 */
export function googleList(document: JsonDocument, fields: Fields, name: string, path = name): Listed[] {
  const only = fields.get(name)
  const spans = only?.kind === 'object' ? [{ span: only, path }] : arrayOf(document, fields, name, path)
  return spans.map((each) => ({ ...each, fields: googleFields(document, each.span, each.path) }))
}

/** The same as an iterator, for long lists that are read in steps. */
export function* eachGoogle(
  document: JsonDocument,
  fields: Fields,
  name: string,
  path = name,
): Generator<Listed & { index: number }, undefined> {
  const only = fields.get(name)
  const spans =
    only?.kind === 'object' ? [{ span: only, path, index: 0 }] : eachOf(document, fields, name, path)
  for (const each of spans) yield { ...each, fields: googleFields(document, each.span, each.path) }
}

/** Is there such a list? @throws GatewayError `bad-request` when something else is there */
export function hasList(fields: Fields, name: string, path = name): boolean {
  return fields.get(name)?.kind === 'object' || optional(fields, name, 'array', path) !== undefined
}

/**
 * proto3 JSON accepts the number of an enum value in place of its name. @param names in the order of their
 * numbers; other values stay as they are
 */
export function enumName(
  { latin1 }: JsonDocument,
  { kind, start, end }: JsonSpan,
  names: readonly string[],
): string | undefined {
  return kind === 'number' ? names[Number(latin1.slice(start, end))] : undefined
}

export const camel = (key: string) => key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
