// JSON as values, for parts that a translation copies without interpretation (schemas, native blocks), and
// for reading a provider's responses, where a value with an unexpected type counts as missing.

export type Json = null | boolean | number | string | readonly Json[] | JsonObject

export interface JsonObject {
  readonly [key: string]: Json
}

/**
 * A native parse, except for numbers that a double cannot represent: they stay as they are written
 * (`JSON.rawJSON`), so that an id of 19 digits in a tool's arguments is the same id on the other side. Such
 * numbers are copied and never read here.
 * @throws SyntaxError
 */
export function parseJson(text: string): Json {
  return mayOverflow.test(text) ? JSON.parse(text, exact) : JSON.parse(text)
}

/** Undefined if the text is not JSON. */
export function tryParseJson(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/**
 * Sixteen digits, or an exponent of three. A match may be within a string. Then the slower parse is
 * unnecessary but harmless.
 */
const mayOverflow = /[-:,[\s](?:\d{16}|\d+(?:\.\d+)?[eE]\+?\d{3})|^\d{16}/

function exact(_key: string, value: Json, { source }: { source?: string }): Json {
  if (typeof value !== 'number' || source === undefined || Number.isSafeInteger(value)) return value
  const isExact = Number.isFinite(value) && (!wholeNumber.test(source) || String(value) === source)
  return isExact ? value : JSON.rawJSON(source)
}

const wholeNumber = /^-?\d+$/

// Not in TypeScript's library yet. https://tc39.es/proposal-json-parse-with-source/
declare global {
  interface JSON {
    rawJSON(text: string): JsonObject
    isRawJSON(value: unknown): boolean
    parse(text: string, reviver: (key: string, value: Json, context: { source?: string }) => Json): Json
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value) && !JSON.isRawJSON(value)
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

export const textIn = (value: Json | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined

/**
 * A text, also if a server sent another type: numbers as they are written, objects and lists as JSON. The
 * output of a model must not be lost. Undefined if there is no value.
 */
export const anyTextIn = (value: Json | undefined): string | undefined =>
  typeof value === 'string'
    ? value
    : value === undefined || value === null
      ? undefined
      : JSON.stringify(value)

/** A non-empty text. */
export const wordIn = (value: Json | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

export const numberIn = (value: Json | undefined): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined

/** A count: a whole number from 0 up. */
export const countIn = (value: Json | undefined): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined

export const objectIn = (value: Json | undefined): JsonObject | undefined =>
  isObject(value) ? value : undefined

/** The objects of a list; none if it is not a list. */
export const objectsIn = (value: Json | undefined): readonly JsonObject[] =>
  isList(value) ? value.filter(isObject) : []

/** A copy without members that are undefined, for writing JSON with `exactOptionalPropertyTypes`. */
export function written(members: { readonly [key: string]: Json | undefined }): JsonObject {
  const kept: { [key: string]: Json } = {}
  for (const key in members) {
    const value = members[key]
    if (value !== undefined) kept[key] = value
  }
  return kept
}

type Defined<Members> = { [Key in keyof Members]?: Exclude<Members[Key], undefined> }

/** Removes undefined members, for forms that do not allow `undefined`. */
export function omitUndefined<Members extends object>(members: Members): Defined<Members> {
  const kept: Defined<Members> = {}
  for (const key in members) {
    const value = members[key]
    if (isDefined(value)) kept[key] = value
  }
  return kept
}

function isDefined<Value>(value: Value): value is Exclude<Value, undefined> {
  return value !== undefined
}
