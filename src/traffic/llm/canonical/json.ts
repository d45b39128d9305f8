// JSON as values, for what a translation carries without understanding it (schemas, native blocks), and for reading a provider's answers, where
// whatever has another type than expected was not told.

export type Json = null | boolean | number | string | readonly Json[] | JsonObject

export interface JsonObject {
  readonly [key: string]: Json
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value)
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

export const textIn = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined)

/** A text that says something. */
export const wordIn = (value: Json | undefined): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

export const numberIn = (value: Json | undefined): number | undefined => (typeof value === 'number' && Number.isFinite(value) ? value : undefined)

export const objectIn = (value: Json | undefined): JsonObject | undefined => (isObject(value) ? value : undefined)

/** The objects of a list; none when it is no list. */
export const objectsIn = (value: Json | undefined): readonly JsonObject[] => (isList(value) ? value.filter(isObject) : [])

/** A copy without members that are undefined, for writing JSON with `exactOptionalPropertyTypes`. */
export function written(members: { readonly [key: string]: Json | undefined }): JsonObject {
  const kept: { [key: string]: Json } = {}
  for (const key in members) {
    const value = members[key]
    if (value !== undefined) kept[key] = value
  }
  return kept
}
