// Typed reads of single fields of a request: absent and null are "not told", another type is the caller's mistake and named by its path.

import { GatewayError } from '../../../contract/errors.ts'
import { JsonFault } from '../../../kit/json-fault.ts'
import { booleanAt, elements, members, numberAt, stringAt } from '../../../kit/json-spans.ts'
import type { JsonKind, JsonSource, JsonSpan } from '../../../kit/json-spans.ts'

export type Fields = ReadonlyMap<string, JsonSpan>

/** @throws GatewayError `bad-request` with the path as `param` */
export function optional(fields: Fields, name: string, kind: JsonKind, path = name): JsonSpan | undefined {
  const span = fields.get(name)
  if (span === undefined || span.kind === 'null') return undefined
  if (span.kind !== kind) throw wrongType(path, kind, span)
  return span
}

export function optionalString(source: JsonSource, fields: Fields, name: string, path = name): string | undefined {
  const span = optional(fields, name, 'string', path)
  return span && stringAt(source, span)
}

export function optionalBoolean(source: JsonSource, fields: Fields, name: string, path = name): boolean | undefined {
  const span = optional(fields, name, 'boolean', path)
  return span && booleanAt(source, span)
}

/** A whole number from 0 up: what limits and counts are. */
export function optionalCount(source: JsonSource, fields: Fields, name: string, path = name): number | undefined {
  const span = optional(fields, name, 'number', path)
  if (span === undefined) return undefined
  const value = numberAt(source, span)
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new GatewayError('bad-request', `"${path}" must be a whole number from 0 up`, { param: path })
}

export function required(path: string, kind: JsonKind): GatewayError {
  return new GatewayError('bad-request', `"${path}" is missing; it must be ${article(kind)}`, { param: path })
}

export function wrongType(path: string, expected: JsonKind, got: JsonSpan): GatewayError {
  return new GatewayError('bad-request', `"${path}" must be ${article(expected)}, not ${article(got.kind)}`, { param: path })
}

/** Members of an object of the request. @throws GatewayError `bad-request` for another kind and for a key that stands twice */
export function objectFields(source: JsonSource, span: JsonSpan, path: string): Fields {
  if (span.kind !== 'object') throw wrongType(path, 'object', span)
  try {
    return members(source, span)
  } catch (thrown) {
    if (!(thrown instanceof JsonFault)) throw thrown
    throw new GatewayError('bad-request', `"${path}" has a ${thrown.message}`, { param: path })
  }
}

/** Elements of an optional array with their paths. */
export function arrayOf(source: JsonSource, fields: Fields, name: string, path = name): { span: JsonSpan; path: string }[] {
  const array = optional(fields, name, 'array', path)
  return array ? elements(source, array).map((span, index) => ({ span, path: `${path}[${index}]` })) : []
}

function article(kind: JsonKind): string {
  return kind === 'null' ? 'null' : `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`
}
