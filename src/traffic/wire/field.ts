// Typed reads of single fields of a request. Absent and null mean "not set". A wrong type is the caller's
// mistake, and the error names its path.

import { GatewayError } from '../../contract/errors.ts'
import { JsonFault } from '../../kit/json-fault.ts'
import { parseJson } from '../../kit/json.ts'
import type { Json } from '../../kit/json.ts'
import { booleanAt, eachElement, elements, members, numberAt, stringAt } from '../../kit/json-spans.ts'
import type { JsonKind, JsonSource, JsonSpan } from '../../kit/json-spans.ts'

export type Fields = ReadonlyMap<string, JsonSpan>

/** @throws GatewayError `bad-request` with the path as `param` */
export function optional(fields: Fields, name: string, kind: JsonKind, path = name): JsonSpan | undefined {
  const span = fields.get(name)
  if (span === undefined || span.kind === 'null') return undefined
  if (span.kind !== kind) throw wrongType(path, kind, span)
  return span
}

export function optionalString(
  source: JsonSource,
  fields: Fields,
  name: string,
  path = name,
): string | undefined {
  const span = optional(fields, name, 'string', path)
  return span && stringAt(source, span)
}

export function optionalBoolean(
  source: JsonSource,
  fields: Fields,
  name: string,
  path = name,
): boolean | undefined {
  const span = optional(fields, name, 'boolean', path)
  return span && booleanAt(source, span)
}

/** A whole number from 0 up, for limits and counts. */
export function optionalCount(
  source: JsonSource,
  fields: Fields,
  name: string,
  path = name,
): number | undefined {
  const span = optional(fields, name, 'number', path)
  if (span === undefined) return undefined
  const value = numberAt(source, span)
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new GatewayError('bad-request', `"${path}" must be a whole number from 0 up`, { param: path })
}

/** JSON cannot express NaN, but it can express infinity as `1e999`. */
export function optionalNumber(
  source: JsonSource,
  fields: Fields,
  name: string,
  path = name,
): number | undefined {
  const span = optional(fields, name, 'number', path)
  if (span === undefined) return undefined
  const value = numberAt(source, span)
  if (Number.isFinite(value)) return value
  throw new GatewayError('bad-request', `"${path}" is too large a number`, { param: path })
}

/** A value out of a list of words. */
export function optionalWord<Word extends string>(
  source: JsonSource,
  fields: Fields,
  name: string,
  words: readonly Word[],
  path = name,
): Word | undefined {
  const value = optionalString(source, fields, name, path)
  if (value === undefined) return undefined
  const known = words.find((word) => word === value)
  if (known !== undefined) return known
  throw new GatewayError('bad-request', `"${path}" must be one of ${words.join(', ')}`, { param: path })
}

/** A value that is passed on without interpretation, `null` included. Undefined if the field is absent. */
export function optionalJson(source: JsonSource, fields: Fields, name: string): Json | undefined {
  const span = fields.get(name)
  return span && jsonAt(source, span)
}

/** The value of a span. `__proto__` is an ordinary key, as with JSON.parse. */
export function jsonAt(source: JsonSource, { start, end }: JsonSpan): Json {
  return parseJson(
    Buffer.from(source.bytes.buffer, source.bytes.byteOffset + start, end - start).toString('utf8'),
  )
}

/** @throws GatewayError `bad-request` when it is absent */
export function neededString(source: JsonSource, fields: Fields, name: string, path = name): string {
  const value = optionalString(source, fields, name, path)
  if (value === undefined) throw required(path, 'string')
  return value
}

export function required(path: string, kind: JsonKind): GatewayError {
  return new GatewayError('bad-request', `"${path}" is missing; it must be ${article(kind)}`, { param: path })
}

export function wrongType(path: string, expected: JsonKind, got: JsonSpan): GatewayError {
  return new GatewayError('bad-request', `"${path}" must be ${article(expected)}, not ${article(got.kind)}`, {
    param: path,
  })
}

/**
 * Members of an object of the request. @throws GatewayError `bad-request` for another kind and for a repeated
 * key
 */
export function objectFields(source: JsonSource, span: JsonSpan, path: string): Fields {
  if (span.kind !== 'object') throw wrongType(path, 'object', span)
  try {
    return members(source, span)
  } catch (thrown) {
    if (!(thrown instanceof JsonFault)) throw thrown
    throw new GatewayError('bad-request', `"${path}" has a ${thrown.message}`, { param: path })
  }
}

/** An object whose members are all texts, such as labels and metadata. */
export function optionalTexts(
  source: JsonSource,
  fields: Fields,
  name: string,
  path = name,
): Record<string, string> | undefined {
  const span = optional(fields, name, 'object', path)
  if (!span) return undefined
  const texts = objectFields(source, span, path)
  return Object.fromEntries([...texts.keys()].map((key) => [key, neededString(source, texts, key, path)]))
}

/** Elements of an optional array with their paths. */
export function arrayOf(
  source: JsonSource,
  fields: Fields,
  name: string,
  path = name,
): { span: JsonSpan; path: string }[] {
  const array = optional(fields, name, 'array', path)
  return array ? elements(source, array).map((span, index) => ({ span, path: `${path}[${index}]` })) : []
}

/** The same as an iterator, for long arrays that are read in steps. */
export function* eachOf(
  source: JsonSource,
  fields: Fields,
  name: string,
  path = name,
): Generator<{ span: JsonSpan; path: string; index: number }, undefined> {
  const array = optional(fields, name, 'array', path)
  if (!array) return
  let index = 0
  for (const span of eachElement(source, array)) {
    yield { span, path: `${path}[${index}]`, index }
    index += 1
  }
}

/** How many elements of a conversation are read in one step: about 0.5 ms of work. */
export const elementsPerStep = 256

function article(kind: JsonKind): string {
  return kind === 'null' ? 'null' : `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`
}
